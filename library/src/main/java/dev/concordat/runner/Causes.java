package dev.concordat.runner;

import dev.concordat.core.FailureKind;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** What an exception of user code tells about its effect. */
public final class Causes {

  private static final int MAX_MESSAGE = 500;

  private Causes() {}

  /**
   * What kind of failure it is.
   *
   * @param inside whether the code ran in our own transaction: everything that fails there is
   *     rolled back, so nothing is unknown
   */
  public static FailureKind kind(Throwable error, boolean inside) {
    return switch (error) {
      // What the code did before it asked us is not undone by our saying no.
      case NotNowException later -> again(inside);
      case RefusedException refused -> FailureKind.REFUSED;
      case OutcomeUnknownException unknown -> again(inside);
      default -> isTechnical(error) ? again(inside) : FailureKind.UNEXPECTED;
    };
  }

  private static FailureKind again(boolean inside) {
    return inside ? FailureKind.TRANSIENT : FailureKind.UNKNOWN;
  }

  private static boolean isTechnical(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if ((e instanceof SQLException sql && passes(sql))
          || e instanceof IOException
          || e instanceof UnresolvedAddressException
          || e instanceof TimeoutException
          || e instanceof InterruptedException
          || e instanceof CancellationException) {
        return true;
      }
    }
    return false;
  }

  private static boolean passes(SQLException e) {
    String state = e.getSQLState();
    return state == null
        || state.startsWith("08")
        || state.startsWith("40")
        || state.startsWith("53")
        || state.startsWith("55")
        || state.startsWith("57")
        || e instanceof SQLTransientException
        || e instanceof SQLRecoverableException;
  }

  /** For people: the kind of error, unless its message stands for itself, and the message. */
  public static String message(Throwable error) {
    return message(error, error instanceof RefusedException);
  }

  /**
   * The same.
   *
   * @param plain whether the message stands for itself
   */
  public static String message(Throwable error, boolean plain) {
    String said = error.getMessage();
    String text =
        said == null || said.isBlank()
            ? error.getClass().getSimpleName()
            : plain ? said : error.getClass().getSimpleName() + ": " + said;
    return text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
  }
}
