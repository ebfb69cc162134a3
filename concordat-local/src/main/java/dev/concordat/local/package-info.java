/**
 * Real servers on this machine, without Docker and without installing anything.
 *
 * <p>{@link dev.concordat.local.LocalPostgres} is the entry: a PostgreSQL that lives as long as the
 * program that started it, for tests, demonstrations and a single node. Brokers live in the same
 * way: {@link dev.concordat.local.LocalKafka}, {@link dev.concordat.local.LocalRabbit} and {@link
 * dev.concordat.local.LocalNats}.
 */
@NullMarked
package dev.concordat.local;

import org.jspecify.annotations.NullMarked;
