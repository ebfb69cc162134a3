package dev.concordat.postgres;

import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections of the user's pool that are kept for the journal, the lease and questions by key. Who
 * holds an instance's lock asks for nothing else, so it goes on even while every other connection
 * is with those who wait for that lock, or with user code that does not give it back. Thread-safe:
 * who finds none free waits for the end of another use.
 */
final class KeptConnections {

  private static final Logger LOG = LoggerFactory.getLogger(KeptConnections.class);

  private static final int MOST = 2;

  /** A use of one that does no harm if done twice. */
  interface Use<T> {
    T with(Connection connection) throws SQLException;
  }

  /** Room for one connection, in the hands of one thread at a time. */
  private static final class Place {
    @Nullable Connection connection;
  }

  private final Database database;
  private final ConcurrentLinkedDeque<Place> free = new ConcurrentLinkedDeque<>();
  private final Semaphore permits = new Semaphore(1, true);
  private volatile boolean closed;

  KeptConnections(Database database) {
    this.database = database;
    free.add(new Place());
  }

  /**
   * Takes two connections, or one if the pool has not at least a third for everything else.
   *
   * @throws RefusedException if the pool has not even two
   */
  void take() {
    run("SELECT 1", PreparedStatement::execute);
    Place second = new Place();
    try {
      second.connection = database.autoCommitting();
      Database.close(database.connect());
      free.add(second);
      permits.release();
    } catch (RefusedException | SQLException e) {
      if (second.connection == null) {
        close();
        throw new RefusedException(
            "the pool gave one connection and no second. Concordat keeps one or two for its"
                + " journal, so give the pool at least three; nothing was done: "
                + e.getMessage(),
            e);
      }
      Database.close(second.connection);
      LOG.warn(
          "The pool gave two connections and no third, so Concordat keeps only one for its journal"
              + " and writes more slowly; give the pool at least three.");
    }
  }

  <T> T run(String text, Database.Work<T> work) {
    try {
      return use(connection -> {
        try (PreparedStatement statement = connection.prepareStatement(database.sql(text))) {
          return work.with(statement);
        }
      });
    } catch (SQLException e) {
      throw Database.meaning(e, "");
    }
  }

  /** One that broke since it was last used is replaced at once, and the use repeated. */
  <T> T use(Use<T> use) throws SQLException {
    permits.acquireUninterruptibly();
    Place place = free.removeFirst();
    try {
      boolean fresh = place.connection == null;
      try {
        return useOnce(place, use);
      } catch (SQLException e) {
        if (fresh || !Database.isLost(e)) {
          throw e;
        }
        return useOnce(place, use);
      }
    } finally {
      free.addFirst(place);
      permits.release();
      if (closed) {
        giveBackFree();
      }
    }
  }

  private <T> T useOnce(Place place, Use<T> use) throws SQLException {
    Connection kept = place.connection;
    Connection connection = kept == null ? database.autoCommitting() : kept;
    place.connection = connection;
    boolean sound = false;
    try {
      T result = use.with(connection);
      sound = true;
      return result;
    } finally {
      if (!sound) {
        // After an error it may be broken, or lead to a server that no longer takes writes.
        giveBack(place);
      }
    }
  }

  private static void giveBack(Place place) {
    Connection connection = place.connection;
    place.connection = null;
    if (connection != null) {
      Database.close(connection);
    }
  }

  /** Gives them back, each when its use has ended; from now on each use takes one for itself. */
  void close() {
    closed = true;
    giveBackFree();
  }

  private void giveBackFree() {
    for (int i = 0; i < MOST && permits.tryAcquire(); i++) {
      Place place = free.removeLast();
      giveBack(place);
      free.addFirst(place);
      permits.release();
    }
  }
}
