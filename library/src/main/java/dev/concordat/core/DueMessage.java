package dev.concordat.core;

/**
 * A parked message to be tried again.
 *
 * @param message the message
 * @param attempts how often it was tried since it was parked
 * @param state why it waited
 */
public record DueMessage(StoredMessage message, int attempts, Parking.State state) {}
