package dev.concordat.atomic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.ThreePhaseDecision.Send;
import dev.concordat.atomic.ThreePhaseRequest.Ask;
import dev.concordat.atomic.ThreePhaseWorld.Decider;
import dev.concordat.atomic.ThreePhaseWorld.Setting;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: no participant commits while another aborts, nobody changes what is final, and nobody
 * commits unless all voted yes (P7); and whatever has happened, participants that can talk end it.
 * Method: every order in which messages arrive, with any of them lost, repeated or overtaken, with
 * whoever drives dying after any step and others taking over at any moment.
 */
class ThreePhaseMachineSearchTest {

  private static final ThreePhasePlan THREE =
      ThreePhasePlan.among(Map.of("p1", "", "p2", "", "p3", ""));
  private static final Decider RIGHT = new Decider() {};
  private static final Setting USUAL = new Setting(THREE, Set.of(), RIGHT);

  /**
   * Who may drive besides the first coordinator.
   *
   * @param drivers how many in all, one after another or at once
   * @param again whether another coordinator may run the same transaction
   * @param beside whether leaders begin while a coordinator lives, which makes many more worlds
   */
  private record Bounds(Set<String> leaders, int drivers, boolean again, boolean beside) {
    Bounds(Set<String> leaders, int drivers, boolean again) {
      this(leaders, drivers, again, true);
    }

    boolean allowLeader(ThreePhaseWorld world) {
      return beside || world.drivers().values().stream().allMatch(ThreePhaseRound::leads);
    }
  }

  /** What a search found. */
  private record Found(int worlds, int commits, int aborts, int revived, Optional<String> broken) {}

  private static Found search(Setting setting, ThreePhaseWorld first, Bounds bounds) {
    Map<Object, Integer> numbers = new HashMap<>();
    Deque<ThreePhaseWorld> open = new ArrayDeque<>(List.of(first));
    Set<String> known = new HashSet<>(Set.of(first.key(numbers)));
    int commits = 0;
    int aborts = 0;
    int revived = 0;
    int looked = 0;
    Optional<String> broken = Optional.empty();
    while (!open.isEmpty() && broken.isEmpty()) {
      ThreePhaseWorld world = open.remove();
      commits += world.decided().contains(true) ? 1 : 0;
      aborts += world.decided().contains(false) ? 1 : 0;
      broken = world.broken();
      try {
        for (ThreePhaseWorld next : next(setting, bounds, world)) {
          if (next != world && known.add(next.key(numbers))) {
            open.add(next);
          }
        }
        if (broken.isEmpty() && looked++ % 50 == 0) {
          broken = world.ended(setting).stuck();
          revived++;
        }
      } catch (IllegalStateException e) {
        broken = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    return new Found(known.size(), commits, aborts, revived, broken);
  }

  private static List<ThreePhaseWorld> next(Setting setting, Bounds bounds, ThreePhaseWorld world) {
    List<ThreePhaseWorld> next = new ArrayList<>();
    boolean more = world.begun() < bounds.drivers();
    world.strays().forEach(stray -> next.add(world.arrives(setting, stray)));
    for (String driver : world.drivers().keySet()) {
      for (Send send : world.questions(setting, driver)) {
        next.add(world.exchanges(setting, driver, send, true));
        next.add(world.exchanges(setting, driver, send, false));
      }
      next.add(world.waits(setting, driver));
      if (more) {
        next.add(world.dies(setting, driver));
      }
    }
    // Three who drive at once are too many worlds for a test; two of them are not.
    if (more && world.drivers().size() < 2) {
      bounds.leaders().stream()
          .filter(leader -> bounds.allowLeader(world) && mayLead(world, leader))
          .forEach(leader -> next.add(world.leads(setting, leader)));
      if (bounds.again()) {
        next.add(world.coordinates(setting));
      }
    }
    return next;
  }

  private static boolean mayLead(ThreePhaseWorld world, String participant) {
    ThreePhaseState state = world.row(participant).state();
    return state != ThreePhaseState.INITIAL
        && !state.isFinal()
        && !world.drivers().containsKey(participant);
  }

  private static Found search(String what, Setting setting, ThreePhaseWorld first, Bounds bounds) {
    Found found = search(setting, first, bounds);
    System.out.printf(
        "three-phase, %s: %,d worlds; commit decided in %,d, abort in %,d; %,d ended from there%n",
        what, found.worlds(), found.commits(), found.aborts(), found.revived());
    return found;
  }

  private static void assertHolds(Found found, int worlds) {
    assertThat(found.broken()).isEmpty();
    assertThat(found.worlds()).isGreaterThan(worlds);
    assertThat(found.commits()).isPositive();
    assertThat(found.aborts()).isPositive();
    assertThat(found.revived()).isPositive();
  }

  @Test
  @DisplayName("T1, P7: a coordinator from its first word on, and a leader beside or after it")
  void oneLeader() {
    Bounds bounds = new Bounds(Set.of("p1", "p2"), 2, false);
    assertHolds(search("one leader", USUAL, USUAL.begin().coordinates(USUAL), bounds), 10_000);
  }

  @Test
  @DisplayName("T1, P7: the coordinator dies at any step, and two lead, or one leads, dies, leads")
  void twoLeaders() {
    ThreePhaseWorld voted = USUAL.begin().voted(USUAL);
    Bounds bounds = new Bounds(Set.of("p1", "p2"), 3, false, false);
    assertHolds(search("two leaders", USUAL, voted, bounds), 100_000);
  }

  @Test
  @DisplayName("T1, P7: all must pre-commit before one commits, and one may abort alone")
  void allOrOne() {
    Setting setting = new Setting(THREE.quorums(3, 1), Set.of(), RIGHT);
    Bounds bounds = new Bounds(Set.of("p1", "p2"), 2, false);
    ThreePhaseWorld voted = setting.begin().voted(setting);
    assertHolds(search("all or one", setting, voted, bounds), 1_000);
  }

  @Test
  @DisplayName("T1, P7: the same transaction is run again, by a coordinator that knows nothing")
  void coordinatedAgain() {
    Bounds bounds = new Bounds(Set.of(), 2, true);
    assertHolds(search("run again", USUAL, USUAL.begin().coordinates(USUAL), bounds), 1_000);
  }

  @Test
  @DisplayName("T1, P7: one votes no, so nobody commits")
  void oneRefuses() {
    Setting setting = new Setting(THREE, Set.of("p3"), RIGHT);
    Bounds bounds = new Bounds(Set.of("p1"), 2, true);
    Found found = search("one refuses", setting, setting.begin().coordinates(setting), bounds);

    assertThat(found.broken()).isEmpty();
    assertThat(found.commits()).isZero();
    assertThat(found.aborts()).isPositive();
  }

  @Test
  @DisplayName("P7: a partition after one pre-commit splits the textbook's variant, not quorums")
  void thePartitionSplitsOnlyTheTextbook() {
    ThreePhasePlan unsafe = THREE.termination(ThreePhaseTermination.UNSAFE_TIMEOUT);

    ThreePhaseWorld split = parted(new Setting(unsafe, Set.of(), RIGHT));
    assertThat(states(split)).isEqualTo("COMMITTED ABORTED ABORTED");
    assertThat(split.broken().orElse("")).contains("one commits and another aborts");

    ThreePhaseWorld kept = parted(USUAL);
    assertThat(states(kept)).isEqualTo("PRE_COMMIT ABORTED ABORTED");
    assertThat(kept.broken()).isEmpty();
    ThreePhaseWorld healed = kept.led(USUAL, "p1", Set.of("p1", "p2", "p3"));
    assertThat(states(healed)).isEqualTo("ABORTED ABORTED ABORTED");
    assertThat(healed.broken()).isEmpty();
  }

  /** All voted yes, p1 alone pre-committed, the coordinator is dead, and p1 hears nobody. */
  private static ThreePhaseWorld parted(Setting setting) {
    ThreePhaseWorld world = setting.begin().voted(setting);
    Send toFirst = world.questions(setting, "coordinator0").getFirst();
    return world
        .exchanges(setting, "coordinator0", toFirst, true)
        .dies(setting, "coordinator0")
        .losing()
        .led(setting, "p1", Set.of("p1"))
        .losing()
        .led(setting, "p2", Set.of("p2", "p3"))
        .losing();
  }

  private static String states(ThreePhaseWorld world) {
    return String.join(" ", world.rows().values().stream().map(row -> row.state().name()).toList());
  }

  @Test
  @DisplayName("T1: the textbook's variant is found to split without being shown how")
  void theSearchFindsTheSplit() {
    Setting unsafe =
        new Setting(THREE.termination(ThreePhaseTermination.UNSAFE_TIMEOUT), Set.of(), RIGHT);
    ThreePhaseWorld voted = unsafe.begin().voted(unsafe);
    Found found = search("textbook", unsafe, voted, new Bounds(Set.of("p2"), 2, false));

    assertThat(found.broken().orElse("")).contains("one commits and another aborts");
  }

  @Test
  @DisplayName("T1: a participant that does not keep its promise is found")
  void plantedBugForgetsPromises() {
    Decider forgetful =
        new Decider() {
          @Override
          public ThreePhaseStep decide(ThreePhaseStanding standing, ThreePhaseRequest request) {
            ThreePhaseStanding forgot =
                request instanceof Ask || standing.state().isFinal()
                    ? standing
                    : standing.promising(Math.min(0, standing.promised()));
            return ThreePhaseMachine.decide(forgot, request);
          }
        };
    assertThat(planted("no promise", forgetful)).contains("one commits and another aborts");
  }

  @Test
  @DisplayName("T1: a leader that looks for any attempt, not for the newest, is found")
  void plantedBugTakesAnyAttempt() {
    Decider careless =
        new Decider() {
          @Override
          public ThreePhaseDecision decide(
              ThreePhasePlan plan, ThreePhaseRound round, ThreePhaseStimulus stimulus) {
            ThreePhaseDecision right = ThreePhaseMachine.decide(plan, round, stimulus);
            boolean begins =
                right.round().phase() == ThreePhaseRound.Phase.ATTEMPTING
                    && round.phase() == ThreePhaseRound.Phase.ASKING;
            boolean any =
                round.heard().stream().anyMatch(one -> one.state() == ThreePhaseState.PRE_COMMIT)
                    || stimulus instanceof ThreePhaseStimulus.Answered heard
                        && heard.standing().state() == ThreePhaseState.PRE_COMMIT;
            return begins && any
                ? new ThreePhaseDecision(right.round().with(true), List.of())
                : right;
          }
        };
    assertThat(planted("any attempt", careless)).contains("one commits and another aborts");
  }

  @Test
  @DisplayName("T1: a leader that takes one ballot twice is found")
  void plantedBugReusesBallots() {
    Decider same =
        new Decider() {
          @Override
          public long ballot(ThreePhasePlan plan, String participant, ThreePhaseStanding standing) {
            return 1;
          }
        };
    assertThat(planted("one ballot", same)).contains("one commits and another aborts");
  }

  private static String planted(String what, Decider decider) {
    Setting setting = new Setting(THREE, Set.of(), decider);
    Bounds bounds = new Bounds(Set.of("p1", "p2"), 3, false);
    return search(what, setting, setting.begin().voted(setting), bounds).broken().orElse("");
  }

  @Test
  void ballotsAreOnesOwnAndGrow() {
    Map<Long, String> owners = new TreeMap<>();
    for (String name : THREE.names()) {
      for (long above = 0; above < 40; above++) {
        long ballot = THREE.ballotAfter(above, name);
        assertThat(ballot).isGreaterThan(above).isLessThanOrEqualTo(above + 4);
        assertThat(owners.getOrDefault(ballot, name)).isEqualTo(name);
        owners.put(ballot, name);
      }
    }
    assertThat(owners).doesNotContainKey(ThreePhaseRequest.FIRST_BALLOT);
  }
}
