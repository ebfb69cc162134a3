package dev.concordat.store;

/** A database that takes part in two-phase commits, and can keep their decisions. */
public interface AtomicDatabase extends Branches, Decisions {}
