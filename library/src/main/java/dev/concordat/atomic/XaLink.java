package dev.concordat.atomic;

import dev.concordat.store.Branches;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to an XA resource. One thread at a time. */
final class XaLink {

  private static final Logger LOG = LoggerFactory.getLogger(XaLink.class);

  private final XAConnection real;
  private final Connection sql;
  private final XAResource xa;
  private final boolean mariaDb;
  private final int isolation;
  private final @Nullable String catalog;
  private Branches.@Nullable Limits limited;
  private boolean used;

  private XaLink(XAConnection real) throws SQLException {
    this.real = real;
    this.sql = real.getConnection();
    this.xa = real.getXAResource();
    this.mariaDb = "MariaDB".equals(sql.getMetaData().getDatabaseProductName());
    this.isolation = sql.getTransactionIsolation();
    this.catalog = sql.getCatalog();
  }

  static XaLink to(XADataSource source) throws SQLException {
    XAConnection real = source.getXAConnection();
    try {
      return new XaLink(real);
    } catch (SQLException | RuntimeException e) {
      close(real);
      throw e;
    }
  }

  Connection sql() {
    return sql;
  }

  XAResource xa() {
    return xa;
  }

  boolean isMariaDb() {
    return mariaDb;
  }

  /** Whether it has served before, and may have broken since. */
  boolean isUsed() {
    return used;
  }

  /** A statement that may take as long as the limits say. */
  PreparedStatement statement(String text) throws SQLException {
    PreparedStatement statement = sql.prepareStatement(text);
    Branches.Limits limits = limited;
    if (!mariaDb && limits != null) {
      statement.setQueryTimeout(seconds(limits.statement()));
    }
    return statement;
  }

  /** Begins a branch, with these limits where the resource can be told any. */
  void start(Xid xid, Branches.Limits limits) throws SQLException, XAException {
    if (mariaDb && !limits.equals(limited)) {
      try (Statement statement = sql.createStatement()) {
        // The last also parts a prepared branch from a coordinator that hangs: until then nobody
        // else could end it.
        statement.execute(
            "SET SESSION innodb_lock_wait_timeout = "
                + seconds(limits.lock())
                + ", max_statement_time = "
                + limits.statement().toMillis() / 1000.0
                + ", idle_transaction_timeout = "
                + seconds(limits.idle()));
      }
    }
    limited = limits;
    used = true;
    xa.start(xid, XAResource.TMNOFLAGS);
  }

  private static int seconds(Duration time) {
    return (int) Math.max(1, (time.toMillis() + 999) / 1000);
  }

  /** Undoes what a user may have set. */
  void reset() throws SQLException {
    sql.clearWarnings();
    if (sql.isReadOnly()) {
      sql.setReadOnly(false);
    }
    if (sql.getTransactionIsolation() != isolation) {
      sql.setTransactionIsolation(isolation);
    }
    if (catalog != null && !catalog.equals(sql.getCatalog())) {
      sql.setCatalog(catalog);
    }
  }

  void close() {
    close(real);
  }

  private static void close(XAConnection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("closing a connection failed", e);
    }
  }
}
