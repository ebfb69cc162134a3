package dev.concordat.bench;

/**
 * The state of sagas whose steps do nothing.
 *
 * @param no the instance's number
 */
record Trip(long no) {}
