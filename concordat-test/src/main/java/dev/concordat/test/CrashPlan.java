package dev.concordat.test;

import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What all cases of one crash test have in common.
 *
 * @param runs whether the client runs the instance in its own thread instead of only starting it
 */
record CrashPlan<S>(
    Saga<S> saga,
    S input,
    World world,
    Life.Setup setup,
    boolean runs,
    Beside beside,
    Optional<Consumer<SagaHandle<S>>> afterStart) {}
