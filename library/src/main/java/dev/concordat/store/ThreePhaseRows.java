package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The rows of three-phase commits, one for each transaction and participant, in the participant's
 * own database. A row changes only from what it was to what it becomes, together with what the
 * participant's business does.
 */
public interface ThreePhaseRows {

  /** Makes the table if there is none. */
  void create();

  /** The row, or empty if this participant was never asked. */
  Optional<ThreePhaseRow> find(String gid, String participant);

  /**
   * Changes the row, if it still is what it was, and does the effect, in one transaction.
   *
   * <p><b>Durable when it returns true.</b>
   *
   * @param from what the row was; empty if there was none
   * @param to what it becomes
   * @param silence after which somebody should look at it again; empty if never
   * @return false if the row is another by now: then nothing was done
   * @throws dev.concordat.core.OutcomeUnknownException if the connection broke at COMMIT, which may
   *     have been applied
   * @throws Exception what the effect throws; then nothing was done
   */
  boolean change(
      Optional<ThreePhaseRow> from, ThreePhaseRow to, Optional<Duration> silence, Effect effect)
      throws Exception;

  /** What the business does when a row changes. */
  interface Effect {
    /** Nothing. */
    Effect NONE = tx -> {};

    /** Does it, with a connection on which it must not commit. */
    void in(Connection tx) throws Exception;
  }

  /** Transactions at which somebody should look, longest overdue first. */
  List<String> overdue(String participant, int most);

  /**
   * A row with its times, by the database's clock.
   *
   * @param row as it is now
   * @param begun when the participant was first asked
   * @param changed when the row last changed
   * @param quiet how long ago that was
   * @param overdue whether somebody should look at it, for nothing has changed for too long
   */
  record Seen(ThreePhaseRow row, Instant begun, Instant changed, Duration quiet, boolean overdue) {}

  /**
   * Rows of all participants on this database, for people: those that have not ended first, and the
   * newest of each kind first. Empty if there is no table: it is not made. Reads all rows.
   *
   * @param gid only this transaction's, or empty for all
   */
  List<Seen> seen(Optional<String> gid, int most);

  /**
   * Forgets what ended longer ago than that. Who is asked about a transaction that it has forgotten
   * answers that it never voted, so this must be longer than any participant may be away.
   *
   * @return how many it were
   */
  int forget(String participant, Duration age);
}
