package dev.concordat.test;

import dev.concordat.engine.EngineConfig;
import dev.concordat.store.Store;
import java.util.function.UnaryOperator;

/**
 * What all cases of one crash test have in common.
 *
 * @param config of every worker
 * @param outside puts something around the fault points of stores: what planted bugs are made of
 * @param runs whether the client runs the instance in its own thread instead of only starting it
 */
record CrashPlan(
    Subject subject,
    World world,
    EngineConfig config,
    UnaryOperator<Store> outside,
    boolean runs,
    Beside beside) {}
