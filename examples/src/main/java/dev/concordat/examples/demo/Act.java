package dev.concordat.examples.demo;

import dev.concordat.examples.run.Options;

/**
 * One act of the demonstration.
 *
 * @param title what happens
 * @param why why it is safe
 * @param options how the orders are run
 */
record Act(String title, String why, Options options) {}
