package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Instant;
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
        state.findings = state.findings.with(e.evidence());
      }
      case ReservationEvent.EvidenceRepeated e -> letter(e.letter());
      case ReservationEvent.CheckAsked e -> {
        letter(e.letter());
        checkAt(e.at());
      }
      case ReservationEvent.Halted e -> state.halted = e;
      case ReservationEvent.VoidBegan e -> to(Phase.VOIDING);
      case ReservationEvent.VoidAnswered e -> voidAnswered(e);
      case ReservationEvent.Decided e -> to(e.confirm() ? Phase.CONFIRMING : Phase.RELEASING);
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
      case ReservationEvent.Refunded e -> {
        state.findings = state.findings.with(e.evidence());
        to(Phase.TELLING);
      }
      case ReservationEvent.Told e -> to(Phase.CORRECTED);
      case ReservationEvent.LateFound e -> lateFound(e);
      case ReservationEvent.CorrectionBegun e -> state.corrected.add(e.number());
      case ReservationEvent.AttentionNeeded e -> state.attention = e;
      case ReservationEvent.SetAside e -> to(Phase.SET_ASIDE);
      case ReservationEvent.VerbApplied e -> verb(e);
      case ReservationEvent.LetterRefused e -> letter(e.letter());
      case ReservationEvent.TakenOver e -> state.crashes++;
      case ReservationEvent.HandedOver e -> {}
    }
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
    state.quietFrom = later(e.at());
    state.failedSince = state.failedSince == null ? e.at() : state.failedSince;
    state.retryAt = e.retryAt();
    state.askAt = e.askAt();
  }

  private Instant later(Instant at) {
    Instant before = state.quietFrom;
    return before == null || at.isAfter(before) ? at : before;
  }

  private void looked(ReservationEvent.Looked e) {
    state.queries = e.query();
    state.asks++;
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

  private void attemptFailed(ReservationEvent.AttemptFailed e) {
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
