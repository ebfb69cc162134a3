package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no order of commits, answers, crashes and replays makes a relay lose a message or deliver a
 * key out of order (P8). Method: every order of them, for four messages of two keys, to closure.
 */
class RelayMachineSearchTest {

  private static final RelayWorld.Budget BUDGET = new RelayWorld.Budget(1, 1, 1, 1);

  /** What a search found. */
  private record Found(int worlds, int done, Optional<String> broken) {}

  private static Found search(UnaryOperator<RelayDecision> bug) {
    return search(RelayWorld.begin(RelayWorld.PLAIN, BUDGET), bug);
  }

  private static Found search(RelayWorld begin, UnaryOperator<RelayDecision> bug) {
    Set<RelayWorld> known = new HashSet<>();
    Deque<RelayWorld> open = new ArrayDeque<>();
    known.add(begin);
    open.add(begin);
    int done = 0;
    while (!open.isEmpty()) {
      RelayWorld world = open.remove();
      Optional<String> broken = world.broken();
      if (broken.isPresent()) {
        return new Found(known.size(), done, Optional.of(broken.get() + ": " + world));
      }
      done += world.isDone() ? 1 : 0;
      for (RelayWorld next : world.next(bug)) {
        if (known.add(next)) {
          open.add(next);
        }
      }
    }
    return new Found(known.size(), done, stuck(known, bug));
  }

  /** From every world in which nothing more goes wrong, everything arrives or is parked. */
  private static Optional<String> stuck(Set<RelayWorld> known, UnaryOperator<RelayDecision> bug) {
    return known.stream()
        .filter(world -> world.visible().size() == world.setting().messages().size())
        .filter(world -> !calm(world, bug).isDone())
        .findFirst()
        .map(world -> "it does not come to an end: " + world);
  }

  private static RelayWorld calm(RelayWorld world, UnaryOperator<RelayDecision> bug) {
    RelayWorld now = world;
    for (int i = 0; i < 60 && !now.isDone(); i++) {
      List<RelayWorld> next = now.next(bug);
      now = next.get(i % 8 == 7 ? 1 : 0);
      for (long position : List.copyOf(now.sent())) {
        now =
            now.next(bug).stream()
                .filter(w ->
                    w.told()
                        .get(w.told().size() - 1)
                        .matches("(DELIVERED|UNAVAILABLE) " + position))
                .findFirst()
                .orElse(now);
      }
    }
    return now;
  }

  @Test
  @DisplayName("P8: every order of commits, answers, crashes and replays")
  void everyOrder() {
    Found found = search(UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.worlds()).isGreaterThan(10_000);
    assertThat(found.done()).isPositive();
    System.out.println("relay: " + found.worlds() + " worlds, " + found.done() + " done");
  }

  @Test
  @DisplayName("P8: every order of them, if one message of the key is delayed")
  void everyOrderWithADelayedMessage() {
    Found found = search(RelayWorld.begin(RelayWorld.DELAYED, BUDGET), UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.done()).isPositive();
    System.out.println("relay, delayed: " + found.worlds() + " worlds, " + found.done() + " done");
  }

  @Test
  @DisplayName("P8: every order of them, if bytes and not their number say how many are read")
  void everyOrderOfHeavyMessages() {
    RelayWorld.Budget budget = new RelayWorld.Budget(1, 1, 0, 0);
    Found found = search(RelayWorld.begin(RelayWorld.HEAVY, budget), UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.done()).isPositive();
    System.out.println("relay, heavy: " + found.worlds() + " worlds, " + found.done() + " done");
  }

  @Test
  @DisplayName("P8: every order of them, if a topic takes nothing: it does not stop the others")
  void everyOrderWhileOneTopicIsDown() {
    RelayWorld.Budget budget = new RelayWorld.Budget(1, 0, 0, 0);
    Found found =
        search(RelayWorld.begin(RelayWorld.ONE_IS_DOWN, budget), UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.done()).isPositive();
    System.out.println("relay, one down: " + found.worlds() + " worlds, " + found.done() + " done");
  }

  @Test
  @DisplayName("P8: a message that is never held and stops the others is found")
  void neverHolding() {
    Found found =
        search(
            RelayWorld.begin(RelayWorld.ONE_IS_DOWN, new RelayWorld.Budget(0, 0, 0, 0)),
            RelayMachineSearchTest::forgettingFailures);

    assertThat(found.broken().orElse("")).contains("does not come to an end");
  }

  @Test
  @DisplayName("P8: a checkpoint past what is under way is found")
  void aCheckpointBeyondThePrefix() {
    Found found =
        search(decision -> {
          RelayState s = decision.state();
          List<RelayAction> bad =
              decision.actions().stream()
                  .map(action ->
                      action instanceof RelayAction.AskTick && !s.frontier().equals(s.durable())
                          ? new RelayAction.Checkpoint(s.frontier(), List.of(), 0)
                          : action)
                  .toList();
          return new RelayDecision(s, bad);
        });

    assertThat(found.broken().orElse("")).contains("behind the checkpoint");
  }

  @Test
  @DisplayName("P8: sending past a parked key is found")
  void sendingPastAParkedKey() {
    Found found =
        search(decision -> {
          RelayState s = decision.state();
          return new RelayDecision(
              new RelayState(
                  s.durable(),
                  s.frontier(),
                  s.window(),
                  ParkedKeys.of(Set.of()),
                  s.revived(),
                  s.failures(),
                  s.backoff(),
                  s.checkpointAt(),
                  s.dueAt(),
                  s.othersFirst(),
                  s.lost()),
              decision.actions());
        });

    assertThat(found.broken().orElse("")).contains("has arrived before");
  }

  private static RelayDecision forgettingFailures(RelayDecision decision) {
    RelayState s = decision.state();
    List<Slot> window =
        s.window().stream()
            .map(slot -> new Slot(slot.at(), slot.message(), slot.phase(), slot.parking(), 0))
            .toList();
    RelayState changed =
        new RelayState(
            s.durable(),
            s.frontier(),
            window,
            s.parked(),
            s.revived(),
            s.failures(),
            s.backoff(),
            s.checkpointAt(),
            s.dueAt(),
            s.othersFirst(),
            s.lost());
    return new RelayDecision(changed, decision.actions());
  }
}
