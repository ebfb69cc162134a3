/**
 * Runs scenarios with real processes. Start with {@link dev.concordat.examples.run.SagaStage}: it
 * starts the services, lets workers run, kills one if asked, and checks the laws.
 */
@NullMarked
package dev.concordat.examples.run;

import org.jspecify.annotations.NullMarked;
