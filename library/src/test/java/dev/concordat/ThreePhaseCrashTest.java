package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: wherever the coordinator or a participant dies, before and after each durable write and
 * each message, all participants do their share once or none does, and the answer is theirs (P7,
 * P10, P11; T4). Method: the same transaction, once for every such moment; who died comes back on
 * its database, and the transaction is executed again.
 */
class ThreePhaseCrashTest {

  private static final int WRITES = 3;
  private static final int SENDS = 9;
  private static final int LEADERS_WRITES = 4;
  private static final int LEADERS_SENDS = 6;

  private final Fixture db = Fixture.withConnections(60);
  private final List<ThreePhaseCrashWorld> worlds = new ArrayList<>();

  @BeforeEach
  void table() {
    db.sql("CREATE TABLE note (gid text, participant text, what text, at bigserial)");
  }

  @AfterEach
  void close() {
    db.close();
  }

  private Callable<Boolean> world(ThreePhaseCrashWorld.Moment... moments) {
    ThreePhaseCrashWorld world =
        new ThreePhaseCrashWorld(db, "w" + worlds.size(), List.of(moments));
    worlds.add(world);
    return world::run;
  }

  private void assertNotVacuous(List<Callable<Boolean>> cases, int fired, int atLeast) {
    Map<String, Integer> ends = new HashMap<>();
    worlds.forEach(world -> ends.merge(world.end(), 1, Integer::sum));
    System.out.println(
        "three-phase crashes: " + cases.size() + " cases, " + fired + " fired, " + ends);
    assertThat(fired).as("how many came to their moments").isGreaterThan(atLeast);
    assertThat(ends.keySet()).contains("COMMITTED", "ABORTED");
  }

  @Test
  @DisplayName("T4, P7: one process dies at every write and every message")
  void oneDies() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    for (boolean after : new boolean[] {false, true}) {
      for (int n = 1; n <= SENDS; n++) {
        cases.add(
            world(
                new ThreePhaseCrashWorld.Moment(
                    ThreePhaseCrashWorld.COORDINATOR, "send", n, after)));
      }
      for (String participant : ThreePhaseCrashWorld.PARTICIPANTS) {
        for (int n = 1; n <= WRITES; n++) {
          cases.add(world(new ThreePhaseCrashWorld.Moment(participant, "write", n, after)));
        }
      }
    }

    assertNotVacuous(cases, Cases.countTrue(cases), cases.size() / 2);
  }

  @Test
  @DisplayName("T4, P7: the coordinator dies, and then who ends it, at every write and message")
  void theCoordinatorAndThenALeaderDie() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    for (boolean after : new boolean[] {false, true}) {
      for (int first : new int[] {4, 7}) {
        ThreePhaseCrashWorld.Moment coordinator =
            new ThreePhaseCrashWorld.Moment(ThreePhaseCrashWorld.COORDINATOR, "send", first, after);
        for (boolean then : new boolean[] {false, true}) {
          for (int n = 1; n <= LEADERS_SENDS; n++) {
            cases.add(world(coordinator, new ThreePhaseCrashWorld.Moment("a", "send", n, then)));
          }
          for (int n = 1; n <= LEADERS_WRITES; n++) {
            cases.add(
                world(
                    coordinator,
                    new ThreePhaseCrashWorld.Moment("a", "write", WRITES + n - 1, then)));
          }
        }
      }
    }

    // Whether it is that participant who ends it, and in how many messages, is a matter of time.
    assertNotVacuous(cases, Cases.countTrue(cases), cases.size() / 5);
  }
}
