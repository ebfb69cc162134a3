package dev.concordat.reservation;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Verb;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationStimulus.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The machine, told one thing after the other. */
abstract class MachineCase {

  static final Money ALL = new Money(4200, "EUR");
  static final Money PART = new Money(100, "EUR");
  static final Payload DATA = new Payload("{}", true);

  private static final Instant START = Instant.parse("2026-12-01T10:00:00Z");

  ReservationState state = ReservationState.EMPTY;
  final List<ReservationEvent> events = new ArrayList<>();
  private ReservationPlan plan = plan(null);
  private int letter;
  private int pieces;

  static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }

  /** One attempt; a call may be under way for 30 s, and a request for 60 s more. */
  static ReservationPlan plan(@Nullable Duration keyLifetime, Can... can) {
    RetryPolicy second = RetryPolicy.exponential(Duration.ofSeconds(1)).withoutJitter();
    return new ReservationPlan(
        "p",
        1,
        "bank",
        second.attempts(1),
        second.unlimited(),
        second.attempts(3),
        Optional.ofNullable(keyLifetime),
        Duration.ofMinutes(1),
        Duration.ofSeconds(30),
        Optional.empty(),
        Set.of(can));
  }

  static ReservationPlan all(@Nullable Duration keyLifetime) {
    return plan(keyLifetime, Can.values());
  }

  void go(ReservationStimulus stimulus) {
    ReservationDecision decision = ReservationMachine.decide(plan, state, stimulus);
    state = decision.state();
    events.addAll(decision.events());
  }

  /** Held, and the first call is under way. */
  void begin(ReservationPlan of) {
    plan = of;
    go(new ReservationStimulus.Begin(START, DATA, null));
    go(
        new ReservationStimulus.Held(
            START, 1, DATA, ALL, new ReservationStimulus.Intent("key", "hash")));
  }

  /** A correction that refunds; its first attempt is under way. */
  void refunds(ReservationPlan of) {
    plan = of;
    ReservationEvent.Correction late =
        new ReservationEvent.Correction(ReservationEvent.Correction.How.REFUND, null, "late");
    go(
        new ReservationStimulus.BeginCorrection(
            START,
            new ReservationEvent.ReservationCorrectionStarted(
                DATA,
                "p1",
                "key",
                ALL,
                late,
                event("e1", Source.CALLBACK, Finding.DONE, ALL, "c1", START),
                START,
                null)));
  }

  void tick(Instant now) {
    go(new ReservationStimulus.Tick(now));
  }

  void says(Instant now, Evidence evidence) {
    go(new ReservationStimulus.Letter(now, ++letter, new Request.Says(evidence)));
  }

  void verb(Instant now, Verb verb, @Nullable Evidence evidence) {
    go(
        new ReservationStimulus.Letter(
            now, ++letter, new Request.Operate(verb, "ops", "why", evidence)));
  }

  void fails(Instant now, ReservationTask task, int number) {
    go(
        new ReservationStimulus.Failed(
            now,
            new ReservationAction(task, number),
            new ReservationStimulus.Failure(FailureKind.UNKNOWN, true, "timeout", null),
            0.5));
  }

  void local(Instant now, ReservationTask task) {
    go(new ReservationStimulus.LocalDone(now, new ReservationAction(task, 1), DATA));
  }

  void answered(Instant now, ReservationTask task, int number, Evidence evidence) {
    go(
        new ReservationStimulus.Answered(
            now, new ReservationAction(task, number), now, evidence, "x", 0.5));
  }

  void passed(Instant now, ReservationTask task) {
    go(new ReservationStimulus.Passed(now, new ReservationAction(task, 1), "other"));
  }

  /** A piece of its own, about a charge that is called c1. */
  Evidence said(Source source, Finding finding, @Nullable Money amount, Instant at) {
    return event(
        "e" + ++pieces + "-" + finding,
        source,
        finding,
        amount,
        finding == Finding.REVERSED ? "r1" : "c1",
        at);
  }

  static Evidence event(
      String event,
      Source source,
      Finding finding,
      @Nullable Money amount,
      @Nullable String reference,
      Instant at) {
    return new Evidence(source, finding, amount, reference, event, at, "said");
  }

  @Nullable ReservationBreak broken() {
    return state.attention == null ? null : state.attention.broken();
  }

  List<@Nullable ReservationBreak> breaks() {
    List<@Nullable ReservationBreak> breaks = new ArrayList<>();
    state.late.forEach(late -> breaks.add(late.correction().broken()));
    return breaks;
  }
}
