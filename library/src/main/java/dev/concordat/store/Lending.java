package dev.concordat.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One transaction that is lent: its connection and all that leads back to that, statements, their
 * rows, what is known of the database, and the driver's own faces of them.
 */
final class Lending {

  private static final Pattern ENDS =
      Pattern.compile(
          "(?:\\s++|;|--[^\\n]*+|/\\*.*?\\*/)*+"
              + "(?:BEGIN|START\\s+TRANSACTION|COMMIT|END|ABORT|PREPARE\\s+TRANSACTION"
              + "|ROLLBACK(?!\\s+(?:WORK\\s+|TRANSACTION\\s+)?TO\\b))\\b",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final BooleanSupplier over;
  private @Nullable Connection lent;

  Lending(BooleanSupplier over) {
    this.over = over;
  }

  Connection connection(Connection real) {
    Connection made = (Connection) guarded(real, Connection.class);
    lent = made;
    return made;
  }

  private Object guarded(Object real, Class<?> face) {
    ClassLoader loader = face.getClassLoader();
    return Proxy.newProxyInstance(
        loader == null ? Lending.class.getClassLoader() : loader,
        new Class<?>[] {face},
        new Guard(real));
  }

  /**
   * What would lead back to the real connection is guarded too; all else is handed out as it is.
   */
  private @Nullable Object led(@Nullable Object real) {
    return switch (real) {
      case CallableStatement statement -> guarded(statement, CallableStatement.class);
      case PreparedStatement statement -> guarded(statement, PreparedStatement.class);
      case Statement statement -> guarded(statement, Statement.class);
      case ResultSet rows -> guarded(rows, ResultSet.class);
      case Array array -> guarded(array, Array.class);
      case DatabaseMetaData known -> guarded(known, DatabaseMetaData.class);
      case null, default -> real;
    };
  }

  /** True if that SQL would end the transaction. */
  static boolean ends(String sql) {
    return ENDS.matcher(sql).lookingAt();
  }

  private final class Guard implements InvocationHandler {

    private final Object real;

    Guard(Object real) {
      this.real = real;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      return switch (method.getName()) {
        case "commit", "setAutoCommit", "abort" -> refused(method);
        case "rollback" ->
            arguments != null && arguments[0] instanceof Savepoint
                ? called(method, arguments)
                : refused(method);
        case "close" -> real instanceof Connection ? refused(method) : left(method, arguments);
        case "equals" -> arguments != null && isSame(arguments[0]);
        case "hashCode", "toString", "isClosed" -> left(method, arguments);
        case "getConnection" -> Objects.requireNonNull(lent);
        case "isWrapperFor" ->
            arguments != null
                && (((Class<?>) arguments[0]).isInstance(proxy)
                    || Boolean.TRUE.equals(left(method, arguments)));
        case "unwrap" -> unwrapped(proxy, method, arguments);
        default -> called(method, arguments);
      };
    }

    @SuppressWarnings("ReferenceEquality") // what is guarded equals only itself
    private boolean isSame(@Nullable Object other) {
      return other != null
          && Proxy.isProxyClass(other.getClass())
          && Proxy.getInvocationHandler(other) instanceof Guard guard
          && guard.real == real;
    }

    private @Nullable Object called(Method method, Object @Nullable [] arguments) throws Throwable {
      if (over.getAsBoolean()) {
        throw new SQLNonTransientConnectionException(
            "the time for this is over and its transaction has ended; nothing that is done now"
                + " would be part of it",
            "08003");
      }
      if (arguments != null && arguments[0] instanceof String sql && takesSql(method)) {
        if (ends(sql)) {
          return refused("run '" + sql.strip() + "'");
        }
      }
      return led(left(method, own(arguments)));
    }

    /** A driver knows its own arrays only. */
    private Object @Nullable [] own(Object @Nullable [] arguments) {
      if (arguments == null) {
        return null;
      }
      Object[] own = arguments.clone();
      for (int i = 0; i < own.length; i++) {
        if (own[i] instanceof Array array
            && Proxy.isProxyClass(array.getClass())
            && Proxy.getInvocationHandler(array) instanceof Guard guard) {
          own[i] = guard.real;
        }
      }
      return own;
    }

    private static boolean takesSql(Method method) {
      String name = method.getName();
      // The driver's own faces have an execSQLUpdate and more.
      return name.startsWith("exec") || name.startsWith("prepare") || name.equals("addBatch");
    }

    /** Under one of the driver's own faces it is guarded as well; its classes would have none. */
    private Object unwrapped(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      Class<?> face = (Class<?>) Objects.requireNonNull(arguments)[0];
      if (face.isInstance(proxy)) {
        return proxy;
      }
      if (!face.isInterface()) {
        throw new SQLException(
            "code in a transaction of Concordat gets no "
                + face.getName()
                + ", for it could end the transaction with that; ask for an interface, as"
                + " org.postgresql.PGConnection");
      }
      Object own = Objects.requireNonNull(left(method, arguments));
      return face.getName().startsWith("dev.concordat.") ? own : guarded(own, face);
    }

    private @Nullable Object left(Method method, Object @Nullable [] arguments) throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getTargetException();
      }
    }

    private Object refused(Method method) {
      return refused("call " + method.getName() + "() on its connection");
    }

    private Object refused(String what) {
      throw new UnsupportedOperationException(
          "code in a transaction of Concordat must not "
              + what
              + ": Concordat ends the transaction, with what it has to note itself. Nothing was"
              + " committed. Remove that, or use a savepoint.");
    }
  }
}
