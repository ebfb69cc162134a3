package dev.concordat.atomic;

import dev.concordat.atomic.ThreePhaseDecision.Send;
import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one three-phase commit, as its coordinator or as the leader of its termination: sends what
 * the machine says, each request in a thread of its own, and hands it the answers.
 */
final class ThreePhaseRunner {

  private static final Logger LOG = LoggerFactory.getLogger(ThreePhaseRunner.class);
  private static final Duration LONGEST_TICK = Duration.ofSeconds(1);
  private static final int TICKS = 10;

  private final ThreePhasePlan plan;
  private final Caller caller;
  private final Platform platform;
  private final BlockingQueue<ThreePhaseStimulus> heard = new LinkedBlockingQueue<>();
  private final Set<Send> asking = ConcurrentHashMap.newKeySet();

  /** Asks a participant. */
  interface Caller {
    ThreePhaseStanding ask(String participant, ThreePhaseRequest request) throws Exception;
  }

  ThreePhaseRunner(ThreePhasePlan plan, Caller caller, Platform platform) {
    this.plan = plan;
    this.caller = caller;
    this.platform = platform;
  }

  /**
   * Drives it until it is over, which takes a few times the plan's patience at most.
   *
   * @return how it ended
   */
  ThreePhaseRound run(ThreePhaseRound round) throws InterruptedException {
    ThreePhaseRound now = after(round, new ThreePhaseStimulus.Begin(now()));
    long tick = tickNanos();
    long next = platform.nanos() + tick;
    while (!now.isOver()) {
      long left = next - platform.nanos();
      ThreePhaseStimulus one = left <= 0 ? null : heard.poll(left, TimeUnit.NANOSECONDS);
      if (one == null) {
        next = platform.nanos() + tick;
        one = new ThreePhaseStimulus.Tick(now());
      }
      now = after(now, one);
    }
    return now;
  }

  private long tickNanos() {
    Duration tick = plan.patience().dividedBy(TICKS);
    return (tick.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : tick).toNanos();
  }

  /** From an arbitrary origin; the machine only compares. */
  private Instant now() {
    return Instant.EPOCH.plusNanos(platform.nanos());
  }

  private ThreePhaseRound after(ThreePhaseRound round, ThreePhaseStimulus stimulus) {
    ThreePhaseDecision decision = ThreePhaseMachine.decide(plan, round, stimulus);
    decision.sends().forEach(this::send);
    return decision.round();
  }

  /** What is being asked already is not asked a second time meanwhile. */
  private void send(Send send) {
    if (asking.add(send)) {
      platform.start("three-phase", () -> ask(send));
    }
  }

  private void ask(Send send) {
    try {
      ThreePhaseStanding standing = caller.ask(send.to(), send.request());
      asking.remove(send);
      heard.add(new ThreePhaseStimulus.Answered(now(), send.to(), standing));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      // No answer is nothing unusual here, and the machine asks again when time has passed.
      LOG.debug("'{}' did not answer {}", send.to(), send.request(), e);
    } finally {
      asking.remove(send);
    }
  }
}
