package dev.concordat.test;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One worker, from its start to its end or death, with fault points around it. */
final class Life {

  private final CrashPlan plan;
  private final FaultPoints points;
  private final TestPlatform platform;
  private final Subject.Registered registered;
  private @Nullable Engine engine;

  Life(CrashPlan plan, FaultPoints points, SkippingClock clock) {
    this.plan = plan;
    this.points = points;
    this.platform = new TestPlatform(points.life(), points.trace(), clock);
    this.registered = plan.subject().registered(points);
  }

  FaultPoints points() {
    return points;
  }

  TestPlatform platform() {
    return platform;
  }

  Subject.Registered registered() {
    return registered;
  }

  /** Starts the worker; false if it died over that or the database turned it down. */
  boolean begin(Store store) {
    try {
      Store faulty = plan.outside().apply(points.around(store));
      Engine made = new Engine(faulty, platform, plan.config(), registered.scripts(), true);
      engine = made;
      registered.drivenBy(made);
      made.start();
      return true;
    } catch (EngineStopped | RefusedException | OutcomeUnknownException e) {
      points.trace().add(new Happening.Noted(points.life(), "the worker does not start: " + e));
      store.close();
      return false;
    }
  }

  OptionalLong worker() {
    Engine now = engine;
    return now == null ? OptionalLong.empty() : now.owner();
  }

  void wake() {
    Engine now = engine;
    if (now != null) {
      now.wake();
    }
  }

  /** As SIGKILL would. */
  void kill() {
    Engine now = engine;
    if (now != null) {
      now.kill();
    } else {
      platform.close();
    }
  }

  /** As an orderly shutdown would. */
  void end() {
    points.close();
    Engine now = engine;
    if (now != null) {
      now.close();
    }
  }

  /** Waits until no thread of this worker is at work; false if that takes too long. */
  boolean quiet(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (platform.working() > 0) {
      if (System.nanoTime() > end) {
        return false;
      }
      points.trace().await(points.trace().version(), Duration.ofMillis(5));
    }
    return true;
  }
}
