package dev.concordat.postgres;

import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the user's pool that is kept for the journal, the lease and questions by key.
 * Who holds an instance's lock asks for nothing else, so it goes on even while every other
 * connection is with those who wait for that lock, or with user code that does not give it back.
 * Thread-safe: one use after the other.
 */
final class KeptConnection {

  /** A use of it. */
  interface Use<T> {
    T with(Connection connection) throws SQLException;
  }

  private final Database database;
  private final Duration silence;
  // Who uses it now, then whoever is first: at most one of the queue waits for this beside those
  // who may not wait.
  private final ReentrantLock lock = new ReentrantLock(true);
  private final ReentrantLock queue = new ReentrantLock();
  private @Nullable Connection kept;
  private int isolation = Connection.TRANSACTION_READ_COMMITTED;
  private int silenceBefore;
  private boolean closed;
  private volatile boolean lost;

  KeptConnection(Database database) {
    this(database, Duration.ZERO);
  }

  /**
   * @param silence how long the server may say nothing before the connection counts as broken; zero
   *     for as long as its user has set
   */
  KeptConnection(Database database, Duration silence) {
    this.database = database;
    this.silence = silence;
  }

  /**
   * Takes the connection, and makes sure that the pool has more.
   *
   * @param more how many
   * @throws RefusedException if it has not
   */
  void take(int more) {
    run("SELECT 1", PreparedStatement::execute);
    List<Connection> others = new ArrayList<>();
    try {
      while (others.size() < more) {
        others.add(database.connect());
      }
    } catch (RefusedException e) {
      close();
      throw tooFew(1 + others.size(), 1 + more, e);
    } finally {
      others.forEach(Database::close);
    }
  }

  private static RefusedException tooFew(int got, int needed, RefusedException e) {
    String kept =
        needed == 2
            ? "one for its journal"
            : "one for its journal and one to hear of new work, unless it only polls";
    return new RefusedException(
        "the pool gave "
            + got
            + (got == 1 ? " connection" : " connections")
            + " and no more. Concordat keeps "
            + kept
            + ", so give the pool at least "
            + needed
            + ", or free some; nothing was done: "
            + e.getMessage(),
        e);
  }

  /**
   * Runs a statement that changes nothing if its answer is lost, or changes it again harmlessly. A
   * connection that broke since it was last used is replaced at once, and the statement repeated.
   */
  <T> T run(String text, Database.Work<T> work) {
    queue.lock();
    try {
      return runNext(text, work);
    } finally {
      queue.unlock();
    }
  }

  /**
   * Like {@link #run}, before all that wait: a lease does not wait behind the work that it is kept
   * for.
   */
  <T> T runNext(String text, Database.Work<T> work) {
    Use<T> use =
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(database.sql(text))) {
            return work.with(statement);
          }
        };
    lock.lock();
    try {
      boolean fresh = kept == null;
      try {
        return useOnce(use);
      } catch (SQLException e) {
        if (fresh || !Database.isLost(e)) {
          throw e;
        }
        return useOnce(use);
      }
    } catch (SQLException e) {
      throw database.meaning(e, "");
    } finally {
      lock.unlock();
    }
  }

  /** Uses it once: where an answer counts, its loss must not be covered up by another try. */
  <T> T use(Use<T> use) throws SQLException {
    queue.lock();
    lock.lock();
    try {
      return useOnce(use);
    } finally {
      lock.unlock();
      queue.unlock();
    }
  }

  /** Whether it broke and nobody has put another in its place yet. */
  boolean isLost() {
    return lost;
  }

  /**
   * Puts another connection in the place of one that broke.
   *
   * @throws RefusedException if the pool has none now
   */
  void replace() {
    lock.lock();
    try {
      if (lost) {
        taken();
      }
    } catch (SQLException e) {
      giveBack();
      throw database.meaning(e, "");
    } finally {
      lock.unlock();
    }
  }

  private <T> T useOnce(Use<T> use) throws SQLException {
    Connection connection = kept == null ? taken() : kept;
    boolean sound = false;
    try {
      T result = use.with(connection);
      sound = true;
      return result;
    } finally {
      if (!sound || closed) {
        // After an error it may be broken, or lead to a server that no longer takes writes.
        giveBack();
      }
    }
  }

  /** A stricter isolation would turn writes down that are none of each other's business. */
  private Connection taken() throws SQLException {
    Connection connection = database.autoCommitting();
    kept = connection;
    lost = false;
    if (!silence.isZero()) {
      silenceBefore = Silence.limit(connection, silence);
    }
    isolation = connection.getTransactionIsolation();
    if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    return connection;
  }

  private void giveBack() {
    Connection connection = kept;
    kept = null;
    lost = !closed;
    if (connection == null) {
      return;
    }
    try {
      if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
        connection.setTransactionIsolation(isolation);
      }
    } catch (SQLException e) {
      Database.LOG.debug("a broken connection need not be left as it was", e);
    } finally {
      if (!silence.isZero()) {
        Silence.restore(connection, silenceBefore);
      }
      Database.close(connection);
    }
  }

  /** Gives it back; from now on each use takes a connection for itself. */
  void close() {
    lock.lock();
    try {
      closed = true;
      giveBack();
    } finally {
      lock.unlock();
    }
  }
}
