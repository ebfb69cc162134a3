package dev.concordat;

import dev.concordat.core.ConcordatException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;

/** Lets the calls of a real XA driver go wrong, and tells of it as a driver does. */
final class XaPlan {

  /** What becomes of a call. */
  interface Passing {
    Object pass(String name, Object real, Method method, Object[] arguments) throws Throwable;
  }

  private final Passing passing;

  XaPlan(Passing passing) {
    this.passing = passing;
  }

  /** Also around its connections. */
  XADataSource around(XADataSource source) {
    return port(XADataSource.class, source);
  }

  private <P> P port(Class<P> type, Object real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                around(method.getReturnType(), call(type, real, method, arguments))));
  }

  /** A class of a driver may be more than one of these. */
  private Object around(Class<?> type, Object result) {
    boolean leadsOn =
        type == XAConnection.class || type == XAResource.class || type == Connection.class;
    return leadsOn && result != null ? port(type, result) : result;
  }

  private Object call(Class<?> type, Object real, Method method, Object[] arguments)
      throws Throwable {
    try {
      return passing.pass(type.getSimpleName() + "." + method.getName(), real, method, arguments);
    } catch (ConcordatException e) {
      if (type == XAResource.class) {
        throw new XAException(XAException.XAER_RMFAIL);
      }
      throw new SQLException(e.getMessage(), "08006", e);
    }
  }

  static Object invoke(Object real, Method method, Object... arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
