package dev.concordat.messaging;

import dev.concordat.engine.Engine;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives back the space of what was relayed and of what need not be remembered any more. */
final class Keeper {

  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration SLICE = Duration.ofMillis(100);

  private final Engine engine;
  private final Duration remembered;
  private volatile boolean over;

  Keeper(Engine engine, Duration remembered) {
    this.engine = engine;
    this.remembered = remembered;
  }

  void start() {
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

  private void tidy() {
    try {
      engine.store().outbox().trim();
      engine.store().inbox().forget(remembered);
      engine.store().reactions().forget(remembered);
      engine.store().replies().forget(remembered);
      engine.store().flows().forget(remembered);
    } catch (RuntimeException e) {
      LOG.debug("old messages could not be cleared away; it is tried again", e);
    }
  }
}
