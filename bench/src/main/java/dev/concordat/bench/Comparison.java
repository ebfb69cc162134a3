package dev.concordat.bench;

/**
 * Two sides to be measured in turn.
 *
 * @param name of the case
 * @param raw measures what Concordat is compared with
 * @param concordat measures Concordat
 * @param scale how many of raw's units one of Concordat's stands for
 */
record Comparison(String name, Meter raw, Meter concordat, int scale) {}
