package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationEvent.Correction;
import dev.concordat.reservation.ReservationEvent.Correction.How;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationState.Phase;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The machine's rules for evidence that contradicts how a reservation ended: what has ended stays
 * as it is, and a correction of its own is started, once for each contradiction.
 */
final class Late {

  private Late() {}

  static void advance(ReservationTurn turn) {
    for (Due due = due(turn); due != null; due = due(turn)) {
      turn.emit(
          new ReservationEvent.LateFound(
              turn.state().late.size() + 1, due.correction(), due.evidence(), due.amount()));
    }
    int number = turn.state().uncorrected();
    if (number > 0 && turn.state().doing == null) {
      turn.act(ReservationTask.CORRECT, number);
    }
  }

  /** What is to be done, because of which piece, and about how much. */
  private record Due(Correction correction, Evidence evidence, Money amount) {}

  private static @Nullable Due due(ReservationTurn turn) {
    ReservationState state = turn.state();
    if (state.amount == null) {
      return null;
    }
    Correction correction = byBelief(turn);
    if (correction != null) {
      Finding about = state.findings.belief() == Finding.DONE ? Finding.DONE : Finding.REVERSED;
      Money moved = state.findings.amount(about);
      return new Due(correction, evidence(state, about), moved == null ? state.amount() : moved);
    }
    Evidence piece = Conflicts.next(state);
    if (piece == null) {
      return null;
    }
    Money said = piece.amount();
    return new Due(Conflicts.correction(state, piece), piece, said == null ? state.amount() : said);
  }

  private static Evidence evidence(ReservationState state, Finding about) {
    Evidence strongest = state.findings.strongest(about);
    return Objects.requireNonNull(
        strongest == null ? state.findings.strongest(null) : strongest, "belief without evidence");
  }

  /** The next contradiction by what is believed that nothing is done about yet, or null. */
  private static @Nullable Correction byBelief(ReservationTurn turn) {
    ReservationState state = turn.state();
    Finding belief = state.findings.belief();
    if (belief == null || !(state.phase == Phase.CONFIRMED || state.phase == Phase.RELEASED)) {
      return null;
    }
    Correction contradiction = contradiction(turn.plan(), state, belief);
    if (contradiction != null) {
      return contradiction;
    }
    Correction odd = oddity(state, belief);
    return odd == null || isKnown(state, odd) ? null : odd;
  }

  private static boolean isKnown(ReservationState state, Correction correction) {
    return state.late.stream().anyMatch(each -> each.correction().equals(correction));
  }

  private static @Nullable Correction contradiction(
      ReservationPlan plan, ReservationState state, Finding belief) {
    boolean done = belief == Finding.DONE;
    if (done == state.accountedDone || (!done && state.phase == Phase.RELEASED)) {
      return null;
    }
    Correction differs = differs(state, done ? Finding.DONE : Finding.REVERSED);
    if (differs != null) {
      return isKnown(state, differs) ? null : differs;
    }
    Evidence later = state.findings.doneAfterRefusal();
    if (!done && later != null) {
      return new Correction(
          How.PERSON,
          ReservationBreak.EVIDENCE_CONFLICTS,
          "it is said to be REFUSED, but that is older than that it was done");
    }
    if (!done) {
      return plan.has(Can.REVERSE)
          ? new Correction(How.REVERSE, null, "it was taken back or failed after it was confirmed")
          : new Correction(
              How.PERSON,
              ReservationBreak.LATE_FAILURE,
              "it was taken back or failed after it was confirmed, and nothing here reverses that");
    }
    if (state.phase == Phase.CONFIRMED) {
      return new Correction(
          How.PERSON, ReservationBreak.CHARGED_AGAIN, "it was done again after it was taken back");
    }
    return plan.has(Can.REFUND)
        ? new Correction(How.REFUND, null, "it was done after what was held had been released")
        : new Correction(
            How.PERSON,
            ReservationBreak.LATE_SUCCESS,
            "it was done after what was held had been released, and nothing here refunds it");
  }

  private static @Nullable Correction differs(ReservationState state, Finding finding) {
    Money moved = state.findings.amount(finding);
    Money whole = finding == Finding.REVERSED ? state.taken() : state.amount();
    return moved == null || moved.equals(whole)
        ? null
        : new Correction(
            How.PERSON,
            ReservationBreak.AMOUNT_DIFFERS,
            "asked for " + state.amount() + ", and of " + moved + " it is said: " + finding);
  }

  /** What contradicts nothing that was decided, and still must not go unseen. */
  private static @Nullable Correction oddity(ReservationState state, Finding belief) {
    if (state.findings.reversals() > 1) {
      return new Correction(
          How.PERSON,
          ReservationBreak.DOUBLE_REFUND,
          "it was taken back " + state.findings.reversals() + " times");
    }
    if (state.findings.doneAfterReversal()) {
      return new Correction(
          How.PERSON, ReservationBreak.CHARGED_AGAIN, "it was done again after it was taken back");
    }
    return switch (belief) {
      case DONE -> state.phase == Phase.CONFIRMED ? differs(state, Finding.DONE) : null;
      case REVERSED -> partlyBack(state);
      case REFUSED, PENDING, NOT_FOUND -> null;
    };
  }

  /** Another amount than the one that was weighed, or that a person looks at already. */
  private static @Nullable Correction partlyBack(ReservationState state) {
    Evidence priced = state.findings.priced(Finding.REVERSED);
    if (priced != null && state.weighed.contains(priced)) {
      return null;
    }
    Correction differs = differs(state, Finding.REVERSED);
    if (differs != null) {
      return differs;
    }
    Money before = null;
    for (ReservationEvent.LateFound each : state.late) {
      boolean part =
          each.correction().broken() == ReservationBreak.AMOUNT_DIFFERS
              && each.evidence().finding() == Finding.REVERSED;
      before = part ? each.amount() : before;
    }
    Money back = state.findings.amount(Finding.REVERSED);
    return before == null || before.equals(back == null ? state.taken() : back)
        ? null
        : new Correction(
            How.PERSON,
            ReservationBreak.AMOUNT_DIFFERS,
            "it was said that " + before + " was taken back, and now that all of it was");
  }

  /** What only a person can correct waits for one, also after a retry. */
  static void broken(ReservationTurn turn) {
    ReservationEvent.ReservationCorrectionStarted started = turn.state().correction;
    if (started != null) {
      Correction correction = started.correction();
      turn.attention(
          correction.broken(),
          correction.reason()
              + ", says "
              + started.late().source()
              + " about '"
              + started.of()
              + "'. Skip it with a reason once that is put right");
    }
  }
}
