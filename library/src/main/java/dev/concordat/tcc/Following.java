package dev.concordat.tcc;

import dev.concordat.tcc.TccBranchState.Phase;

/** The machine's rules once it is decided: everybody who may hold something is told. */
final class Following {

  private Following() {}

  /**
   * Tells whoever may be told now; ends when all are over. Whoever waits for a person holds nobody
   * else up, since what others hold is locked meanwhile.
   */
  static void advance(TccTurn turn) {
    for (String branch : turn.plan().order(turn.state().operation())) {
      tell(turn, branch);
      TccBranchState now = turn.of(branch);
      if (turn.plan().inOrder() && (now.inFlight() || now.isWaiting())) {
        return;
      }
    }
    if (turn.state().branches().values().stream().allMatch(TccBranchState::isOver)) {
      turn.emit(
          turn.state().operation() == TccOperation.CONFIRM
              ? new TccEvent.Confirmed()
              : new TccEvent.Cancelled());
    }
  }

  private static void tell(TccTurn turn, String branch) {
    TccBranchState now = turn.of(branch);
    boolean again = now.phase() == Phase.TELL_WAITING && turn.isDue(now.wakeAt());
    if (again || now.phase() == Phase.UNTOLD) {
      turn.ask(branch);
    }
  }

  static void contradicted(TccTurn turn, TccStimulus.Refused said) {
    String means = TccMeaning.of(said.operation(), said.code());
    turn.emit(
        new TccEvent.Contradicted(
            said.operation(),
            said.branch(),
            said.attempt(),
            said.code(),
            "it answered " + said.code() + " (" + said.reason() + "). " + means));
  }

  static void exhausted(TccTurn turn, String branch, String why) {
    TccOperation operation = turn.state().operation();
    turn.emit(new TccEvent.AttentionNeeded(branch, TccMeaning.untold(operation) + " Last: " + why));
  }
}
