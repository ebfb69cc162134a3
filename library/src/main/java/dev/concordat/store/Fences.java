package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The fence of a participant in its own database: a row for each branch it was ever asked about,
 * which changes in the transaction that does the business. Thread-safe.
 */
public interface Fences {

  /** Makes the tables if there are none, and the parts for the days around today. */
  void create();

  /**
   * Runs work in a transaction of its own, and commits. What it notes travels with the commit.
   *
   * <p><b>Durable when it returns something.</b>
   *
   * @param patience how long to wait for another transaction that has the row
   * @return empty if what was asked about so old an id is forgotten: then nothing was done
   * @throws dev.concordat.core.OutcomeUnknownException if the connection broke at COMMIT, which may
   *     have been applied
   * @throws dev.concordat.core.RefusedException if the database cannot be used now, or the id's
   *     time is days ahead of the database's; nothing was done
   * @throws RolledBack if the database rolled back at the commit, for certain
   * @throws Exception what the work throws; then everything is rolled back
   */
  <T> Optional<T> run(FenceKey key, Duration patience, Work<T> work) throws Exception;

  /**
   * Runs work in the caller's transaction, in which a savepoint is set before.
   *
   * <p><b>Durable when that commits.</b>
   *
   * @return empty if what was asked about so old an id is forgotten: then nothing was done
   * @throws Exception what the work throws; then what it did is rolled back, and nothing else
   */
  <T> Optional<T> join(Connection tx, FenceKey key, Work<T> work) throws Exception;

  /** Work in a transaction. */
  interface Work<T> {
    /** Does it. */
    T with(Tx tx) throws Exception;
  }

  /** One row in one transaction. */
  interface Tx {

    /** What business code writes through; it cannot end the transaction. */
    Connection lent();

    /** Moves the row. Waits for another transaction that has it. */
    FenceClaim claim(FenceMove move);

    /** Notes something in the row, at the end of the transaction. */
    void note(FenceNote note);

    /**
     * Moves the row on, if it still is in that state and nobody else has been at it.
     *
     * @param to the new state; null if it is only given up, for others to move
     * @return false if it is another by now; then nothing was changed
     */
    boolean finish(String from, int attempt, @Nullable String to, FenceNote note);
  }

  /**
   * What is held longer than its time.
   *
   * @param transaction the id
   * @param branch the name
   * @param body what it is about, as JSON
   * @param holdUntil when its time was over
   */
  record Overdue(UUID transaction, String branch, String body, Instant holdUntil) {
    /** Where to begin. */
    public static final Overdue NONE = new Overdue(new UUID(0, 0), "", "", Instant.EPOCH);
  }

  /**
   * What is held longer than its time, longest first.
   *
   * @param after what was seen last; at first {@link Overdue#NONE}
   */
  List<Overdue> overdue(Overdue after, int most);

  /**
   * Makes the parts for the next days, and drops those that are older than what is remembered.
   *
   * @return the parts that are older and stay, because something in them is still held
   */
  List<String> tidy();
}
