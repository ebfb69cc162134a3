package dev.concordat.examples.run;

import dev.concordat.saga.SagaListener;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stands still at one moment, for whoever listens to kill this process just then: a step has taken
 * effect, and nothing of it is recorded yet. For a local step, nothing of it is committed yet.
 */
final class StandStill implements SagaListener {

  private final String at;
  private final AtomicBoolean armed;

  StandStill(String at) {
    this.at = at;
    this.armed = new AtomicBoolean(!at.isEmpty());
  }

  @Override
  public void attemptReturned(Moment of, String step, int attempt, boolean compensating) {
    String now = compensating ? Options.COMPENSATE + step : step;
    reached(now, of.id());
  }

  /** It is now that moment in that instance; returns unless it is the one to stand still at. */
  void reached(String moment, String instance) {
    if (moment.equals(at) && armed.compareAndSet(true, false)) {
      System.out.println(Worker.AT + instance);
      forEver();
    }
  }

  private static void forEver() {
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      try {
        never.await();
      } catch (InterruptedException e) {
        // only SIGKILL ends this
      }
    }
  }
}
