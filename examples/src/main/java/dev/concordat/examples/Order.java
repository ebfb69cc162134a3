package dev.concordat.examples;

/**
 * An order.
 *
 * @param id its id
 * @param customer who orders
 * @param item what
 * @param quantity how many
 * @param amount the price in cents
 */
public record Order(String id, String customer, String item, int quantity, long amount) {}
