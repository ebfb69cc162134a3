package dev.concordat.tcc;

import dev.concordat.tcc.TccBranchState.Phase;
import dev.concordat.tcc.TccEvent.Cause;
import org.jspecify.annotations.Nullable;

/** The machine's rules until it is decided. */
final class Trying {

  private Trying() {}

  /** Tries whatever may be tried now; decides once all are, or the time is over. */
  static void advance(TccTurn turn) {
    if (turn.isDue(turn.state().deadline())) {
      String reason = "not every branch was tried by the deadline, " + turn.state().deadline();
      cancel(turn, Cause.DEADLINE, null, reason);
      return;
    }
    for (TccPlan.Branch branch : turn.plan().branches()) {
      boolean tried = isTried(turn, branch.name());
      if (!tried && turn.plan().inOrder()) {
        return;
      }
    }
    if (turn.state().branches().values().stream().allMatch(b -> b.phase() == Phase.TRIED)) {
      turn.emit(
          new TccEvent.Decided(
              TccOperation.CONFIRM, Cause.ALL_TRIED, null, "every branch is tried"));
    }
  }

  /** Moves one branch on as far as it goes now. */
  private static boolean isTried(TccTurn turn, String branch) {
    TccBranchState now = turn.of(branch);
    switch (now.phase()) {
      case FRESH -> turn.ask(branch);
      case TRY_WAITING -> {
        if (turn.isDue(now.wakeAt())) {
          turn.ask(branch);
        }
      }
      default -> {}
    }
    return now.phase() == Phase.TRIED;
  }

  static void refused(TccTurn turn, TccStimulus.Refused refused) {
    turn.emit(
        new TccEvent.Refused(
            refused.branch(), refused.attempt(), refused.code(), refused.reason()));
    String said = refused.code() == TccAnswer.Code.REFUSED ? "" : refused.code() + ": ";
    cancel(turn, Cause.REFUSED, refused.branch(), said + refused.reason());
  }

  static void exhausted(TccTurn turn, String branch, String why) {
    cancel(turn, Cause.EXHAUSTED, branch, why);
  }

  static void cancel(TccTurn turn, Cause cause, @Nullable String branch, String reason) {
    turn.emit(new TccEvent.Decided(TccOperation.CANCEL, cause, branch, reason));
  }
}
