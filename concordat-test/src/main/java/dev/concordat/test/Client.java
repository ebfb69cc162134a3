package dev.concordat.test;

import dev.concordat.core.ConcordatException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.saga.Operator;
import java.time.Duration;

/** Another process, which never fails: sends signals, cancels, looks at what happened. */
final class Client {

  private final Trace trace;
  private final TestPlatform platform;
  private final Engine engine;
  private final Subject.Registered registered;

  Client(CrashPlan plan, Ground.Field field, Trace trace) {
    this.trace = trace;
    this.platform = new TestPlatform(0, trace, field.clock());
    this.registered = plan.subject().registered(null);
    this.engine =
        new Engine(
            field.another().get(), platform, EngineConfig.DEFAULT, registered.scripts(), false);
    registered.drivenBy(engine);
  }

  Operator operator() {
    return new Operator(engine);
  }

  /** Why that instance is where it is, in words. */
  String why(String id) {
    return registered.why(id);
  }

  /** Does what the test does after the start, in a thread of its own. */
  void after(String id) {
    Runnable action = registered.afterStart(id);
    if (action == null) {
      return;
    }
    platform.start(
        "after-start",
        () -> {
          try {
            action.run();
          } catch (ConcordatException e) {
            trace.add(new Happening.Noted(0, "after the start: " + e));
          }
        });
  }

  /** Whether all that the test does after the start is done. */
  boolean isIdle() {
    return platform.working() == 0;
  }

  void join() {
    long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (platform.working() > 0 && System.nanoTime() < end) {
      trace.await(trace.version(), Duration.ofMillis(5));
    }
  }

  void close() {
    engine.close();
  }
}
