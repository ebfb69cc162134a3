/** Brokers for the examples: what starts them, and what a service sends and receives by. */
@NullMarked
package dev.concordat.examples.broker;

import org.jspecify.annotations.NullMarked;
