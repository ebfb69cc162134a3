package dev.concordat.store;

import dev.concordat.core.OutcomeUnknownException;
import java.sql.Connection;

/** Transactions in which business writes and a journal entry commit together. */
public interface Transactions {

  /**
   * Begins a transaction on the store's database.
   *
   * @throws dev.concordat.core.RefusedException if there is no connection to be had
   */
  Local begin();

  /**
   * Runs work in a transaction without an entry, and commits.
   *
   * <p><b>Durable when it returns.</b>
   *
   * @param key what to ask again with, should the outcome be unknown
   * @throws OutcomeUnknownException if the connection broke at COMMIT, which may have been applied
   * @throws RolledBack if the database rolled the transaction back, for certain
   * @throws Exception what the work throws; then everything is rolled back
   */
  <T> T run(String key, Work<T> work) throws Exception;

  /** Work in a transaction. */
  interface Work<T> {
    /** Does it, with a connection on which it must not commit. */
    T with(Connection connection) throws Exception;
  }

  /** A transaction that has begun. Not thread-safe. */
  interface Local extends AutoCloseable {

    /**
     * What business code writes through. Committing, rolling back, closing it or switching
     * auto-commit is refused: the transaction is Concordat's.
     */
    Connection connection();

    /**
     * Appends the entry and commits, in one round trip. The fencing rules are those of {@link
     * Journal#append}; when the result is not ACCEPTED, everything is rolled back.
     *
     * <p><b>Durable when it returns ACCEPTED.</b>
     *
     * <p><b>If it throws</b> {@link OutcomeUnknownException}, the connection broke and the
     * transaction may have committed: read the journal before deciding.
     *
     * @throws RolledBack if the database rolled the transaction back, for certain
     */
    Write.Result commit(Write write);

    /** Breaks the connection off while another thread is stuck in it. Nothing is committed. */
    void abort();

    /** Rolls back unless committed, and gives the connection back. Never throws. */
    @Override
    void close();
  }
}
