package dev.concordat.store;

import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The branches that one database has in two-phase commits. */
public interface Branches extends AutoCloseable {

  /** What marks this database, see {@link BranchId.Place}. */
  String mark();

  /**
   * Begins a branch. Nothing is durable until it is prepared.
   *
   * @param id what it will be prepared as: some databases want to know from the start
   * @param limits how long the branch may wait, for locks and for its user
   * @param tag what shows other sessions whose branch this is
   * @throws dev.concordat.core.NotNowException if there is no connection
   * @throws dev.concordat.core.RefusedException if the id is too long for this database
   */
  Open begin(BranchId id, Limits limits, String tag);

  /**
   * How long a branch may take, each after which the database breaks it off. None holds once it is
   * prepared.
   *
   * @param lock to wait for one lock
   * @param statement for one statement
   * @param idle between two statements
   */
  record Limits(Duration lock, Duration statement, Duration idle) {

    /** Checks all: what is shorter would be no limit. */
    public Limits {
      for (Duration one : List.of(lock, statement, idle)) {
        if (one.toMillis() < 1) {
          throw new dev.concordat.core.RefusedException(
              "a branch's limits are at least a millisecond each, and one is " + one);
        }
      }
    }

    /** Five seconds for a lock, thirty for a statement, thirty between two. */
    public static final Limits DEFAULT =
        new Limits(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(30));
  }

  /** A branch that is being worked on, on a connection of its own. One thread at a time. */
  interface Open extends AutoCloseable {

    /** The connection for business code: for everything but ending the transaction. */
    Connection connection() throws SQLException;

    /**
     * Runs an INSERT, UPDATE or DELETE; the first statement of a branch takes the {@link Limits}
     * along.
     *
     * @return how many rows it changed
     */
    int update(String sql, Object... values) throws SQLException;

    /** Runs a query and reads its rows; the first statement takes the {@link Limits} along. */
    <T> List<T> query(String sql, RowReader<T> reader, Object... values) throws SQLException;

    /** Whether anything was written. May ask the database. */
    boolean wrote() throws SQLException;

    /**
     * Ends a branch that wrote nothing; afterwards nothing is left of it.
     *
     * @param id what the transaction's user calls it
     * @return {@link Vote.ReadOnly}, or why it cannot stand by what it read, or that another
     *     attempt of that id has committed here; one that is only prepared is not seen
     */
    Vote endReadOnly(String id);

    /**
     * Votes. After {@link Vote.Yes} the branch is durable, keeps its locks, and belongs to nobody:
     * it waits for the decision through every crash. After {@link Vote.No} nothing is left of it;
     * so it votes where another attempt of its id has committed here, and where one that is
     * prepared or being decided here does not end within the {@link Limits limit for locks}.
     *
     * @param remembered for how long at least no other attempt of that id may commit here, if this
     *     one does
     */
    Vote prepare(BranchId id, Duration remembered);

    /** Rolls back what is not prepared or committed yet, and gives the connection back. */
    @Override
    void close();
  }

  /** What is made of a row. */
  interface RowReader<T> {
    /** Reads the row that {@code row} stands at. */
    T read(ResultSet row) throws SQLException;
  }

  /** What a branch says when asked to prepare: three-valued, for an answer can be lost. */
  sealed interface Vote {

    /** It can commit, whatever happens. */
    record Yes() implements Vote {}

    /** It wrote nothing, and is not interested in the decision. */
    record ReadOnly() implements Vote {}

    /**
     * It cannot commit; nothing is left of it.
     *
     * @param reason for people
     * @param elsewhere whether another attempt of its id has committed, or may commit yet
     */
    record No(String reason, boolean elsewhere) implements Vote {

      /** It cannot commit, for a reason of its own. */
      public No(String reason) {
        this(reason, false);
      }
    }

    /** Nobody knows: it may be prepared, or be so yet. */
    record Unknown(String detail) implements Vote {}
  }

  /** Somebody who tells prepared branches the decision, on a connection kept for that. */
  Teller teller();

  /** Tells prepared branches the decision. One thread at a time. */
  interface Teller extends AutoCloseable {

    /**
     * Tells a prepared branch that the decision is to commit.
     *
     * <p>On {@link BranchEnding#DONE} and {@link BranchEnding#ALREADY} what it wrote is durable and
     * visible.
     */
    BranchEnding commit(BranchId id);

    /** Tells a branch that may be prepared that the decision is to abort. */
    BranchEnding rollBack(BranchId id);

    /** Gives the connection back. */
    @Override
    void close();
  }

  /** All prepared branches of Concordat in this database, oldest first. */
  List<Prepared> prepared();

  /**
   * The attempts of a transaction that have a branch here now: prepared, or where the database can
   * tell also one that is being worked on. Perhaps one of another transaction, very rarely.
   */
  default List<String> attempts(String id) {
    return prepared().stream()
        .map(Prepared::id)
        .filter(one -> one.id().equals(id) && one.branch().mark().equals(mark()))
        .map(BranchId::attempt)
        .toList();
  }

  /**
   * A prepared branch.
   *
   * @param id which
   * @param since when it was prepared, by the database's clock
   * @param age how long ago that was, by the database's clock
   */
  record Prepared(BranchId id, Instant since, Duration age) {}

  /**
   * Branches that wait for a lock that another branch of Concordat holds, in this database.
   *
   * @return empty if the database cannot tell
   */
  List<Waiting> waiting();

  /**
   * A branch that waits for another.
   *
   * @param session its session in the database
   * @param waiter its tag, see {@link #begin}
   * @param holder the tag of the one that holds the lock, prepared or not
   * @param age how long its transaction is open, by the database's clock
   */
  record Waiting(int session, String waiter, String holder, Duration age) {}

  /** Breaks off what that session does, if it is still that branch's; the branch then fails. */
  void breakOff(Waiting waiting);

  /**
   * How many branches may be prepared at once without others being refused, by the database's own
   * limit.
   *
   * @throws dev.concordat.core.RefusedException if this database cannot prepare any, saying what to
   *     change
   */
  int capacity();

  /**
   * What tells this database's server from others: databases of one server share its {@link
   * #capacity}. Empty if that is not known.
   */
  default String server() {
    return "";
  }

  /**
   * The names of all transactions that are prepared in this database's server, of whoever: each
   * takes room of {@link #capacity}. Empty if the database has no such limit.
   */
  default List<String> names() {
    return List.of();
  }

  /**
   * Lets go of a branch whose {@link BranchEnding#HEURISTIC} end a person has acknowledged; until
   * then a database may keep what it knows of it. Once more is harmless.
   */
  default void acknowledged(BranchId id) {}

  /**
   * Forgets branches that ended longer ago than twice that, and than four weeks, and says how many:
   * of a branch that is not remembered, whoever tells it a decision again would find that it did
   * not commit.
   *
   * @param name of the two-phase commit whose branches they are, where that is known of them
   * @param open how long ago the oldest decision was made that its branches may not have followed;
   *     none that may be among them is forgotten
   */
  int forget(String name, Duration age, Duration open);

  /**
   * For how long an id counts after its time: its branch may have been told late, and its decision
   * is remembered from then on.
   */
  static Duration late(Duration open) {
    Duration usual = Duration.ofDays(14);
    return open.plusDays(1).compareTo(usual) > 0 ? open.plusDays(1) : usual;
  }

  /** How long branches are remembered, see {@link #forget}. */
  static Duration kept(Duration age, Duration open) {
    Duration usual = Duration.ofDays(14);
    Duration twice = (age.compareTo(usual) > 0 ? age : usual).multipliedBy(2);
    // A day, for a branch is older than its decision, and databases have clocks of their own.
    Duration longer = open.isZero() ? twice : open.plusDays(1);
    return longer.compareTo(twice) > 0 ? longer : twice;
  }

  /**
   * Whether a branch that is not prepared any more has committed; for as long as it is remembered.
   */
  boolean hasCommitted(BranchId id);

  /** Gives back what it keeps. */
  @Override
  void close();
}
