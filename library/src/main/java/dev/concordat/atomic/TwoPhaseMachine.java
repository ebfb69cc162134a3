package dev.concordat.atomic;

import dev.concordat.atomic.TwoPhaseAction.Answered;
import dev.concordat.atomic.TwoPhaseState.BranchState;
import dev.concordat.atomic.TwoPhaseState.Phase;
import dev.concordat.atomic.TwoPhaseStimulus.Vote;
import dev.concordat.core.BranchEnding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two-phase commit (Gray, "Notes on Data Base Operating Systems", 1978) with presumed abort (Mohan,
 * Lindsay and Obermarck, TODS 1986) and the last agent: the decision is written by the commit of
 * one of the branches, when all others are prepared. The same machine recovers: whoever finds
 * prepared branches fences their attempt at its decider, and tells them what it learns there.
 */
final class TwoPhaseMachine {

  private TwoPhaseMachine() {}

  /** What to make of {@code stimulus}. Stimuli that no longer matter change nothing. */
  static TwoPhaseTurn decide(TwoPhaseState state, TwoPhaseStimulus stimulus) {
    return switch (stimulus) {
      case TwoPhaseStimulus.Worked worked -> worked(state, worked);
      case TwoPhaseStimulus.Failed failed -> failed(state, failed);
      case TwoPhaseStimulus.Voted voted -> voted(state, voted);
      case TwoPhaseStimulus.Decided decided -> decided(state, decided);
      case TwoPhaseStimulus.GaveUp gaveUp -> gaveUp(state, gaveUp);
      case TwoPhaseStimulus.Told told -> told(state, told);
      case TwoPhaseStimulus.Found found -> found(state, found);
      case TwoPhaseStimulus.Unsettled unsettled -> unsettled(state, unsettled);
    };
  }

  private static TwoPhaseTurn nothing(TwoPhaseState state) {
    return new TwoPhaseTurn(state, List.of());
  }

  private static TwoPhaseTurn worked(TwoPhaseState state, TwoPhaseStimulus.Worked worked) {
    if (state.phase() != Phase.WORKING) {
      return nothing(state);
    }
    Map<String, BranchState> branches = new LinkedHashMap<>();
    List<TwoPhaseAction> actions = new ArrayList<>();
    for (String branch : worked.read()) {
      branches.put(branch, BranchState.ASKED);
      actions.add(new TwoPhaseAction.EndReadOnly(branch));
    }
    for (String branch : worked.wrote()) {
      branches.put(branch, BranchState.ASKED);
      actions.add(new TwoPhaseAction.Prepare(branch));
    }
    branches.put(worked.decider(), BranchState.OPEN);
    TwoPhaseState next =
        new TwoPhaseState(Phase.PREPARING, worked.decider(), branches, true, state.answered());
    return actions.isEmpty() ? ask(next) : new TwoPhaseTurn(next, actions);
  }

  /** The last agent: all others have voted. */
  private static TwoPhaseTurn ask(TwoPhaseState state) {
    return new TwoPhaseTurn(
        state.with(state.decider(), BranchState.ASKED).in(Phase.DECIDING),
        List.of(new TwoPhaseAction.Decide(state.decider())));
  }

  private static TwoPhaseTurn failed(TwoPhaseState state, TwoPhaseStimulus.Failed failed) {
    if (state.phase() != Phase.WORKING) {
      return nothing(state);
    }
    Map<String, BranchState> branches = new LinkedHashMap<>();
    failed.branches().forEach(branch -> branches.put(branch, BranchState.OPEN));
    return abort(
        new TwoPhaseState(state.phase(), "", branches, true, state.answered()), failed.reason());
  }

  private static TwoPhaseTurn voted(TwoPhaseState state, TwoPhaseStimulus.Voted voted) {
    if (state.branches().get(voted.branch()) != BranchState.ASKED) {
      return nothing(state);
    }
    TwoPhaseState next =
        state.with(
            voted.branch(),
            switch (voted.vote()) {
              case YES -> BranchState.PREPARED;
              case READ_ONLY -> BranchState.READ_ONLY;
              case NO -> BranchState.ABORTED;
              case UNKNOWN -> BranchState.UNSURE;
            });
    return switch (state.phase()) {
      case PREPARING -> counted(next, voted);
      // Somebody else's vote was the end of it; this one came later.
      case ABORTING -> late(next, voted.branch());
      case WORKING, DECIDING, IN_DOUBT, COMMITTING, ENDED -> nothing(state);
    };
  }

  private static TwoPhaseTurn counted(TwoPhaseState state, TwoPhaseStimulus.Voted voted) {
    if (voted.vote() == Vote.NO || voted.vote() == Vote.UNKNOWN) {
      return abort(state, voted.reason());
    }
    boolean waiting = state.branches().containsValue(BranchState.ASKED);
    return waiting ? nothing(state) : ask(state);
  }

  private static TwoPhaseTurn late(TwoPhaseState state, String branch) {
    BranchState now = state.branches().get(branch);
    return now == BranchState.PREPARED || now == BranchState.UNSURE
        ? new TwoPhaseTurn(state, List.of(new TwoPhaseAction.RollBack(branch)))
        : settled(state, List.of());
  }

  private static TwoPhaseTurn decided(TwoPhaseState state, TwoPhaseStimulus.Decided decided) {
    if (state.phase() != Phase.DECIDING && state.phase() != Phase.IN_DOUBT) {
      return nothing(state);
    }
    return switch (decided.decision()) {
      case COMMIT -> commit(state.with(state.decider(), BranchState.COMMITTED));
      case ABORT -> abort(state.with(state.decider(), BranchState.ABORTED), decided.reason());
      case UNKNOWN ->
          new TwoPhaseTurn(
              state.in(Phase.IN_DOUBT), List.of(new TwoPhaseAction.Fence(state.decider())));
    };
  }

  /** Nothing in doubt is guessed: it stays prepared until somebody has reached the decider. */
  private static TwoPhaseTurn gaveUp(TwoPhaseState state, TwoPhaseStimulus.GaveUp gaveUp) {
    if (state.phase() != Phase.IN_DOUBT || state.answered()) {
      return nothing(state);
    }
    return new TwoPhaseTurn(
        state.told(), List.of(new TwoPhaseAction.Answer(Answered.UNKNOWN, gaveUp.reason())));
  }

  private static TwoPhaseTurn commit(TwoPhaseState asked) {
    List<TwoPhaseAction> actions = new ArrayList<>();
    TwoPhaseState state = asked.whole() ? asked : asked.certain();
    if (!state.answered()) {
      actions.add(new TwoPhaseAction.Answer(Answered.DONE, ""));
    }
    state
        .branches()
        .forEach((branch, at) -> {
          if (!at.isOver()) {
            actions.add(new TwoPhaseAction.Commit(branch));
          }
        });
    return settled(state.told().in(Phase.COMMITTING), actions);
  }

  private static TwoPhaseTurn abort(TwoPhaseState state, String reason) {
    List<TwoPhaseAction> actions = new ArrayList<>();
    TwoPhaseState next = state.in(Phase.ABORTING);
    for (Map.Entry<String, BranchState> branch : state.branches().entrySet()) {
      switch (branch.getValue()) {
        case OPEN -> {
          actions.add(new TwoPhaseAction.Drop(branch.getKey()));
          next = next.with(branch.getKey(), BranchState.ABORTED);
        }
        case PREPARED, UNSURE -> actions.add(new TwoPhaseAction.RollBack(branch.getKey()));
        case ASKED, READ_ONLY, COMMITTED, ABORTED, HEURISTIC -> {}
      }
    }
    if (!state.answered()) {
      actions.add(new TwoPhaseAction.Answer(Answered.REFUSED, reason));
    }
    return settled(next.told(), actions);
  }

  private static TwoPhaseTurn told(TwoPhaseState state, TwoPhaseStimulus.Told told) {
    boolean commits = state.phase() == Phase.COMMITTING;
    BranchState now = state.branches().get(told.branch());
    if (now == null || now.isOver() || !(commits || state.phase() == Phase.ABORTING)) {
      return nothing(state);
    }
    if (told.ending() == BranchEnding.AGAIN) {
      return new TwoPhaseTurn(
          state,
          List.of(
              commits
                  ? new TwoPhaseAction.Commit(told.branch())
                  : new TwoPhaseAction.RollBack(told.branch())));
    }
    if (told.ending() == BranchEnding.HEURISTIC) {
      String kind =
          "was to " + (commits ? "commit" : "abort") + " and did not: somebody decided alone";
      return settled(
          state.with(told.branch(), BranchState.HEURISTIC),
          List.of(new TwoPhaseAction.NoteHeuristic(told.branch(), kind)));
    }
    BranchState next = commits ? BranchState.COMMITTED : BranchState.ABORTED;
    return settled(state.with(told.branch(), next), List.of());
  }

  private static TwoPhaseTurn settled(TwoPhaseState state, List<TwoPhaseAction> before) {
    if (!state.allOver()) {
      return new TwoPhaseTurn(state, before);
    }
    List<TwoPhaseAction> actions = new ArrayList<>(before);
    if (state.phase() == Phase.COMMITTING && state.whole()) {
      actions.add(new TwoPhaseAction.Settle(state.decider()));
    }
    return new TwoPhaseTurn(state.in(Phase.ENDED), actions);
  }

  private static TwoPhaseTurn found(TwoPhaseState state, TwoPhaseStimulus.Found found) {
    if (state.phase() != Phase.WORKING) {
      return nothing(state);
    }
    Map<String, BranchState> branches = new LinkedHashMap<>();
    found.elsewhere().forEach(branch -> branches.put(branch, BranchState.UNSURE));
    found.prepared().forEach(branch -> branches.put(branch, BranchState.PREPARED));
    branches.put(found.decider(), BranchState.ASKED);
    // It is nobody's question: there is no user here to answer. If it is aborted, all are told so:
    // one that somebody committed by hand before would not be found otherwise.
    TwoPhaseState next = new TwoPhaseState(Phase.IN_DOUBT, found.decider(), branches, false, true);
    return new TwoPhaseTurn(next, List.of(new TwoPhaseAction.Fence(found.decider())));
  }

  private static TwoPhaseTurn unsettled(TwoPhaseState state, TwoPhaseStimulus.Unsettled unsettled) {
    if (state.phase() != Phase.WORKING) {
      return nothing(state);
    }
    Map<String, BranchState> branches = new LinkedHashMap<>();
    unsettled.branches().forEach(branch -> branches.put(branch, BranchState.PREPARED));
    branches.put(unsettled.decider(), BranchState.COMMITTED);
    return commit(new TwoPhaseState(Phase.IN_DOUBT, unsettled.decider(), branches, true, true));
  }
}
