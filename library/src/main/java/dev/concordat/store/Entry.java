package dev.concordat.store;

import java.time.Instant;

/**
 * One entry of a journal: the events of one write.
 *
 * @param position 0-based and dense
 * @param token the fencing token it was written under
 * @param events a JSON array, in the words of the protocol that wrote it
 * @param at when it was written, by the database's clock
 */
public record Entry(int position, long token, String events, Instant at) {}
