package dev.concordat.test;

import dev.concordat.core.FailureKind;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.EngineStopped;
import dev.concordat.saga.Around;
import dev.concordat.store.Store;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The points of one worker's life at which a fault can be injected: every call of every port of its
 * store, and every call of user code. Each point has a name, {@code Port.method#n}; polls that find
 * nothing are no points. At most one fault is armed.
 *
 * <p>Generated decorators stand around the ports ({@link #around}), so nothing in the library knows
 * of this. When the worker dies, every further call of it fails and nothing is given back.
 */
public final class FaultPoints implements Around {

  private final int life;
  private final Trace trace;
  private final @Nullable Fault armed;
  private final Map<String, FailureMode> modes;
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final Set<String> points = ConcurrentHashMap.newKeySet();
  private final List<String> inOrder = new ArrayList<>();
  private final CountDownLatch thawed = new CountDownLatch(1);
  private volatile boolean fired;
  private volatile boolean dead;
  private volatile boolean frozen;
  private volatile boolean late;
  private volatile boolean open = true;

  FaultPoints(int life, Trace trace, @Nullable Fault armed, Map<String, FailureMode> modes) {
    this.life = life;
    this.trace = trace;
    this.armed = armed;
    this.modes = Map.copyOf(modes);
  }

  /** That store with these points around its ports. */
  public Store around(Store store) {
    return StorePorts.around(store, this);
  }

  /** The points passed so far, in the order of first passing. */
  public Set<String> points() {
    synchronized (inOrder) {
      return new LinkedHashSet<>(inOrder);
    }
  }

  /** Whether the armed fault was injected. */
  public boolean fired() {
    return fired;
  }

  /** Whether the worker is dead. */
  public boolean crashed() {
    return dead;
  }

  /** Whether the worker is frozen and somebody should take over. */
  public boolean frozen() {
    return frozen;
  }

  /** Lets a frozen worker go on, as one that was only slow. */
  public void thaw() {
    late = true;
    frozen = false;
    trace.add(new Happening.Noted(life, "the frozen worker goes on"));
    thawed.countDown();
  }

  /** From here on nothing is a point and nothing goes wrong: the case is over. */
  void close() {
    open = false;
  }

  int life() {
    return life;
  }

  Trace trace() {
    return trace;
  }

  /** What a port does for real. */
  interface Real {
    @Nullable Object call() throws Throwable;
  }

  /**
   * Passes a call of a port.
   *
   * @param quiet whether an empty answer makes it no point
   */
  @Nullable Object pass(String name, boolean quiet, Real real) throws Throwable {
    if (!open) {
      return real.call();
    }
    gate();
    int n = quiet ? count(name).get() + 1 : count(name).incrementAndGet();
    boolean hit = hits(name, n);
    if (hit && fault().kind().isBefore()) {
      before(name);
    }
    Object result = real.call();
    if (quiet && result instanceof List<?> list && list.isEmpty()) {
      return result;
    }
    if (quiet) {
      n = count(name).incrementAndGet();
    }
    record(name, n);
    try {
      if (hit && !fired) {
        return after(result, real);
      }
      gate();
      return result;
    } catch (RuntimeException e) {
      release(result);
      throw e;
    }
  }

  /** What a dead process held, the system takes back. */
  private static void release(@Nullable Object result) throws Exception {
    if (result instanceof AutoCloseable held) {
      held.close();
    }
  }

  private @Nullable Object after(@Nullable Object result, Real real) throws Throwable {
    fire();
    return switch (fault().kind()) {
      case CRASH_AFTER -> throw die();
      case LOSE_ANSWER ->
          throw new OutcomeUnknownException("", "injected: the answer is lost", null);
      case DUPLICATE -> real.call();
      default -> result;
    };
  }

  private void before(String name) throws Throwable {
    if (fault().kind() != Fault.Kind.FREEZE || !frozen) {
      fire();
    }
    switch (fault().kind()) {
      case CRASH_BEFORE -> throw die();
      case FREEZE -> freeze();
      case LOSE_REQUEST ->
          throw new OutcomeUnknownException("", "injected: the request is lost", null);
      case FAIL_BEFORE -> throw StorePorts.refusal(name);
      default -> throw new RefusedException("injected: refused");
    }
  }

  @Override
  public <T> T call(Site site, Callable<T> code) throws Exception {
    return call(CallSite.of(site), code);
  }

  <T> T call(CallSite site, Callable<T> code) throws Exception {
    if (!open) {
      return code.call();
    }
    gate();
    String name = site.point();
    int n = count(name).incrementAndGet();
    record(name, n);
    boolean hit = hits(name, n);
    FailureMode mode = modes.get(site.name());
    if (hit && fault().kind().isBefore()) {
      callBefore(site);
    }
    if (mode != null && site.kind().isForward()) {
      mode.before(site);
    }
    T result = really(site, code);
    if (mode != null && site.kind().isForward()) {
      mode.after(site);
    }
    return hit && !fired ? callAfter(site, code, result) : gated(result);
  }

  private <T> T really(CallSite site, Callable<T> code) throws Exception {
    trace.add(new Happening.Called(life, site, late || dead));
    T result = code.call();
    trace.add(new Happening.TookEffect(life, site, late || dead));
    return result;
  }

  private <T> T callAfter(CallSite site, Callable<T> code, T result) throws Exception {
    fire();
    return switch (fault().kind()) {
      case CRASH_AFTER -> throw die();
      case LOSE_ANSWER -> throw site.trouble(FailureKind.UNKNOWN, "injected: answer lost");
      case UNEXPECTED -> throw new IllegalStateException("injected: nobody foresaw this");
      case DUPLICATE -> really(site, code);
      default -> gated(result);
    };
  }

  private void callBefore(CallSite site) throws Exception {
    fire();
    switch (fault().kind()) {
      case CRASH_BEFORE -> throw die();
      case FREEZE -> freeze();
      case LOSE_REQUEST -> throw site.trouble(FailureKind.UNKNOWN, "injected: request lost");
      case FAIL_BEFORE -> throw site.trouble(FailureKind.TRANSIENT, "injected: try again");
      default -> throw new Refusal();
    }
  }

  private Fault fault() {
    return java.util.Objects.requireNonNull(armed);
  }

  private boolean hits(String name, int n) {
    return armed != null && !fired && armed.point().equals(name + "#" + n);
  }

  private AtomicInteger count(String name) {
    return counts.computeIfAbsent(name, key -> new AtomicInteger());
  }

  private void record(String name, int n) {
    String point = name + "#" + n;
    if (points.add(point)) {
      synchronized (inOrder) {
        inOrder.add(point);
      }
    }
  }

  private void fire() {
    fired = true;
    trace.add(new Happening.Noted(life, "injected: " + armed));
  }

  private EngineStopped die() {
    dead = true;
    trace.poke();
    return new EngineStopped();
  }

  private void freeze() {
    frozen = true;
    trace.poke();
    gate();
  }

  /** A dead worker does nothing more, a frozen one nothing yet. */
  private void gate() {
    if (frozen) {
      awaitThaw();
    }
    if (dead) {
      throw new EngineStopped();
    }
  }

  private <T> T gated(T result) {
    gate();
    return result;
  }

  private void awaitThaw() {
    boolean interrupted = false;
    while (true) {
      try {
        thawed.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
