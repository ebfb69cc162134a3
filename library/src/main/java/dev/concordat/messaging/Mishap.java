package dev.concordat.messaging;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** What it means that handling a message failed. */
record Mishap(Kind kind, String reason) {

  private static final int MAX_REASON = 500;
  private static final int MAX_CAUSES = 50;

  enum Kind {
    /** A database does not answer, which says nothing of the message. */
    UNAVAILABLE,
    /** It failed, and may not next time. */
    FAILED,
    /** Trying again will not help. */
    REFUSED
  }

  static Mishap of(Throwable error) {
    return new Mishap(kind(error), reason(error));
  }

  private static Kind kind(Throwable error) {
    return switch (error) {
      case NotNowException later -> Kind.UNAVAILABLE;
      case OutcomeUnknownException unknown -> Kind.UNAVAILABLE;
      case RefusedException refused -> Kind.REFUSED;
      default -> isConnectionLost(error) ? Kind.UNAVAILABLE : Kind.FAILED;
    };
  }

  private static boolean isConnectionLost(Throwable error) {
    Throwable e = error;
    // Causes may form a circle.
    for (int depth = 0; e != null && depth < MAX_CAUSES; depth++, e = e.getCause()) {
      if (e instanceof SQLTransientConnectionException
          || e instanceof SQLRecoverableException
          || (e instanceof SQLException sql && isConnectionLost(sql.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isConnectionLost(@Nullable String state) {
    return state != null
        && (state.startsWith("08")
            || state.startsWith("57P")
            || state.startsWith("53")
            || state.equals("25006"));
  }

  private static String reason(Throwable error) {
    String said = error.getMessage();
    String name = error.getClass().getSimpleName();
    String text =
        said == null || said.isBlank()
            ? name
            : error instanceof RefusedException ? said : name + ": " + said;
    String clean = text.replace('\0', '\uFFFD');
    return clean.length() > MAX_REASON ? clean.substring(0, MAX_REASON) + "…" : clean;
  }
}
