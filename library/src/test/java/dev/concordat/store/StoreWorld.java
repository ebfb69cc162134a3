package dev.concordat.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** An empty store to test, whose time passes when it is told to, with a ledger for effects. */
public interface StoreWorld {

  /** The stores that must give the same answers. */
  enum Kind {
    MEMORY,
    POSTGRES;

    /** An empty store of that kind. */
    public StoreWorld open() {
      return switch (this) {
        case MEMORY -> new MemoryWorld();
        case POSTGRES -> new PostgresWorld();
      };
    }
  }

  /** A transaction of an application's own. */
  interface Session extends AutoCloseable {
    Connection connection();

    void commit() throws SQLException;

    @Override
    void close() throws SQLException;
  }

  Store store();

  /** Lets the database's time pass. */
  void pass(Duration time);

  Session begin();

  /** What business code would do in its transaction. */
  void effect(Connection connection, String key) throws SQLException;

  /** The effects that were committed, in order. */
  List<String> effects();
}
