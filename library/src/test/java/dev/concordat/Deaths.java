package dev.concordat;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.engine.EngineStopped;
import dev.concordat.store.Store;
import dev.concordat.store.Transactions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Proxies around all ports of a store: counts their calls by name, and lets one of them go wrong or
 * kill its process. Polls that find nothing, and leases, do not count.
 */
final class Deaths {

  /** What happens at a call. */
  enum Kind {
    CRASH_BEFORE,
    CRASH_AFTER,
    LOST_ANSWER;

    /** Whether it differs from the others there: before and after a mere question are the same. */
    boolean tellsAt(String place) {
      return this != CRASH_AFTER || !QUESTIONS.contains(place.substring(0, place.indexOf('#')));
    }
  }

  private static final Set<String> QUESTIONS =
      Set.of(
          "journal.read",
          "instances.find",
          "instances.findWithin",
          "instances.heldBy",
          "mailbox.waiting",
          "mailbox.waitingFor",
          "mailbox.answer",
          "holds.owner");

  private static final Set<String> PORTS =
      Set.of("journal", "instances", "mailbox", "transactions", "holds");

  private final String point;
  private final @Nullable Kind kind;
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  volatile boolean fired;
  volatile boolean dead;

  Deaths(String point, @Nullable Kind kind) {
    this.point = point;
    this.kind = kind;
  }

  @Override
  public String toString() {
    return point + " " + kind;
  }

  /** Every point passed: {@code port.method#n}. */
  List<String> points() {
    return new TreeMap<>(counts)
        .entrySet().stream()
            .flatMap(entry ->
                java.util.stream.IntStream.rangeClosed(1, entry.getValue().get())
                    .mapToObj(n -> entry.getKey() + "#" + n))
            .toList();
  }

  Store around(Store store) {
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (self, method, arguments) -> {
              Object port = invoke(store, method, arguments);
              String name = method.getName();
              return port == null || !method.getReturnType().isInterface()
                  ? port
                  : port(method.getReturnType(), name, port);
            });
  }

  private Object port(Class<?> type, String name, Object real) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> pass(name, real, method, arguments));
  }

  private @Nullable Object pass(String port, Object real, Method method, Object @Nullable [] args)
      throws Throwable {
    String name = port + "." + method.getName();
    if (dead && !name.endsWith(".close") && !name.endsWith(".abort")) {
      throw new EngineStopped();
    }
    boolean counts =
        (PORTS.contains(port) || name.equals("local.commit"))
            && !name.equals("instances.reserveNumbers");
    if (!counts) {
      return invoke(real, method, args);
    }
    return counted(name, real, method, args);
  }

  private @Nullable Object counted(
      String name, Object real, Method method, Object @Nullable [] args) throws Throwable {
    AtomicInteger count = counts.computeIfAbsent(name, key -> new AtomicInteger());
    boolean hit = !fired && kind != null && point.equals(name + "#" + (count.get() + 1));
    if (hit && kind == Kind.CRASH_BEFORE) {
      fired = true;
      dead = true;
      throw new EngineStopped();
    }
    Object result = invoke(real, method, args);
    if (result instanceof List<?> list && list.isEmpty()) {
      return result;
    }
    count.incrementAndGet();
    if (hit) {
      fired = true;
      dead = kind == Kind.CRASH_AFTER;
      close(result);
      throw dead ? new EngineStopped() : lost(name);
    }
    return result instanceof Transactions.Local local
        ? port(Transactions.Local.class, "local", local)
        : result;
  }

  private static void close(@Nullable Object result) throws Exception {
    if (result instanceof AutoCloseable held) {
      held.close();
    }
  }

  /** Asking again does no harm where nothing is written. */
  private static RuntimeException lost(String name) {
    return name.equals("transactions.begin")
        ? new NotNowException("injected at " + name)
        : new OutcomeUnknownException("k", "injected after " + name, null);
  }

  private static @Nullable Object invoke(Object real, Method method, Object @Nullable [] args)
      throws Throwable {
    try {
      return method.invoke(real, args);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
