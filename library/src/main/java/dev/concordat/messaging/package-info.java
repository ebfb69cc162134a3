/**
 * Messages that leave if and only if their transaction committed: outbox, relay and inbox.
 *
 * <p>{@link dev.concordat.messaging.RelayMachine} decides, {@code RelayJournal} keeps, {@code
 * RelayRunner} does.
 */
@NullMarked
package dev.concordat.messaging;

import org.jspecify.annotations.NullMarked;
