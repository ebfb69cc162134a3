package dev.concordat.messaging;

import dev.concordat.core.Portion;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import java.time.Duration;

/**
 * A relay: takes what is published and committed, and sends it. Runs in every process that has it;
 * each lane of it in one of them at a time. Immutable; each method gives another one.
 */
public final class Relay {

  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofMillis(20);
  private static final Portion WINDOW = new Portion(8192, 4 * Portion.BYTES);
  private static final Portion PAGE = Portion.of(2048);
  private static final int HOLD_AFTER = 5;

  private final String name;
  private final Sink sink;
  private final int lanes;
  private final Duration lease;
  private final Duration idle;
  private final RelayPlan plan;

  private Relay(String name, Sink sink, int lanes, Duration lease, Duration idle, RelayPlan plan) {
    this.name = name;
    this.sink = sink;
    this.lanes = lanes;
    this.lease = lease;
    this.idle = idle;
    this.plan = plan;
  }

  /**
   * A relay to that sink.
   *
   * @param name under which its progress is kept; another name begins anew
   */
  public static Relay named(String name, Sink sink) {
    if (name.isBlank() || name.length() > 100 || name.indexOf('\0') >= 0) {
      throw new RefusedException("a relay's name has 1 to 100 characters, none of them NUL");
    }
    RetryPolicy retry =
        RetryPolicy.exponential(Duration.ofMillis(100)).upTo(Duration.ofSeconds(30)).unlimited();
    RelayPlan plan =
        new RelayPlan(
            WINDOW, PAGE, Duration.ofMillis(50), Duration.ofMillis(500), HOLD_AFTER, retry);
    return new Relay(name, sink, 1, LEASE, IDLE, plan);
  }

  /**
   * The same, divided by keys into that many lanes, which different processes can work at. The
   * number cannot change later.
   */
  public Relay lanes(int newLanes) {
    if (newLanes < 1 || newLanes > 256) {
      throw new RefusedException("a relay has 1 to 256 lanes, not " + newLanes);
    }
    return new Relay(name, sink, newLanes, lease, idle, plan);
  }

  /** The same with that wait when the other side takes nothing; it is tried for ever. */
  public Relay retry(RetryPolicy policy) {
    RelayPlan newPlan =
        new RelayPlan(
            plan.window(),
            plan.page(),
            plan.checkpointEvery(),
            plan.dueEvery(),
            plan.holdAfter(),
            policy.unlimited());
    return new Relay(name, sink, lanes, lease, idle, newPlan);
  }

  /**
   * The same with that lease: how long a dead process's lane waits for another.
   *
   * @throws RefusedException if it is not longer than nothing
   */
  public Relay lease(Duration newLease) {
    requirePositive("lease", newLease);
    return new Relay(name, sink, lanes, newLease, idle, plan);
  }

  /**
   * The same, keeping at most that many messages in memory, at least 16; and never more than 64 MiB
   * of payload and one message more.
   */
  public Relay window(int messages) {
    int size = Math.max(16, messages);
    RelayPlan newPlan =
        new RelayPlan(
            new Portion(size, plan.window().bytes()),
            new Portion(Math.max(4, size / 4), plan.page().bytes()),
            plan.checkpointEvery(),
            plan.dueEvery(),
            plan.holdAfter(),
            plan.retry());
    return new Relay(name, sink, lanes, lease, idle, newPlan);
  }

  /**
   * The same, looking for messages that often while there are none.
   *
   * @throws RefusedException if it is not longer than nothing
   */
  public Relay idle(Duration newIdle) {
    requirePositive("idle time", newIdle);
    return new Relay(name, sink, lanes, lease, newIdle, plan);
  }

  private static void requirePositive(String what, Duration time) {
    if (!time.isPositive()) {
      throw new RefusedException("a relay's " + what + " is longer than nothing, not " + time);
    }
  }

  /** Under which its progress is kept. */
  public String name() {
    return name;
  }

  Sink sink() {
    return sink;
  }

  int lanes() {
    return lanes;
  }

  Duration lease() {
    return lease;
  }

  Duration idle() {
    return idle;
  }

  RelayPlan plan() {
    return plan;
  }
}
