package dev.concordat.atomic;

import dev.concordat.core.RefusedException;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;

/** What an XA resource's answers mean, and which drivers are not to be believed. */
final class Xa {

  private static final String POSTGRES = "org.postgresql.xa.";

  private Xa() {}

  /** Refuses a class that is known to answer wrongly, see docs/xa.md. */
  static void requireSound(String name, XADataSource source) {
    for (Class<?> type = source.getClass(); type != null; type = type.getSuperclass()) {
      if (type.getName().startsWith(POSTGRES)) {
        throw ofPostgres(name);
      }
    }
  }

  /** Refuses a server that cannot keep what is prepared, or that is reached better otherwise. */
  static void requireSound(String name, DatabaseMetaData server) throws SQLException {
    String product = server.getDatabaseProductName();
    if ("PostgreSQL".equals(product)) {
      throw ofPostgres(name);
    }
    int version = server.getDatabaseMajorVersion() * 100 + server.getDatabaseMinorVersion();
    if ("MariaDB".equals(product) && version < 1005) {
      throw new RefusedException(
          "XA resource '"
              + name
              + "' is MariaDB "
              + server.getDatabaseProductVersion()
              + ", which rolls a prepared branch back when its connection ends, so nothing was"
              + " begun: use 10.5 or newer");
    }
  }

  private static RefusedException ofPostgres(String name) {
    return new RefusedException(
        "'"
            + name
            + "' is PostgreSQL, whose XA driver votes yes for transactions that have failed and"
            + " leaves branches prepared that it calls read-only, so nothing was begun: say"
            + " database(\""
            + name
            + "\", dataSource) with an ordinary pool instead; Concordat prepares its branches"
            + " itself");
  }

  static boolean isRolledBack(XAException e) {
    return e.errorCode >= XAException.XA_RBBASE && e.errorCode <= XAException.XA_RBEND;
  }

  /** In words; an XAException often has none of its own. */
  static String message(Exception e) {
    String code = e instanceof XAException xa ? "XA error " + xa.errorCode + ", " : "";
    Throwable said = e instanceof XAException && e.getCause() != null ? e.getCause() : e;
    String message = said.getMessage();
    return code
        + (message == null
            ? said.getClass().getSimpleName()
            : message.lines().findFirst().orElse(""));
  }
}
