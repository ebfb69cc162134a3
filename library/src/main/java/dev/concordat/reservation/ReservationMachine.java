package dev.concordat.reservation;

import dev.concordat.reservation.ReservationState.Phase;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a reservation does next: pure, without clock, chance or I/O. Hold, call, then confirm or
 * release; as long as nobody knows what became of the call it is UNKNOWN, which evidence resolves
 * and nothing else. The rules are Concordat's own; see docs/reservations.md.
 */
final class ReservationMachine {

  /** How many workers may die over an instance without progress before a person must look. */
  static final int MAX_CRASHES = 10;

  private ReservationMachine() {}

  /** Decides what follows from {@code stimulus}; stimuli that come too late change nothing. */
  static ReservationDecision decide(
      ReservationPlan plan, ReservationState state, ReservationStimulus stimulus) {
    ReservationTurn turn = new ReservationTurn(plan, state, stimulus.now());
    boolean begins =
        stimulus instanceof ReservationStimulus.Begin
            || stimulus instanceof ReservationStimulus.BeginCorrection;
    if (begins == (state.phase == Phase.NEW)) {
      take(turn, stimulus);
      advance(turn);
    }
    return turn.end();
  }

  private static void take(ReservationTurn turn, ReservationStimulus stimulus) {
    switch (stimulus) {
      case ReservationStimulus.Begin s -> begin(turn, s);
      case ReservationStimulus.BeginCorrection s -> turn.emit(s.started());
      case ReservationStimulus.Opened s -> opened(turn, s.alive());
      case ReservationStimulus.Tick s -> {}
      case ReservationStimulus.Held s -> Holding.held(turn, s);
      case ReservationStimulus.LocalDone s -> Settling.done(turn, s);
      case ReservationStimulus.Answered s -> Resolving.answered(turn, s);
      case ReservationStimulus.Failed s -> Failing.failed(turn, s);
      case ReservationStimulus.Paced s -> paced(turn, s);
      case ReservationStimulus.Passed s -> Settling.passed(turn, s);
      case ReservationStimulus.Letter s -> ReservationLetters.take(turn, s);
      case ReservationStimulus.Stuck s -> {
        if (!turn.state().isFinal()) {
          turn.attention(null, s.reason());
        }
      }
    }
  }

  private static void begin(ReservationTurn turn, ReservationStimulus.Begin begin) {
    Instant deadline = turn.plan().deadline().map(begin.now()::plus).orElse(null);
    turn.emit(new ReservationEvent.ReservationStarted(begin.input(), deadline, begin.trace()));
  }

  /** What the journal says is under way was performed by a worker that is no more. */
  private static void opened(ReservationTurn turn, @Nullable ReservationAction alive) {
    ReservationState state = turn.state();
    if (state.crashes >= MAX_CRASHES && state.attention == null && !state.isFinal()) {
      turn.attention(
          null,
          MAX_CRASHES
              + " workers were lost over this instance without progress: it may be what kills"
              + " them. Nothing is sent until somebody says retry.");
    }
    boolean lives = alive != null && fits(state, alive);
    turn.doing(lives ? alive : null);
    if (state.phase == Phase.CALLING && !lives) {
      Failing.lost(turn);
    }
  }

  /** Whether the action belongs to where the reservation stands. */
  static boolean fits(ReservationState state, ReservationAction action) {
    return switch (action.task()) {
      case HOLD -> state.phase == Phase.HOLDING;
      case CALL -> state.phase == Phase.CALLING && action.number() == state.attempt();
      case ASK -> state.phase == Phase.UNKNOWN;
      case VOID -> state.phase == Phase.VOIDING;
      case CONFIRM -> state.phase == Phase.CONFIRMING;
      case RELEASE -> state.phase == Phase.RELEASING;
      case CORRECT -> state.uncorrected() == action.number();
      case REFUND -> state.phase == Phase.REFUNDING;
      case REVERSE -> state.phase == Phase.REVERSING;
      case TELL -> state.phase == Phase.TELLING;
    };
  }

  /**
   * Why what was begun is not to be sent any more, or null: since then it may have been decided, or
   * become known otherwise. To ask does no harm.
   */
  static @Nullable String unwanted(ReservationState state, ReservationAction action) {
    if (!fits(state, action)) {
      return "how it ends was decided before this was sent";
    }
    if (action.task() == ReservationTask.ASK) {
      return null;
    }
    if (state.paused) {
      return "it was paused before this was sent";
    }
    if (state.attention != null) {
      return "it waits for a person since before this was sent";
    }
    boolean settled = state.halted != null || state.findings.belief() != null;
    return action.task() == ReservationTask.CALL && settled
        ? "nobody wanted it any more, or its outcome was known, before it was sent"
        : null;
  }

  private static void paced(ReservationTurn turn, ReservationStimulus.Paced paced) {
    ReservationAction action = paced.action();
    if (!action.equals(turn.state().doing)) {
      return;
    }
    turn.doing(null);
    if (fits(turn.state(), action)) {
      turn.emit(
          action.task() == ReservationTask.ASK
              ? new ReservationEvent.AskPaced(action.number(), paced.until())
              : new ReservationEvent.AttemptPaced(action.task(), action.number(), paced.until()));
    }
  }

  private static void advance(ReservationTurn turn) {
    halt(turn);
    Resolving.resolve(turn);
    if (turn.state().isFinal()) {
      Late.advance(turn);
      return;
    }
    if (!mayGoOn(turn.state())) {
      return;
    }
    switch (turn.state().phase) {
      case HOLDING -> Holding.advance(turn);
      case UNKNOWN -> Unknown.advance(turn);
      case VOIDING -> next(turn, ReservationTask.VOID);
      case CONFIRMING -> next(turn, ReservationTask.CONFIRM);
      case RELEASING -> next(turn, ReservationTask.RELEASE);
      case REFUNDING -> Failing.refund(turn);
      case REVERSING -> next(turn, ReservationTask.REVERSE);
      case TELLING -> next(turn, ReservationTask.TELL);
      case BROKEN -> Late.broken(turn);
      default -> {}
    }
  }

  /** While it waits for a person, evidence is still taken, but nothing is begun. */
  private static boolean mayGoOn(ReservationState state) {
    return !state.paused && state.attention == null && state.doing == null;
  }

  static void next(ReservationTurn turn, ReservationTask task) {
    if (turn.isDue(turn.state().nextAt)) {
      turn.act(task, turn.state().attempts + 1);
    }
  }

  private static void halt(ReservationTurn turn) {
    ReservationState state = turn.state();
    Instant deadline = state.deadline;
    if (deadline != null && turn.isDue(deadline) && canHalt(state)) {
      turn.emit(
          new ReservationEvent.Halted(
              ReservationEvent.Cause.DEADLINE, "the deadline " + deadline + " passed"));
    }
  }

  /** Whether somebody can still say that nobody wants it any more. */
  static boolean canHalt(ReservationState state) {
    return state.halted == null && (state.phase == Phase.HOLDING || state.phase.isOpen());
  }

  /** When the instance wants to be looked at next without being asked, or null for never. */
  static @Nullable Instant wakeAt(ReservationPlan plan, ReservationState state, Instant now) {
    if (state.isFinal() || state.paused || state.attention != null) {
      return null;
    }
    Instant deadline = canHalt(state) ? state.deadline : null;
    if (state.doing != null) {
      return deadline;
    }
    Instant next =
        switch (state.phase) {
          case UNKNOWN -> Unknown.next(plan, state, now).at();
          case HOLDING, VOIDING, CONFIRMING, RELEASING, REFUNDING, REVERSING, TELLING ->
              state.nextAt == null ? now : state.nextAt;
          default -> null;
        };
    return earlier(next, deadline);
  }

  private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.isBefore(b) ? a : b;
  }

  /** Whether losing the event in a crash costs nothing, so that it may wait for the next write. */
  static boolean rides(ReservationEvent event) {
    return event instanceof ReservationEvent.Decided;
  }
}
