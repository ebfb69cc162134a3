package dev.concordat.examples.run;

import dev.concordat.local.LocalMariaDb;
import dev.concordat.local.LocalPostgres;
import dev.concordat.local.LocalServer;
import dev.concordat.test.LossyProxy;
import java.sql.SQLException;
import javax.sql.DataSource;
import javax.sql.XADataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** The server of a database that takes part, and how it is reached. */
sealed interface Home {

  LocalServer server();

  /** The address of a database there. */
  String url(String database);

  /** Makes sure that there is such a database. Without a pool, for servers that will be killed. */
  DataSource create(String database);

  /** A network to it that can be cut. */
  LossyProxy proxy();

  /** A PostgreSQL. */
  record Postgres(LocalPostgres server) implements Home {

    @Override
    public String url(String database) {
      return server.jdbcUrl(database);
    }

    @Override
    public DataSource create(String database) {
      server.createDatabase(database);
      return server.dataSource(database);
    }

    @Override
    public LossyProxy proxy() {
      return LossyProxy.to("127.0.0.1", server.port());
    }
  }

  /** A MariaDB, which takes part by XA. */
  record MariaDb(LocalMariaDb server) implements Home {

    /** Longer than any statement here takes, and shorter than somebody waits for an answer. */
    private static final String LIMITS = "&connectTimeout=5000&socketTimeout=20000";

    @Override
    public String url(String database) {
      return server.jdbcUrl(name(database)) + LIMITS;
    }

    @Override
    public DataSource create(String database) {
      return source(server.createDatabase(name(database)) + "&allowMultiQueries=true");
    }

    private static String name(String database) {
      return database.replaceAll("[^A-Za-z0-9_]", "_");
    }

    @Override
    public LossyProxy proxy() {
      return LossyProxy.unseeing("127.0.0.1", server.port());
    }

    /** What leads to that address, also by XA. */
    static MariaDbDataSource source(String url) {
      try {
        return new MariaDbDataSource(url);
      } catch (SQLException e) {
        throw new IllegalStateException("not an address of MariaDB", e);
      }
    }
  }

  /** A resource at that address. */
  static XADataSource resource(String url) {
    return MariaDb.source(url);
  }
}
