package dev.concordat.atomic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhaseAction.Answered;
import dev.concordat.atomic.TwoPhaseStimulus.Decision;
import dev.concordat.atomic.TwoPhaseWorld.Held;
import dev.concordat.atomic.TwoPhaseWorld.Machine;
import dev.concordat.atomic.TwoPhaseWorld.Row;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: no branch commits while another aborts, answers are honest, and nothing stays in doubt once
 * faults stop (P7, P10, P11). Method: every world that a few faults can lead to: votes and answers
 * lost, statements that arrive late, a coordinator that dies, others that recover beside it.
 */
class TwoPhaseMachineSearchTest {

  private final Set<TwoPhaseWorld> seen = new HashSet<>();
  private final Map<Answered, Integer> answers = new EnumMap<>(Answered.class);
  private int recovered;

  @ParameterizedTest
  @CsvSource({"1, 3", "2, 2", "3, 1"})
  @DisplayName("P7, P11: in every world all or none, and every answer is true")
  void everyWorld(int others, int faults) {
    assertThat(search(TwoPhaseMachine::decide, others, faults)).isEmpty();

    assertThat(seen.size()).isGreaterThan(500);
    assertThat(answers.keySet()).contains(Answered.DONE, Answered.REFUSED);
    assertThat(answers.containsKey(Answered.UNKNOWN))
        .as("needs the answer to be lost, and the decider to be silent")
        .isEqualTo(faults > 1);
    assertThat(recovered).isPositive();
  }

  @Test
  @DisplayName("a machine that guesses when an answer is lost is found out")
  void guessing() {
    Machine guesses =
        (state, stimulus) ->
            TwoPhaseMachine.decide(
                state,
                stimulus instanceof TwoPhaseStimulus.Decided decided
                        && decided.decision() == Decision.UNKNOWN
                    ? new TwoPhaseStimulus.Decided(Decision.ABORT, "guessed")
                    : stimulus);

    assertThat(search(guesses, 1, 1)).isPresent();
  }

  @Test
  @DisplayName("a recovery that aborts without asking the decider is found out")
  void presuming() {
    Machine presumes =
        (state, stimulus) -> {
          TwoPhaseTurn turn = TwoPhaseMachine.decide(state, stimulus);
          return stimulus instanceof TwoPhaseStimulus.Found
              ? TwoPhaseMachine.decide(
                  turn.state(), new TwoPhaseStimulus.Decided(Decision.ABORT, "presumed"))
              : turn;
        };

    assertThat(search(presumes, 1, 0)).isPresent();
  }

  @Test
  @DisplayName("P7: a branch that somebody ended by hand against the decision is recorded")
  void byHand() {
    int recorded = 0;
    for (TwoPhaseWorld world : reachable(TwoPhaseMachine::decide, 1, 1)) {
      for (TwoPhaseWorld meddled : world.byHand()) {
        TwoPhaseWorld end = calmed(meddled);
        boolean split = end.anyHeld(Held.COMMITTED) && end.anyHeld(Held.ABORTED);
        if (split && end.row() == Row.COMMIT) {
          assertThat(end.heuristics()).as("%s", end).isPositive();
          recorded++;
        }
      }
    }
    assertThat(recorded).isPositive();
  }

  @Test
  @DisplayName("P7: a branch committed by hand that nobody decided is recorded with the others")
  void byHandUndecided() {
    int recorded = 0;
    for (TwoPhaseWorld world : reachable(TwoPhaseMachine::decide, 2, 1)) {
      if (world.first() != null || world.second() != null || world.row() != Row.NONE) {
        continue;
      }
      for (TwoPhaseWorld meddled : world.byHand()) {
        if (meddled.anyHeld(Held.COMMITTED) && meddled.anyHeld(Held.PREPARED)) {
          assertThat(calmed(meddled).heuristics()).as("%s", meddled).isPositive();
          recorded++;
        }
      }
    }
    assertThat(recorded).isPositive();
  }

  private Set<TwoPhaseWorld> reachable(Machine machine, int others, int faults) {
    search(machine, others, faults);
    return Set.copyOf(seen);
  }

  private Optional<String> search(Machine machine, int others, int faults) {
    seen.clear();
    ArrayDeque<TwoPhaseWorld> open = new ArrayDeque<>();
    open.add(TwoPhaseWorld.of(machine, others, faults).sorted());
    seen.add(open.peek());
    while (!open.isEmpty()) {
      TwoPhaseWorld world = open.poll();
      Optional<String> broken = broken(world);
      if (broken.isPresent()) {
        return broken;
      }
      if (world.answer() != null) {
        answers.merge(world.answer(), 1, Integer::sum);
      }
      Optional<String> stuck = stuck(world);
      if (stuck.isPresent()) {
        return stuck;
      }
      for (TwoPhaseWorld next : world.next(machine)) {
        TwoPhaseWorld sorted = next.sorted();
        if (seen.add(sorted)) {
          open.add(sorted);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> broken(TwoPhaseWorld world) {
    boolean committed = world.anyHeld(Held.COMMITTED);
    if (committed && world.anyHeld(Held.ABORTED)) {
      return Optional.of("one committed and another aborted: " + world);
    }
    if (world.answer() == Answered.DONE && world.row() != Row.COMMIT) {
      return Optional.of("said done and is not: " + world);
    }
    if (world.answer() == Answered.REFUSED && world.row() == Row.COMMIT) {
      return Optional.of("said refused and is done: " + world);
    }
    if (world.settled() && world.anyHeld(Held.PREPARED)) {
      return Optional.of("settled with a branch in doubt: " + world);
    }
    return world.heuristics() > 0
        ? Optional.of("nobody decided alone: " + world)
        : Optional.empty();
  }

  /** From here on nothing fails any more: then nothing may stay in doubt. */
  private Optional<String> stuck(TwoPhaseWorld world) {
    TwoPhaseWorld end = calmed(world);
    if (end.anyHeld(Held.PREPARED) || (end.row() == Row.COMMIT && !end.settled())) {
      return Optional.of("stays in doubt: " + world + " ends as " + end);
    }
    recovered += world.first() == null && world.anyHeld(Held.PREPARED) ? 1 : 0;
    return Optional.empty();
  }

  private static TwoPhaseWorld calmed(TwoPhaseWorld from) {
    TwoPhaseWorld world =
        new TwoPhaseWorld(
            from.branches(),
            from.row(),
            from.settled(),
            from.first(),
            from.second(),
            from.late(),
            from.answer(),
            from.heuristics(),
            0);
    for (int i = 0; i < 200; i++) {
      List<TwoPhaseWorld> next = world.next(TwoPhaseMachine::decide);
      if (next.isEmpty()) {
        return world;
      }
      world = next.getFirst();
    }
    return world;
  }
}
