package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationPlan.Can;
import dev.concordat.reservation.ReservationState.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The machine's rules for answers of the provider, and for what evidence decides. */
final class Resolving {

  private Resolving() {}

  static void answered(ReservationTurn turn, ReservationStimulus.Answered said) {
    boolean awaited = said.action().equals(turn.state().doing);
    if (awaited) {
      turn.doing(null);
    }
    Evidence evidence = said.evidence();
    if (evidence == null) {
      misused(turn, said, awaited);
    } else if (!awaited) {
      // Its time was over, or a callback was faster: it is evidence all the same.
      late(turn, said.action().task(), evidence);
    } else {
      take(turn, said, evidence);
    }
  }

  private static void late(ReservationTurn turn, ReservationTask task, Evidence evidence) {
    boolean tells =
        task == ReservationTask.CALL
            || (task == ReservationTask.ASK && turn.state().phase.isOpen());
    if (tells && !turn.state().findings.knows(evidence)) {
      turn.emit(new ReservationEvent.EvidenceFound(0, evidence, null));
    }
  }

  private static void misused(
      ReservationTurn turn, ReservationStimulus.Answered said, boolean awaited) {
    if (awaited && !turn.state().isFinal()) {
      turn.emit(new ReservationEvent.KeyMisused(said.action().number(), said.detail()));
      turn.attention(
          ReservationBreak.KEY_MISUSED,
          "the provider knows this key with another request, which is a bug: "
              + said.detail()
              + ". What the key did first may have happened; find out, and supply it");
    }
  }

  private static void take(
      ReservationTurn turn, ReservationStimulus.Answered said, Evidence evidence) {
    ReservationState state = turn.state();
    int number = said.action().number();
    switch (said.action().task()) {
      case CALL ->
          turn.emit(
              new ReservationEvent.CallAnswered(
                  number,
                  evidence,
                  isOpen(evidence) ? Failing.retryAt(turn, null, said.random()) : null,
                  isOpen(evidence) ? askAt(turn, 1, said.random()) : null));
      case ASK -> looked(turn, said, evidence);
      case VOID -> voided(turn, said, evidence);
      case REFUND -> Settling.refunded(turn, said, evidence);
      default -> throw new IllegalStateException("nobody answers to " + said.action() + state);
    }
  }

  private static boolean isOpen(Evidence evidence) {
    return evidence.finding() == Finding.PENDING || evidence.finding() == Finding.NOT_FOUND;
  }

  private static void looked(
      ReservationTurn turn, ReservationStimulus.Answered said, Evidence evidence) {
    Instant next = isOpen(evidence) ? askAt(turn, turn.state().asks + 1, said.random()) : null;
    if (next != null && evidence.finding() == Finding.NOT_FOUND && turn.state().quietFrom != null) {
      // Before that, asking again is no use.
      next = later(next, turn.state().quietFrom.plus(turn.plan().quiescence()));
    }
    turn.emit(
        new ReservationEvent.Looked(
            said.action().number(), evidence, said.detail(), said.askedAt(), next));
    if (evidence.finding() == Finding.NOT_FOUND && turn.state().findings.belief() == null) {
      Unknown.notFound(turn, said.askedAt());
    }
    if (isOpen(evidence) && next == null && turn.state().phase == Phase.UNKNOWN) {
      exhausted(turn);
    }
  }

  static void exhausted(ReservationTurn turn) {
    turn.attention(
        ReservationBreak.NOBODY_TO_ASK,
        "it was asked "
            + turn.state().asks
            + " times how it stands, and no answer settles it. Retry asks again; evidence from"
            + " elsewhere settles it, too");
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  /** When to ask next after so many questions, or null if that is over. */
  static @Nullable Instant askAt(ReservationTurn turn, int asked, double random) {
    Instant since = Objects.requireNonNullElse(turn.state().quietFrom, turn.now());
    return turn.plan()
        .ask()
        .delay(asked, Duration.between(since, turn.now()), random)
        .map(turn.now()::plus)
        .orElse(null);
  }

  private static void voided(
      ReservationTurn turn, ReservationStimulus.Answered said, Evidence evidence) {
    int number = said.action().number();
    if (evidence.finding() == Finding.PENDING) {
      Failing.again(turn, said.action(), "the void is under way", said.random());
      return;
    }
    turn.emit(new ReservationEvent.VoidAnswered(number, meaning(turn, evidence), null));
  }

  /** After a void nothing happens any more; what was known to be done is taken back with it. */
  private static Evidence meaning(ReservationTurn turn, Evidence evidence) {
    return switch (evidence.finding()) {
      case DONE, REVERSED, PENDING -> evidence;
      case REFUSED, NOT_FOUND ->
          as(
              evidence,
              turn.state().findings.belief() == Finding.DONE ? Finding.REVERSED : Finding.REFUSED);
    };
  }

  static Evidence as(Evidence evidence, Finding finding) {
    return new Evidence(
        evidence.source(),
        finding,
        evidence.amount(),
        evidence.reference(),
        evidence.event(),
        evidence.at(),
        evidence.detail());
  }

  /** Decides, once there is evidence that settles it. */
  static void resolve(ReservationTurn turn) {
    ReservationState state = turn.state();
    Finding belief = state.findings.belief();
    if (!state.phase.isOpen() || belief == null || !mayDecide(state)) {
      return;
    }
    if (belief != Finding.DONE) {
      turn.emit(new ReservationEvent.Decided(false, because(state, belief)));
      return;
    }
    if (state.phase == Phase.VOIDING && !state.voidRefused && !isPersons(state)) {
      // What is voided may still be done over there: only the void's own answer tells.
      return;
    }
    Money moved = state.findings.amount(Finding.DONE);
    if (moved != null && !moved.equals(state.amount()) && !isPersons(state)) {
      differs(turn, moved);
    } else if (wantsVoid(turn)) {
      Unknown.voiding(turn, "it was done, and nobody wants it any more");
    } else {
      turn.emit(new ReservationEvent.Decided(true, because(state, belief)));
    }
  }

  private static boolean wantsVoid(ReservationTurn turn) {
    ReservationState state = turn.state();
    return state.halted != null
        && turn.plan().has(Can.VOID)
        && !state.voidRefused
        && !isPersons(state);
  }

  /** Where the key was misused, evidence may be about the other request: only a person knows. */
  private static boolean mayDecide(ReservationState state) {
    ReservationEvent.AttentionNeeded attention = state.attention;
    return attention == null
        || attention.broken() != ReservationBreak.KEY_MISUSED
        || isPersons(state);
  }

  private static boolean isPersons(ReservationState state) {
    Evidence top = state.findings.strongest(null);
    return top != null && top.source() == Evidence.Source.PERSON;
  }

  private static void differs(ReservationTurn turn, Money moved) {
    ReservationEvent.AttentionNeeded attention = turn.state().attention;
    if (attention == null || attention.broken() != ReservationBreak.AMOUNT_DIFFERS) {
      turn.attention(
          ReservationBreak.AMOUNT_DIFFERS,
          "asked for "
              + turn.state().amount()
              + ", and "
              + moved
              + " moved. What is held stays held; supply what is to count");
    }
  }

  private static String because(ReservationState state, Finding finding) {
    Evidence strongest = state.findings.strongest(finding);
    return finding
        + (strongest == null ? "" : ", says " + strongest.source() + ": " + strongest.detail());
  }
}
