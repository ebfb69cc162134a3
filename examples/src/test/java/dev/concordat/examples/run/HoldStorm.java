package dev.concordat.examples.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.Law;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Two workers, the services or the outside system of a scenario, and a server for each database:
 * each a process that is killed and comes back while instances are started all the time. A reader
 * looks on. Fifteen seconds, or as many as {@code -Dstorm.seconds} says.
 */
final class HoldStorm implements AutoCloseable {

  /** What is killed. */
  enum Blow {
    WORKER,
    SERVICE,
    DATABASE,
    TWO_AT_ONCE
  }

  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("storm.seconds", 15));
  private static final long SEED = Long.getLong("storm.seed", new Random().nextLong());
  private static final int LAST = 20;
  private static final long LOOK_EVERY_NANOS = 20_000_000;
  private static final int WORK = 10;

  private final HoldScenario scenario;
  private final Random random = new Random(SEED);
  private final Map<Blow, Integer> blows = new EnumMap<>(Blow.class);
  private final Mortals mortals;

  HoldStorm(HoldScenario scenario, Path folder) {
    this.scenario = scenario;
    this.mortals = new Mortals(scenario, folder, random);
  }

  /** Starts everything but the workers. */
  void open() throws SQLException {
    System.out.println("storm of " + scenario.name() + ": -Dstorm.seed=" + SEED);
    mortals.open();
  }

  Mortals mortals() {
    return mortals;
  }

  Random random() {
    return random;
  }

  /**
   * Kills whatever it likes, and lets it come back.
   *
   * @param beforeEach done before each blow, while everything works
   * @param afterEach done when everything is back
   * @param enough whether the test has seen what it wants to see
   */
  void rage(Runnable beforeEach, Runnable afterEach, BooleanSupplier enough) {
    mortals.work();
    awaitWork();
    long end = System.nanoTime() + LENGTH.toNanos();
    List<Blow> ahead = new ArrayList<>();
    while (System.nanoTime() < end
        || blows.size() < Blow.values().length
        || !enough.getAsBoolean()) {
      if (ahead.isEmpty()) {
        ahead.addAll(Arrays.asList(Blow.values()));
        Collections.shuffle(ahead, random);
      }
      beforeEach.run();
      goOnFor(random.nextInt(500));
      strike(ahead.removeLast());
      afterEach.run();
      awaitWork();
    }
    System.out.println("storm of " + scenario.name() + ": " + blows + ", " + outcomes());
  }

  private void strike(Blow blow) {
    blows.merge(blow, 1, Integer::sum);
    // In the order in which they can come back: a service needs its database.
    List<Mortals.Victim> victims =
        new ArrayList<>(List.of(mortals.database(), mortals.service(), mortals.worker()));
    switch (blow) {
      case DATABASE -> victims.retainAll(List.of(victims.getFirst()));
      case SERVICE -> victims.retainAll(List.of(victims.get(1)));
      case WORKER -> victims.retainAll(List.of(victims.getLast()));
      case TWO_AT_ONCE -> victims.remove(random.nextInt(victims.size()));
    }
    victims.forEach(victim -> victim.kill().run());
    goOnFor(random.nextInt(500));
    victims.forEach(victim -> victim.revive().run());
  }

  /**
   * Nobody is killed any more: two last workers, with a few instances of their own, end all that
   * the dead left, and all laws hold.
   *
   * @param again done before each look
   */
  void calm(Runnable again) {
    mortals.workForTheLastTime(LAST);
    await(mortals::isDone, "the last instances do not end");
    await(
        () -> {
          again.run();
          return unended().isEmpty() && broken().isEmpty();
        },
        "what was begun does not end well");
    System.out.println("storm of " + scenario.name() + " is over: " + outcomes());
  }

  /** The reader who looks on from now on. */
  Onlooker onlooker() {
    return new Onlooker(scenario.always(), mortals.evidence());
  }

  private List<Law.Finding> broken() {
    return scenario.laws().stream()
        .map(law -> law.check(mortals.evidence()))
        .filter(finding -> !finding.holds())
        .toList();
  }

  private List<String> unended() {
    return rows(
        "SELECT id, status FROM concordat.instance"
            + " WHERE status NOT IN ('COMPLETED', 'COMPENSATED') ORDER BY id LIMIT 20");
  }

  /** What became of the first that has not ended. */
  private List<String> journal() {
    return rows(
        "SELECT at, events FROM concordat.journal WHERE instance = (SELECT min(no) FROM"
            + " concordat.instance WHERE status NOT IN ('COMPLETED', 'COMPENSATED'))"
            + " ORDER BY position");
  }

  /** Whether each kind of blow was dealt, and what was begun could go either way. */
  void assertNotVacuous() {
    assertThat(blows).containsOnlyKeys(Blow.values());
    assertThat(rows("SELECT DISTINCT status FROM concordat.instance"))
        .contains("COMPLETED", "COMPENSATED");
    assertThat(rows("SELECT 1 FROM concordat.journal WHERE events LIKE '%\"TakenOver\"%' LIMIT 1"))
        .as("instances whose worker was lost")
        .isNotEmpty();
  }

  List<String> outcomes() {
    return rows("SELECT status, count(*) FROM concordat.instance GROUP BY status ORDER BY status");
  }

  /** What Concordat's database answers. */
  List<String> rows(String sql) {
    return mortals.evidence().rows(HoldScenario.HOME, sql);
  }

  /** Instances end again, so the next blow hits something. */
  private void awaitWork() {
    long before = ended();
    await(() -> ended() > before + WORK, "nothing ends any more");
  }

  private long ended() {
    String sql =
        "SELECT count(*) FROM concordat.instance WHERE status IN ('COMPLETED', 'COMPENSATED')";
    try {
      return Long.parseLong(rows(sql).getFirst());
    } catch (IllegalStateException e) {
      // The first worker makes the tables.
      return 0;
    }
  }

  private static void goOnFor(int millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private void await(BooleanSupplier condition, String otherwise) {
    long end = System.nanoTime() + Mortals.PATIENCE.toNanos();
    mortals.listen();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end)
          .as(() ->
              "%s; seed %d, %s, %s, not ended: %s, one of them: %s, laws: %s"
                  .formatted(otherwise, SEED, blows, outcomes(), unended(), journal(), broken()))
          .isNegative();
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      mortals.listen();
    }
  }

  @Override
  public void close() {
    mortals.close();
  }
}
