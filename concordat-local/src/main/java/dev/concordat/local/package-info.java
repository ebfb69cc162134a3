/**
 * Real servers on this machine, without Docker and without installing anything.
 *
 * <p>{@link dev.concordat.local.LocalPostgres} is the entry: a PostgreSQL that lives as long as the
 * program that started it, for tests, demonstrations and a single node.
 */
@NullMarked
package dev.concordat.local;

import org.jspecify.annotations.NullMarked;
