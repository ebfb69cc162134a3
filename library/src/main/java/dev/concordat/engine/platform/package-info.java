/**
 * The only place that reads clocks, draws random numbers and makes threads, so that tests can put
 * another in its stead.
 */
@NullMarked
package dev.concordat.engine.platform;

import org.jspecify.annotations.NullMarked;
