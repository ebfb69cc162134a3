/**
 * Sagas: steps, compensations, parallel branches, pivot, timers, signals and child sagas. Declare
 * one with {@link dev.concordat.saga.Saga#named}; {@code SagaMachine} decides, {@code SagaJournal}
 * turns its events into rows, {@code SagaRunner} performs its actions through the engine.
 */
@NullMarked
package dev.concordat.saga;

import org.jspecify.annotations.NullMarked;
