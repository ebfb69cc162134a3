package dev.concordat.core;

import java.time.Duration;

/**
 * A message that a consumer could not handle yet.
 *
 * @param no its number; lower ones of a key come first
 * @param message the message
 * @param attempts how often handling it has failed
 * @param since how long ago it was parked
 * @param discarded whether a person gave it up
 */
public record ParkedMessage(
    long no, ReceivedMessage message, int attempts, Duration since, boolean discarded) {}
