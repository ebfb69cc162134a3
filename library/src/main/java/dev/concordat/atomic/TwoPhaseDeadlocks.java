package dev.concordat.atomic;

import dev.concordat.core.ConcordatException;
import dev.concordat.store.Branches.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks deadlocks across databases, before the time-out for locks would end all of them. */
final class TwoPhaseDeadlocks {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseDeadlocks.class);
  private static final Duration BETWEEN = Duration.ofMillis(500);

  private final TwoPhaseRunner runner;
  private final Deadlocks deadlocks = new Deadlocks();
  private volatile boolean over;

  TwoPhaseDeadlocks(TwoPhaseRunner runner) {
    this.runner = runner;
  }

  void start() {
    if (runner.sites().size() > 1) {
      runner.engine().platform().start("concordat-deadlocks-" + runner.plan().name(), this::run);
    }
  }

  void stop() {
    over = true;
  }

  private void run() {
    try {
      while (!over) {
        look();
        runner.engine().platform().pause(BETWEEN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    List<Waiting> waits = new ArrayList<>();
    for (Site site : runner.sites()) {
      try {
        waits.addAll(site.branches().waiting());
      } catch (ConcordatException e) {
        LOG.debug("who waits in {} cannot be seen now", site.place(), e);
      }
    }
    deadlocks.victim(waits).ifPresent(this::breakOff);
  }

  /** The session is of one database; the others find nobody of that name and number. */
  private void breakOff(Waiting victim) {
    LOG.info(
        "Two-phase commits wait for each other across databases; {} is broken off, and can be done"
            + " again.",
        victim.waiter());
    for (Site site : runner.sites()) {
      try {
        site.branches().breakOff(victim);
      } catch (ConcordatException e) {
        LOG.debug("the session in {} could not be broken off", site.place(), e);
      }
    }
    String attempt = victim.waiter().substring(TwoPhaseRunner.TAG.length());
    runner.moments().tell(listener -> listener.deadlock(runner.plan().name(), attempt));
  }
}
