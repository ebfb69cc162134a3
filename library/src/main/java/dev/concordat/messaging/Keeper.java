package dev.concordat.messaging;

import dev.concordat.engine.Engine;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives back the space of what was relayed and of what need not be remembered any more. */
final class Keeper {

  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration SLICE = Duration.ofMillis(100);

  /** So that no transaction becomes large. */
  private static final int PORTION = 10_000;

  private final Engine engine;
  private final Duration remembered;
  private final boolean asks;
  private volatile boolean over;
  private boolean failed;
  private boolean told;

  /**
   * @param remembered for how long, unless somebody asked for longer
   * @param asks whether this process asks for it, because it handles messages
   */
  Keeper(Engine engine, Duration remembered, boolean asks) {
    this.engine = engine;
    this.remembered = remembered;
    this.asks = asks;
  }

  void start() {
    if (asks) {
      engine.store().inbox().remember(remembered);
    }
    engine.platform().start("concordat-keeper", this::run);
  }

  void close() {
    over = true;
  }

  private void run() {
    try {
      while (!over) {
        tidy();
        long end = engine.platform().nanos() + EVERY.toNanos();
        while (!over && engine.platform().nanos() < end) {
          engine.platform().pause(SLICE);
        }
      }
    } catch (InterruptedException e) {
      over = true;
    }
  }

  /** Each for itself, so that one that fails does not keep the others from being done. */
  void tidy() {
    Store store = engine.store();
    failed = false;
    attempt(() -> store.outbox().trim());
    attempt(() -> {
      Duration age = store.inbox().remembered().orElse(remembered);
      whole(() -> store.inbox().forget(age, PORTION));
      whole(() -> store.reactions().forget(age, PORTION));
      whole(() -> store.replies().forget(age, PORTION));
      whole(() -> store.flows().forget(age, PORTION));
    });
    told = failed;
  }

  /** Until a portion is not full, for more may grow old in the meantime than one is. */
  private void whole(IntSupplier portion) {
    attempt(() -> {
      while (!over && portion.getAsInt() >= PORTION) {
        LOG.debug("a full portion of what is old was cleared away; the next follows");
      }
    });
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      if (!told && !failed && !over) {
        LOG.warn(
            "Old messages cannot be cleared away, so tables grow; it is tried again every {} s",
            EVERY.toSeconds(),
            e);
      }
      failed = true;
    }
  }
}
