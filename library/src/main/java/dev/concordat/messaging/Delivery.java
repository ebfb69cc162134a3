package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/**
 * A message as a source delivers it.
 *
 * @param lane what it came in, for instance a partition of a topic; all lanes of a source are
 *     independent of each other
 * @param offset its place in the lane, for sources that have one; else 0
 * @param message the message
 * @param objection why nobody can handle it, or null: it has no id, for instance
 * @param receipt what the source wants back when it is done with; or null
 */
public record Delivery(
    String lane,
    long offset,
    ReceivedMessage message,
    @Nullable String objection,
    @Nullable Object receipt) {}
