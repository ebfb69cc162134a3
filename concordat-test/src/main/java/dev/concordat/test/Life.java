package dev.concordat.test;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.EngineStopped;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Around;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.Sagas;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One worker, from its start to its end or death, with fault points around it. */
final class Life {

  private static final String REPLIES = "replies";
  private static final int MAX_STATE = 1024 * 1024;

  /**
   * What every worker of a test has in common.
   *
   * @param outside puts something around the fault points: what planted bugs are made of
   * @param around the same for calls of user code, or null
   */
  record Setup(
      List<Saga<?>> sagas,
      EngineConfig config,
      List<SagaListener> listeners,
      UnaryOperator<Store> outside,
      @Nullable UnaryOperator<Around> around) {}

  private final Setup setup;
  private final FaultPoints points;
  private final TestPlatform platform;
  private final Sagas registry;
  private @Nullable Engine engine;

  Life(Setup setup, FaultPoints points, SkippingClock clock) {
    this.setup = setup;
    this.points = points;
    this.platform = new TestPlatform(points.life(), points.trace(), clock);
    Around calls = setup.around() == null ? points : setup.around().apply(points);
    this.registry =
        new Sagas(setup.sagas(), new JsonCodec(), MAX_STATE, Map.of(), setup.listeners(), calls);
    registry.repliesTo(REPLIES);
  }

  FaultPoints points() {
    return points;
  }

  TestPlatform platform() {
    return platform;
  }

  Sagas sagas() {
    return registry;
  }

  /** Starts the worker; false if it died over that or the database turned it down. */
  boolean begin(Store store) {
    try {
      Store faulty = setup.outside().apply(points.around(store));
      Engine made = new Engine(faulty, platform, setup.config(), registry.scripts(), true);
      engine = made;
      registry.drivenBy(made);
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
