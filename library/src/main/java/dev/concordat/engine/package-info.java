/**
 * The worker: claims leases, drives machines, fires timers, coalesces commits and shuts down
 * cleanly. The only place that owns threads. Protocols give it a {@link
 * dev.concordat.engine.Script} for each definition. Not exported.
 */
@NullMarked
package dev.concordat.engine;

import org.jspecify.annotations.NullMarked;
