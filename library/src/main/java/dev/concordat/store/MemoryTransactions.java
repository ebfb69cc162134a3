package dev.concordat.store;

/** Transactions in memory. */
record MemoryTransactions(MemoryTables tables) implements Transactions {

  @Override
  public Local begin() {
    return new MemoryTransaction(tables);
  }

  @Override
  public <T> T run(String key, Work<T> work) throws Exception {
    try (MemoryTransaction transaction = new MemoryTransaction(tables)) {
      T result = work.with(transaction.connection());
      transaction.commit();
      return result;
    }
  }
}
