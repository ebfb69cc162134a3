package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.ConcordatException;
import dev.concordat.store.Branches.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks deadlocks across databases, before the time-out for locks would end all of them. */
final class TwoPhaseDeadlocks {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseDeadlocks.class);
  private static final Duration BETWEEN = Duration.ofMillis(500);

  private final TwoPhaseRunner runner;
  private final SideBySide<List<Waiting>> looking;
  private final Deadlocks deadlocks = new Deadlocks();
  private volatile boolean over;

  TwoPhaseDeadlocks(TwoPhaseRunner runner) {
    this.runner = runner;
    this.looking =
        new SideBySide<>(
            runner.engine().platform(), "concordat-waits", runner.sites(), this::waiting);
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

  /** One that says nothing is left out: a circle through it is found when it answers again. */
  private void look() throws InterruptedException {
    List<Waiting> waits = new ArrayList<>();
    looking.ask(BETWEEN).values().forEach(waits::addAll);
    Optional<Waiting> victim = deadlocks.victim(waits);
    if (victim.isPresent()) {
      breakOff(victim.get());
    }
  }

  private List<Waiting> waiting(Site site) {
    try {
      return site.branches().waiting();
    } catch (ConcordatException e) {
      LOG.debug("who waits in {} cannot be seen now", site.place(), e);
      return List.of();
    }
  }

  /** The session is of one database; the others find nobody of that name and number. */
  private void breakOff(Waiting victim) throws InterruptedException {
    LOG.info(
        "Two-phase commits wait for each other across databases; {} is broken off, and can be done"
            + " again.",
        victim.waiter());
    var unused = breaking(victim).ask(BETWEEN);
    String attempt = victim.waiter().substring(BranchId.PREFIX.length());
    runner.moments().tell(listener -> listener.deadlock(runner.plan().name(), attempt));
  }

  private SideBySide<Boolean> breaking(Waiting victim) {
    return new SideBySide<>(
        runner.engine().platform(),
        "concordat-breaks",
        runner.sites(),
        site -> {
          try {
            site.branches().breakOff(victim);
            return true;
          } catch (ConcordatException e) {
            LOG.debug("the session in {} could not be broken off", site.place(), e);
            return false;
          }
        });
  }
}
