package dev.concordat.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Savepoint;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A connection that business code may use for everything but ending the transaction. */
public final class LentConnection implements InvocationHandler {

  private final Connection real;
  private final BooleanSupplier over;

  private LentConnection(Connection real, BooleanSupplier over) {
    this.real = real;
    this.over = over;
  }

  /** Lends it until {@code over} says that the transaction is: then it may be somebody else's. */
  public static Connection of(Connection real, BooleanSupplier over) {
    return (Connection)
        Proxy.newProxyInstance(
            LentConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new LentConnection(real, over));
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a connection equals only itself
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (endsTransaction(method, arguments)) {
      throw new UnsupportedOperationException(
          "code in a transaction of Concordat must not call "
              + method.getName()
              + "() on its connection: Concordat ends the transaction, with what it has to note"
              + " itself. Nothing was committed. Remove the call, or use a savepoint.");
    }
    if (method.getName().equals("equals") && arguments != null) {
      return proxy == arguments[0];
    }
    if (over.getAsBoolean() && method.getDeclaringClass() != Object.class) {
      throw new SQLNonTransientConnectionException(
          "the time for this is over and its transaction has ended; nothing that is done now would"
              + " be part of it",
          "08003");
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private static boolean endsTransaction(Method method, Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "commit", "setAutoCommit", "close", "abort" -> true;
      case "rollback" ->
          arguments == null || arguments.length == 0 || !(arguments[0] instanceof Savepoint);
      default -> false;
    };
  }
}
