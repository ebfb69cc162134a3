package dev.concordat.atomic;

import dev.concordat.atomic.TwoPhaseAction.Answered;
import dev.concordat.atomic.TwoPhaseStimulus.Decision;
import dev.concordat.atomic.TwoPhaseStimulus.Vote;
import dev.concordat.core.BranchEnding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * Everything there is around the machine, as a value: databases, one coordinator, one that
 * recovers, and statements that were sent and may arrive late.
 *
 * @param branches what each database holds of the transaction; {@code d} decides
 * @param row the decision's row
 * @param settled whether it is noted that all followed
 * @param first the coordinator, or null once it died
 * @param second who recovers, or null
 * @param late statements whose sender has given them up, and that may be carried out yet
 * @param answer what the user was told, or null
 * @param heuristics how many branches were recorded not to have followed
 * @param faults how many more faults may happen
 */
record TwoPhaseWorld(
    Map<String, Held> branches,
    Row row,
    boolean settled,
    Coordinator first,
    Coordinator second,
    List<TwoPhaseAction> late,
    Answered answer,
    int heuristics,
    int faults) {

  static final String DECIDER = "d";

  enum Held {
    OPEN,
    PREPARED,
    COMMITTED,
    ABORTED
  }

  enum Row {
    NONE,
    COMMIT,
    ABORT
  }

  /** A coordinator, and what it is about to do. */
  record Coordinator(TwoPhaseState state, List<TwoPhaseAction> pending) {}

  /** The machine, or one with a planted bug. */
  interface Machine extends BiFunction<TwoPhaseState, TwoPhaseStimulus, TwoPhaseTurn> {}

  static TwoPhaseWorld of(Machine machine, int others, int faults) {
    Map<String, Held> branches = new TreeMap<>();
    List<String> wrote = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      branches.put("b" + i, Held.OPEN);
      wrote.add("b" + i);
    }
    branches.put(DECIDER, Held.OPEN);
    TwoPhaseTurn turn =
        machine.apply(
            TwoPhaseState.working(), new TwoPhaseStimulus.Worked(DECIDER, wrote, List.of()));
    Coordinator first = new Coordinator(turn.state(), turn.actions());
    return new TwoPhaseWorld(branches, Row.NONE, false, first, null, List.of(), null, 0, faults);
  }

  boolean anyHeld(Held held) {
    return branches.containsValue(held);
  }

  // What follows are this world's successors.

  List<TwoPhaseWorld> next(Machine machine) {
    List<TwoPhaseWorld> all = new ArrayList<>();
    if (first != null) {
      for (int i = 0; i < first.pending().size(); i++) {
        act(machine, true, i, all);
      }
      if (faults > 0) {
        all.add(crashed());
      }
    }
    if (second != null) {
      for (int i = 0; i < second.pending().size(); i++) {
        act(machine, false, i, all);
      }
      if (faults > 0 || second.pending().isEmpty()) {
        all.add(with(second.pending().isEmpty() ? faults : faults - 1, first, null));
      }
    } else {
      recovering(machine, all);
    }
    for (int i = 0; i < late.size(); i++) {
      all.add(arrived(i));
      all.add(dropped(i));
    }
    return all;
  }

  private TwoPhaseWorld with(int newFaults, Coordinator newFirst, Coordinator newSecond) {
    return new TwoPhaseWorld(
        branches, row, settled, newFirst, newSecond, late, answer, heuristics, newFaults);
  }

  /** Sessions end with their client, but what was sent before may be carried out. */
  private TwoPhaseWorld crashed() {
    List<TwoPhaseAction> sent = new ArrayList<>(late);
    for (TwoPhaseAction action : first.pending()) {
      if (action instanceof TwoPhaseAction.Prepare || action instanceof TwoPhaseAction.Decide) {
        sent.add(action);
      }
    }
    return new TwoPhaseWorld(
        branches, row, settled, null, second, sent, answer, heuristics, faults - 1);
  }

  private void recovering(Machine machine, List<TwoPhaseWorld> all) {
    List<String> prepared =
        branches.keySet().stream().filter(name -> branches.get(name) == Held.PREPARED).toList();
    for (int some = 1; some < 1 << prepared.size(); some++) {
      List<String> found = new ArrayList<>();
      for (int i = 0; i < prepared.size(); i++) {
        if ((some & 1 << i) != 0) {
          found.add(prepared.get(i));
        }
      }
      List<String> elsewhere = new ArrayList<>(branches.keySet());
      elsewhere.removeAll(found);
      elsewhere.remove(DECIDER);
      begin(machine, new TwoPhaseStimulus.Found(DECIDER, found, elsewhere), all);
    }
    if (row == Row.COMMIT && !settled) {
      List<String> others = new ArrayList<>(branches.keySet());
      others.remove(DECIDER);
      begin(machine, new TwoPhaseStimulus.Unsettled(DECIDER, others), all);
    }
  }

  private void begin(Machine machine, TwoPhaseStimulus stimulus, List<TwoPhaseWorld> all) {
    TwoPhaseTurn turn = machine.apply(TwoPhaseState.working(), stimulus);
    all.add(with(faults, first, new Coordinator(turn.state(), turn.actions())));
  }

  private TwoPhaseWorld arrived(int index) {
    TwoPhaseAction action = late.get(index);
    TwoPhaseWorld without = dropped(index);
    return switch (action) {
      case TwoPhaseAction.Prepare prepare ->
          branches.get(prepare.branch()) == Held.OPEN
              ? without.holding(prepare.branch(), Held.PREPARED)
              : without;
      case TwoPhaseAction.Decide decide -> without.deciding();
      default -> throw new IllegalStateException(action.toString());
    };
  }

  /** Its session is gone, and what it held open with it. */
  private TwoPhaseWorld dropped(int index) {
    TwoPhaseAction action = late.get(index);
    List<TwoPhaseAction> left = new ArrayList<>(late);
    left.remove(index);
    return new TwoPhaseWorld(
        branches, row, settled, first, second, left, answer, heuristics, faults);
  }

  private TwoPhaseWorld holding(String branch, Held held) {
    Map<String, Held> changed = new TreeMap<>(branches);
    changed.put(branch, held);
    return new TwoPhaseWorld(
        changed, row, settled, first, second, late, answer, heuristics, faults);
  }

  /** The COMMIT that writes the decision, against whoever fenced it. */
  private TwoPhaseWorld deciding() {
    if (branches.get(DECIDER) != Held.OPEN) {
      return this;
    }
    return row == Row.NONE
        ? holding(DECIDER, Held.COMMITTED).withRow(Row.COMMIT)
        : holding(DECIDER, Held.ABORTED);
  }

  private TwoPhaseWorld withRow(Row newRow) {
    return new TwoPhaseWorld(
        branches, newRow, settled, first, second, late, answer, heuristics, faults);
  }

  private void act(Machine machine, boolean isFirst, int index, List<TwoPhaseWorld> all) {
    Coordinator who = isFirst ? first : second;
    TwoPhaseAction action = who.pending().get(index);
    List<TwoPhaseAction> left = new ArrayList<>(who.pending());
    left.remove(index);
    Step step = new Step(machine, isFirst, new Coordinator(who.state(), left), all);
    switch (action) {
      case TwoPhaseAction.Prepare prepare -> prepare(step, prepare);
      case TwoPhaseAction.EndReadOnly end ->
          step.told(this, new TwoPhaseStimulus.Voted(end.branch(), Vote.READ_ONLY, ""));
      case TwoPhaseAction.Decide decide -> decide(step, decide);
      case TwoPhaseAction.Fence fence -> fence(step);
      case TwoPhaseAction.Drop drop ->
          step.silently(
              branches.get(drop.branch()) == Held.OPEN && !isLate(drop.branch())
                  ? holding(drop.branch(), Held.ABORTED)
                  : this);
      case TwoPhaseAction.Commit commit -> tell(step, commit.branch(), true);
      case TwoPhaseAction.RollBack rollBack -> tell(step, rollBack.branch(), false);
      case TwoPhaseAction.NoteHeuristic unused ->
          step.silently(
              new TwoPhaseWorld(
                  branches, row, settled, first, second, late, answer, heuristics + 1, faults));
      case TwoPhaseAction.Answer told ->
          step.silently(
              new TwoPhaseWorld(
                  branches, row, settled, first, second, late, told.answer(), heuristics, faults));
      case TwoPhaseAction.Settle unused ->
          step.silently(
              new TwoPhaseWorld(
                  branches, row, true, first, second, late, answer, heuristics, faults));
    }
  }

  private boolean isLate(String branch) {
    return late.contains(new TwoPhaseAction.Prepare(branch))
        || branch.equals(DECIDER) && late.contains(new TwoPhaseAction.Decide(branch));
  }

  private void prepare(Step step, TwoPhaseAction.Prepare action) {
    String branch = action.branch();
    TwoPhaseWorld done = holding(branch, Held.PREPARED);
    step.told(done, new TwoPhaseStimulus.Voted(branch, Vote.YES, ""));
    if (faults > 0) {
      step.told(
          holding(branch, Held.ABORTED).fault(), new TwoPhaseStimulus.Voted(branch, Vote.NO, "no"));
      TwoPhaseStimulus lost = new TwoPhaseStimulus.Voted(branch, Vote.UNKNOWN, "lost");
      step.told(done.fault(), lost);
      step.told(sentLate(action).fault(), lost);
    }
  }

  private void decide(Step step, TwoPhaseAction.Decide action) {
    TwoPhaseWorld done = deciding();
    Decision said =
        done.row() == Row.COMMIT && branches.get(DECIDER) == Held.OPEN
            ? Decision.COMMIT
            : Decision.ABORT;
    step.told(done, new TwoPhaseStimulus.Decided(said, ""));
    if (faults > 0) {
      TwoPhaseStimulus lost = new TwoPhaseStimulus.Decided(Decision.UNKNOWN, "lost");
      step.told(done.fault(), lost);
      step.told(sentLate(action).fault(), lost);
      step.told(
          holding(DECIDER, Held.ABORTED).fault(), new TwoPhaseStimulus.Decided(Decision.ABORT, ""));
    }
  }

  private void fence(Step step) {
    TwoPhaseWorld fenced = row == Row.NONE ? withRow(Row.ABORT) : this;
    Decision said = fenced.row() == Row.COMMIT ? Decision.COMMIT : Decision.ABORT;
    step.told(fenced, new TwoPhaseStimulus.Decided(said, ""));
    if (faults > 0) {
      step.told(fault(), new TwoPhaseStimulus.GaveUp("nobody answers"));
      step.told(fenced.fault(), new TwoPhaseStimulus.GaveUp("the answer was lost"));
    }
  }

  private void tell(Step step, String branch, boolean commits) {
    Held held = branches.get(branch);
    BranchEnding ending =
        held == Held.PREPARED
            ? BranchEnding.DONE
            : (held == Held.COMMITTED) == commits ? BranchEnding.ALREADY : BranchEnding.HEURISTIC;
    TwoPhaseWorld done =
        held == Held.PREPARED ? holding(branch, commits ? Held.COMMITTED : Held.ABORTED) : this;
    step.told(done, new TwoPhaseStimulus.Told(branch, ending));
    if (faults > 0) {
      step.told(fault(), new TwoPhaseStimulus.Told(branch, BranchEnding.AGAIN));
      step.told(done.fault(), new TwoPhaseStimulus.Told(branch, BranchEnding.AGAIN));
    }
  }

  private TwoPhaseWorld fault() {
    return with(faults - 1, first, second);
  }

  private TwoPhaseWorld sentLate(TwoPhaseAction action) {
    List<TwoPhaseAction> more = new ArrayList<>(late);
    more.add(action);
    return new TwoPhaseWorld(
        branches, row, settled, first, second, more, answer, heuristics, faults);
  }

  /** An operator ends a prepared branch by hand. */
  List<TwoPhaseWorld> byHand() {
    List<TwoPhaseWorld> all = new ArrayList<>();
    branches.forEach((name, held) -> {
      if (held == Held.PREPARED) {
        all.add(holding(name, Held.ABORTED));
        all.add(holding(name, Held.COMMITTED));
      }
    });
    return all;
  }

  /** The coordinator's next state, and its place in the world. */
  private record Step(Machine machine, boolean isFirst, Coordinator who, List<TwoPhaseWorld> all) {

    void silently(TwoPhaseWorld world) {
      all.add(put(world, who));
    }

    void told(TwoPhaseWorld world, TwoPhaseStimulus stimulus) {
      TwoPhaseTurn turn = machine.apply(who.state(), stimulus);
      List<TwoPhaseAction> pending = new ArrayList<>(who.pending());
      pending.addAll(turn.actions());
      all.add(put(world, new Coordinator(turn.state(), pending)));
    }

    private TwoPhaseWorld put(TwoPhaseWorld world, Coordinator now) {
      return isFirst
          ? world.with(world.faults(), now, world.second())
          : world.with(world.faults(), world.first(), now);
    }
  }

  /** In a fixed order, so that equal worlds are equal. */
  TwoPhaseWorld sorted() {
    return new TwoPhaseWorld(
        new LinkedHashMap<>(branches),
        row,
        settled,
        sorted(first),
        sorted(second),
        sorted(late),
        answer,
        heuristics,
        faults);
  }

  private static Coordinator sorted(Coordinator who) {
    return who == null ? null : new Coordinator(who.state(), sorted(who.pending()));
  }

  private static List<TwoPhaseAction> sorted(List<TwoPhaseAction> actions) {
    return actions.stream()
        .sorted((one, other) -> one.toString().compareTo(other.toString()))
        .toList();
  }
}
