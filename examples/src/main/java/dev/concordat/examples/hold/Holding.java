package dev.concordat.examples.hold;

/**
 * What is held and then moved.
 *
 * @param id of the instance
 * @param account whose it is
 * @param amount how much, in whole units
 * @param currency of what
 * @param target where it goes
 */
public record Holding(String id, String account, long amount, String currency, String target) {}
