package dev.concordat.messaging;

/**
 * Decides what a lane of a relay does next. Pure: the time is part of the stimulus.
 *
 * <p>Messages are read tick by tick, sent as soon as no earlier message of their key is under way,
 * and settled when they are delivered or parked. The checkpoint is where everything before is
 * settled, whatever was settled beyond; so a crash repeats messages and loses none. A message that
 * is rejected is parked with all that follow of its key; the rest go on. When the other side takes
 * nothing, all wait, and no more is read than the window holds. When it takes others and not this
 * one, again and again, this one is held: parked with all that follow of its key, and tried again
 * by itself. Only what was read later and delivered tells the one from the other; so a window that
 * is full of what is not taken waits for it.
 */
final class RelayMachine {

  private RelayMachine() {}

  static RelayDecision decide(RelayPlan plan, RelayState state, RelayStimulus stimulus) {
    RelayTurn turn = new RelayTurn(plan, state, stimulus.now());
    switch (stimulus) {
      case RelayStimulus.Look look -> turn.look();
      case RelayStimulus.Ticked ticked -> turn.ticked(ticked.tick());
      case RelayStimulus.PageRead read -> turn.read(read.messages(), read.asked());
      case RelayStimulus.Answered answered -> turn.answered(answered.answers(), answered.random());
      case RelayStimulus.DueFound found -> turn.dueFound(found);
      case RelayStimulus.Checkpointed noted -> {
        if (noted.ours()) {
          turn.checkpointed(noted.checkpoint());
        } else {
          turn.lose();
        }
      }
      case RelayStimulus.Settled settled ->
          settled
              .free()
              .ifPresentOrElse(free -> turn.settled(settled.messages(), free), turn::lose);
      case RelayStimulus.Reparked reparked -> {
        if (reparked.ours()) {
          turn.reparked(reparked.parkings());
        } else {
          turn.lose();
        }
      }
    }
    turn.send();
    return turn.decision();
  }
}
