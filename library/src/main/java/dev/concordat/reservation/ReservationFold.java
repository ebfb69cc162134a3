package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Folds events into a state that nobody else has seen yet. */
final class ReservationFold {

  private final ReservationState state;

  ReservationFold(ReservationState state) {
    this.state = state;
  }

  void take(ReservationEvent event) {
    switch (event) {
      case ReservationEvent.ReservationStarted e -> started(e);
      case ReservationEvent.ReservationCorrectionStarted e -> started(e);
      case ReservationEvent.Held e -> held(e);
      case ReservationEvent.HoldRefused e -> to(Phase.NEVER_HELD);
      case ReservationEvent.CallStarted e -> callStarted(e);
      case ReservationEvent.CallAnswered e -> answered(e);
      case ReservationEvent.KeyMisused e -> misused();
      case ReservationEvent.CallFailed e -> failed(e);
      case ReservationEvent.CallLost e -> lost(e);
      case ReservationEvent.Looked e -> looked(e);
      case ReservationEvent.AskPaced e -> state.askAt = e.askAt();
      case ReservationEvent.EvidenceFound e -> {
        letter(e.letter());
        found(e.evidence());
      }
      case ReservationEvent.EvidenceRepeated e -> letter(e.letter());
      case ReservationEvent.CheckAsked e -> {
        letter(e.letter());
        checkAt(e.at());
      }
      case ReservationEvent.Halted e -> state.halted = e;
      case ReservationEvent.RefundStarted e -> refundStarted(e);
      case ReservationEvent.AttemptPaced e -> paced(e);
      case ReservationEvent.VoidBegan e -> to(Phase.VOIDING);
      case ReservationEvent.VoidAnswered e -> voidAnswered(e);
      case ReservationEvent.Decided e -> decided(e);
      case ReservationEvent.AttemptFailed e -> attemptFailed(e);
      case ReservationEvent.Confirmed e -> {
        state.data = e.state();
        state.accountedDone = true;
        to(Phase.CONFIRMED);
      }
      case ReservationEvent.Released e -> {
        state.data = e.state();
        to(Phase.RELEASED);
      }
      case ReservationEvent.Reversed e -> {
        state.data = e.state();
        to(Phase.CORRECTED);
      }
      case ReservationEvent.Refunded e -> refunded(e);
      case ReservationEvent.Told e -> to(Phase.CORRECTED);
      case ReservationEvent.LateFound e -> lateFound(e);
      case ReservationEvent.CorrectionBegun e -> state.corrected.add(e.number());
      case ReservationEvent.AttentionNeeded e -> state.attention = e;
      case ReservationEvent.SetAside e -> setAside();
      case ReservationEvent.VerbApplied e -> verb(e);
      case ReservationEvent.LetterRefused e -> letter(e.letter());
      case ReservationEvent.TakenOver e -> state.crashes++;
      case ReservationEvent.HandedOver e -> {}
    }
  }

  private void decided(ReservationEvent.Decided e) {
    state.weighed = state.findings.all();
    to(e.confirm() ? Phase.CONFIRMING : Phase.RELEASING);
  }

  private void refunded(ReservationEvent.Refunded e) {
    state.findings = state.findings.with(e.evidence());
    state.weighed = state.findings.all();
    to(Phase.TELLING);
  }

  private void setAside() {
    state.weighed = state.findings.all();
    state.setAside = state.findings.belief();
    to(Phase.SET_ASIDE);
  }

  private void started(ReservationEvent.ReservationStarted e) {
    to(Phase.HOLDING);
    state.data = e.input();
    state.deadline = e.deadline();
    state.trace = e.trace();
  }

  private void started(ReservationEvent.ReservationCorrectionStarted e) {
    to(
        switch (e.correction().how()) {
          case REFUND -> Phase.REFUNDING;
          case REVERSE -> Phase.REVERSING;
          case PERSON -> Phase.BROKEN;
        });
    state.correction = e;
    state.data = e.input();
    state.amount = e.amount();
    state.trace = e.trace();
    state.findings = state.findings.with(e.late());
    state.weighed = state.findings.all();
  }

  private void to(Phase next) {
    state.phase = next;
    state.attention = null;
    state.crashes = 0;
    fresh(null);
  }

  private void fresh(@Nullable Instant at) {
    state.attempts = 0;
    state.failedSince = null;
    state.nextAt = at;
  }

  private void held(ReservationEvent.Held e) {
    to(Phase.UNKNOWN);
    state.data = e.state();
    state.amount = e.amount();
  }

  private void callStarted(ReservationEvent.CallStarted e) {
    state.phase = Phase.CALLING;
    state.call = e;
    state.counted++;
    state.looked = null;
    state.firstCallAt = state.firstCallAt == null ? e.at() : state.firstCallAt;
  }

  private void answered(ReservationEvent.CallAnswered e) {
    state.phase = state.phase == Phase.CALLING ? Phase.UNKNOWN : state.phase;
    state.findings = state.findings.with(e.evidence());
    state.maybeSent = true;
    state.quietFrom = later(e.evidence().at());
    state.retryAt = e.retryAt();
    state.askAt = e.askAt();
    state.looked = e.evidence().finding();
    state.crashes = 0;
  }

  private void misused() {
    if (state.phase == Phase.CALLING) {
      state.phase = Phase.UNKNOWN;
      state.retryAt = null;
    }
    state.maybeSent = true;
  }

  private void failed(ReservationEvent.CallFailed e) {
    state.phase = Phase.UNKNOWN;
    state.counted -= e.counted() ? 0 : 1;
    if (e.sent()) {
      state.maybeSent = true;
      state.quietFrom = later(e.at());
    }
    state.failedSince = state.failedSince == null ? e.at() : state.failedSince;
    state.retryAt = e.retryAt();
    state.askAt = e.askAt();
    state.crashes = 0;
  }

  private void lost(ReservationEvent.CallLost e) {
    state.phase = Phase.UNKNOWN;
    state.maybeSent = true;
    // Whoever was thought lost may still be sending, for as long as it waits for an answer.
    state.quietFrom = later(state.call == null ? e.at() : later(e.at(), state.call.until()));
    state.failedSince = state.failedSince == null ? e.at() : state.failedSince;
    state.retryAt = e.retryAt();
    state.askAt = e.askAt();
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private Instant later(Instant at) {
    Instant before = state.quietFrom;
    return before == null || at.isAfter(before) ? at : before;
  }

  private void looked(ReservationEvent.Looked e) {
    state.queries = e.query();
    state.asks += e.keptAway() ? 0 : 1;
    state.askAt = e.askAt();
    if (e.evidence() != null) {
      state.looked = e.evidence().finding();
      state.findings = state.findings.with(e.evidence());
    }
    state.crashes = 0;
  }

  private void voidAnswered(ReservationEvent.VoidAnswered e) {
    state.findings = state.findings.with(e.evidence());
    state.voidRefused |= e.evidence().finding() == Finding.DONE;
    state.attempts = e.attempt();
    state.nextAt = e.retryAt();
  }

  private void found(Evidence evidence) {
    if (evidence.source() == Evidence.Source.PERSON) {
      state.changed = List.of();
    } else if (state.findings.contradicts(evidence)) {
      state.changed = Stream.concat(state.changed.stream(), Stream.of(evidence)).toList();
    }
    state.findings = state.findings.with(evidence);
  }

  private void refundStarted(ReservationEvent.RefundStarted e) {
    state.refundBefore = state.refundAt;
    state.refundAt = state.refundAt == null ? e.at() : state.refundAt;
  }

  private void paced(ReservationEvent.AttemptPaced e) {
    state.nextAt = e.until();
    if (e.task() == ReservationTask.REFUND) {
      // It was not sent.
      state.refundAt = state.refundBefore;
    }
  }

  private void attemptFailed(ReservationEvent.AttemptFailed e) {
    if (e.task() == ReservationTask.REFUND && e.keptAway()) {
      state.refundAt = state.refundBefore;
    } else if (e.task() == ReservationTask.REFUND && state.refundAt == null) {
      // Journals of old know no intents of refunds.
      state.refundAt = state.correction == null ? e.at() : state.correction.at();
    }
    state.attempts = e.attempt();
    state.failedSince = state.failedSince == null ? e.at() : state.failedSince;
    state.nextAt = e.retryAt();
    state.crashes = 0;
  }

  private void lateFound(ReservationEvent.LateFound e) {
    state.late.add(e);
    ReservationEvent.Correction correction = e.correction();
    state.accountedDone =
        switch (correction.how()) {
          case REFUND -> true;
          case REVERSE -> false;
          case PERSON -> state.findings.belief() == Finding.DONE;
        };
  }

  private void verb(ReservationEvent.VerbApplied e) {
    letter(e.letter());
    switch (e.verb()) {
      case PAUSE -> state.paused = true;
      case RESUME -> state.paused = false;
      case RETRY -> retry(e.at());
      case SKIP, SUPPLY, FORWARD, CANCEL -> {}
    }
  }

  private void retry(Instant at) {
    ReservationEvent.AttentionNeeded before = state.attention;
    if (before != null && before.broken() == ReservationBreak.REFUND_UNKNOWN) {
      // Somebody has looked, and says that it is to be sent.
      state.refundAt = null;
    }
    state.attention = null;
    state.crashes = 0;
    fresh(at);
    state.counted = 0;
    state.asks = 0;
    state.retryAt = at;
    state.askAt = at;
  }

  private void checkAt(Instant at) {
    ReservationEvent.AttentionNeeded before = state.attention;
    if (before != null && before.broken() == ReservationBreak.NOBODY_TO_ASK) {
      state.attention = null;
    }
    state.askAt = at;
    state.looked = null;
    state.nextAt = at;
  }

  private void letter(int letter) {
    state.lettersTaken = letter > 0 ? letter : state.lettersTaken;
  }
}
