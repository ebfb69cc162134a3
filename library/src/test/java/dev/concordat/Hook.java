package dev.concordat;

import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Decisions;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** Does something at the first call of a kind to a database of a two-phase commit. */
final class Hook {

  private final String call;
  private final AtomicBoolean done = new AtomicBoolean();
  private Runnable before = () -> {};
  private Runnable after = () -> {};

  private Hook(String call) {
    this.call = call;
  }

  static Hook before(String call, Runnable what) {
    Hook hook = new Hook(call);
    hook.before = what;
    return hook;
  }

  static Hook after(String call, Runnable what) {
    Hook hook = new Hook(call);
    hook.after = what;
    return hook;
  }

  AtomicDatabase around(AtomicDatabase database) {
    return port(AtomicDatabase.class, database);
  }

  private <P> P port(Class<P> type, P real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> pass(type, real, method, arguments)));
  }

  private Object pass(Class<?> type, Object real, Method method, Object[] arguments)
      throws Throwable {
    boolean now =
        call.equals(type.getSimpleName() + "." + method.getName())
            && done.compareAndSet(false, true);
    if (now) {
      before.run();
    }
    Object result = XaPlan.invoke(real, method, arguments);
    if (now) {
      after.run();
    }
    return result instanceof Decisions.Deciding open
        ? port(Decisions.Deciding.class, open)
        : result;
  }
}
