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
            said.action().number(), evidence, said.detail(), said.askedAt(), next, false));
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
    if (isOpenOrRefused(evidence) && Unknown.isForgotten(turn, said.askedAt())) {
      if (ReservationMachine.fits(turn.state(), said.action())) {
        Unknown.forgotten(turn, said.action(), said.detail());
      }
      return;
    }
    turn.emit(new ReservationEvent.VoidAnswered(number, meaning(turn, evidence), null));
  }

  private static boolean isOpenOrRefused(Evidence evidence) {
    return isOpen(evidence) || evidence.finding() == Finding.REFUSED;
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
    if (!state.phase.isOpen() || belief == null || !mayDecide(state) || hasChanged(turn)) {
      return;
    }
    if (belief != Finding.DONE) {
      nothingStands(turn, belief);
      return;
    }
    if (state.phase == Phase.VOIDING && !state.voidRefused && !isPersons(state)) {
      // What is voided may still be done over there: only the void's own answer tells.
      return;
    }
    Money moved = state.findings.amount(Finding.DONE);
    if (moved != null && !moved.equals(state.amount()) && !isPersons(state)) {
      differs(turn, moved + " moved");
    } else if (wantsVoid(turn)) {
      Unknown.voiding(turn, "it was done, and nobody wants it any more");
    } else {
      turn.emit(new ReservationEvent.Decided(true, because(state, belief)));
    }
  }

  /** Whether all is back, or nothing ever happened: only then what is held may be released. */
  private static void nothingStands(ReservationTurn turn, Finding belief) {
    ReservationState state = turn.state();
    if (!isPersons(state)) {
      if (state.phase == Phase.CALLING) {
        // It may be said of an attempt before; the answer of this one is awaited first.
        return;
      }
      Money back = state.findings.amount(Finding.REVERSED);
      if (belief == Finding.REVERSED && back != null && !back.equals(state.taken())) {
        differs(turn, "of " + state.taken() + " that moved " + back + " was taken back");
        return;
      }
      Evidence done = state.findings.doneAfterRefusal();
      if (done != null) {
        conflicts(turn, "it is said to be REFUSED, and later to be DONE, says " + by(done));
        return;
      }
    }
    turn.emit(new ReservationEvent.Decided(false, because(state, belief)));
  }

  private static String by(Evidence piece) {
    return piece.source() + ": " + piece.detail();
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

  /** Who says something else of the same event was wrong once; a person must say when. */
  private static boolean hasChanged(ReservationTurn turn) {
    ReservationState state = turn.state();
    if (state.changed.isEmpty() || isPersons(state)) {
      return false;
    }
    Evidence last = state.changed.get(state.changed.size() - 1);
    conflicts(
        turn,
        "something else was said before of the same event '" + last.event() + "', by " + by(last));
    return true;
  }

  private static boolean isPersons(ReservationState state) {
    return state.findings.isPersons();
  }

  private static void differs(ReservationTurn turn, String what) {
    raise(
        turn,
        ReservationBreak.AMOUNT_DIFFERS,
        "asked for "
            + turn.state().amount()
            + ", and "
            + what
            + ". What is held stays held; supply what is to count");
  }

  private static void conflicts(ReservationTurn turn, String what) {
    raise(
        turn,
        ReservationBreak.EVIDENCE_CONFLICTS,
        what + ". What is held stays held; find out, and supply what is to count");
  }

  private static void raise(ReservationTurn turn, ReservationBreak broken, String reason) {
    ReservationEvent.AttentionNeeded attention = turn.state().attention;
    boolean waits =
        attention != null && attention.broken() == broken && attention.reason().equals(reason);
    if (!waits) {
      turn.attention(broken, reason);
    }
  }

  private static String because(ReservationState state, Finding finding) {
    Evidence strongest = state.findings.strongest(finding);
    return finding
        + (strongest == null ? "" : ", says " + strongest.source() + ": " + strongest.detail());
  }
}
