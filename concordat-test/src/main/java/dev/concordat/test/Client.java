package dev.concordat.test;

import dev.concordat.core.ConcordatException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Sagas;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Another process, which never fails: sends signals, cancels, looks at what happened. */
final class Client<S> {

  private static final int MAX_STATE = 1024 * 1024;

  private final CrashPlan<S> plan;
  private final Trace trace;
  private final TestPlatform platform;
  private final Engine engine;
  private final Sagas sagas;

  Client(CrashPlan<S> plan, Ground.Field field, Trace trace) {
    this.plan = plan;
    this.trace = trace;
    this.platform = new TestPlatform(0, trace, field.clock());
    this.sagas = new Sagas(plan.setup().sagas(), new JsonCodec(), MAX_STATE, Map.of(), List.of());
    this.engine =
        new Engine(field.another().get(), platform, EngineConfig.DEFAULT, sagas.scripts(), false);
    sagas.drivenBy(engine);
  }

  Operator operator() {
    return new Operator(engine);
  }

  /** Does what the test does after the start, in a thread of its own. */
  void after(String id) {
    plan.afterStart()
        .ifPresent(action ->
            platform.start(
                "after-start",
                () -> {
                  try {
                    action.accept(sagas.find(plan.saga(), id));
                  } catch (ConcordatException e) {
                    trace.add(new Happening.Noted(0, "after the start: " + e));
                  }
                }));
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
