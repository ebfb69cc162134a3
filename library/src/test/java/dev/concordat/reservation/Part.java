package dev.concordat.reservation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One instance in a search: what its journal folds to, and what a worker has in memory. */
final class Part {

  ReservationState durable = ReservationState.EMPTY;
  ReservationState live = ReservationState.EMPTY;
  final List<ReservationEvent> riding = new ArrayList<>();
  final List<ReservationAction> performing = new ArrayList<>();
  final List<ReservationStimulus.Request> mailbox = new ArrayList<>();

  Part copy() {
    Part copy = new Part();
    copy.durable = durable;
    copy.live = live;
    copy.riding.addAll(riding);
    copy.performing.addAll(performing);
    copy.mailbox.addAll(mailbox);
    return copy;
  }

  /** Takes a decision as the engine does: what rides is not durable until something else is. */
  void take(ReservationDecision decision) {
    boolean rides =
        !decision.events().isEmpty()
            && decision.answers().isEmpty()
            && !decision.actions().isEmpty()
            && decision.events().stream().allMatch(ReservationMachine::rides)
            && decision.actions().stream().allMatch(action -> action.task().isLocal());
    live = decision.state();
    riding.addAll(decision.events());
    if (!rides) {
      durable = durable.applyAll(riding);
      riding.clear();
    }
    performing.addAll(decision.actions());
  }

  void crash() {
    riding.clear();
    performing.clear();
    live = durable;
  }

  boolean isBusyWith(ReservationTask task) {
    return performing.stream().anyMatch(action -> action.task() == task);
  }

  String key(Instant now) {
    return describe(live, now)
        + (riding.isEmpty() ? "" : "/durable " + describe(durable, now))
        + performing.stream().map(action -> action.task().name()).sorted().toList()
        + (mailbox.size() - live.lettersTaken);
  }

  private static String describe(ReservationState s, Instant now) {
    return s.phase
        + " "
        + s.counted
        + s.maybeSent
        + s.looked
        + s.voidRefused
        + s.accountedDone
        + (s.halted != null)
        + s.paused
        + (s.attention == null ? "" : "!" + s.attention.broken())
        + Math.min(s.attempts, 3)
        + s.late.stream().map(late -> late.correction().how()).toList()
        + s.corrected
        + (s.doing == null ? "" : s.doing.task())
        + s.findings.all().stream()
            .map(e -> e.source() + ":" + e.finding() + e.amount() + e.reference())
            .toList()
        + s.findings.reversals()
        + s.findings.doneAfterReversal()
        + ahead(s.nextAt, now)
        + ahead(s.retryAt, now)
        + ahead(s.askAt, now)
        + ahead(s.deadline, now)
        + ago(s.quietFrom, now)
        + ago(s.firstCallAt, now);
  }

  private static String ahead(@Nullable Instant at, Instant now) {
    return at == null ? "-" : " +" + Math.max(0, Duration.between(now, at).toSeconds());
  }

  private static String ago(@Nullable Instant at, Instant now) {
    return at == null ? "-" : " -" + Math.min(9, Duration.between(at, now).toSeconds());
  }
}
