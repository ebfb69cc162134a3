package dev.concordat.settlement;

import dev.concordat.reservation.Evidence;

/**
 * A line of a settlement file: what an outside system says about one call.
 *
 * @param number the line's number in the file, from 1, which is the heading's; where a cell has
 *     several lines, the last
 * @param provider who says it
 * @param key the idempotency key of the call, or an empty text if it had none: a charge that nobody
 *     here asked for
 * @param evidence what is said, of {@link Evidence.Source#SETTLEMENT}
 */
public record SettlementLine(long number, String provider, String key, Evidence evidence) {}
