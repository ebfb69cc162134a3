package dev.concordat.store;

/** The store's ports in memory. */
public final class MemoryStore {
  private MemoryStore() {}
}
