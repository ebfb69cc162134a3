/**
 * What every protocol's runner is made of: starting an instance, business code in one transaction
 * with the journal, calls outside with a time limit, waiting for the end. Stands on the {@link
 * dev.concordat.engine}, and is the one place on the ground floor that hands connections to user
 * code. Not exported.
 */
@NullMarked
package dev.concordat.runner;

import org.jspecify.annotations.NullMarked;
