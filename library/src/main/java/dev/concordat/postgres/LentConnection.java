package dev.concordat.postgres;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;

/** A connection that business code may use for everything but ending the transaction. */
final class LentConnection implements InvocationHandler {

  private final Connection real;

  private LentConnection(Connection real) {
    this.real = real;
  }

  static Connection of(Connection real) {
    return (Connection)
        Proxy.newProxyInstance(
            LentConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            new LentConnection(real));
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a connection equals only itself
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (endsTransaction(method, arguments)) {
      throw new UnsupportedOperationException(
          "a local step must not call "
              + method.getName()
              + "() on its connection: Concordat commits the step together with its journal entry."
              + " Nothing was committed. Remove the call, or use a savepoint.");
    }
    if (method.getName().equals("equals") && arguments != null) {
      return proxy == arguments[0];
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
