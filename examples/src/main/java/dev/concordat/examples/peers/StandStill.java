package dev.concordat.examples.peers;

import dev.concordat.choreography.Edge;
import dev.concordat.core.StoredMessage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stands still at one moment, for whoever listens to kill this process just then: a step has been
 * committed, and the broker has not been told of it.
 */
public final class StandStill {

  /** What stands before the id of the instance that stands still. */
  public static final String AT = "at ";

  /** What stands before a step's name when its compensation is meant. */
  public static final String COMPENSATE = "compensate ";

  /** The header by which a message says which step published it. */
  static final String STEP = "scenario-step";

  private final Supplier<Instructions> told;
  private final AtomicBoolean still = new AtomicBoolean();

  StandStill(Supplier<Instructions> told) {
    this.told = told;
  }

  /** Looks whether this message tells of the moment. */
  void before(StoredMessage message) {
    String at = told.get().stopAt();
    String key = message.key();
    if (!at.isEmpty() && key != null && at.equals(moment(message))) {
      forEver(key);
    }
  }

  /** Looks whether this is the moment, which no message tells of. */
  void after(String step, String id) {
    if (step.equals(told.get().stopAt())) {
      forEver(id);
    }
  }

  private static String moment(StoredMessage message) {
    if (!message.type().equals(Edge.TYPE)) {
      return message.headers().getOrDefault(STEP, "");
    }
    Edge edge = JsonMapper.shared().readValue(message.payload().toArray(), Edge.class);
    return switch (edge.kind()) {
      case BEGUN, DONE -> edge.step();
      case COMPENSATED, EMPTY -> COMPENSATE + edge.step();
      case REFUSED, BARRED, TOO_LATE -> "";
    };
  }

  private void forEver(String id) {
    if (still.compareAndSet(false, true)) {
      System.out.println(AT + id);
    }
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
