package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.atomic.AtomicStory;
import dev.concordat.core.RefusedException;
import dev.concordat.store.ThreePhaseRow;
import dev.concordat.store.ThreePhaseRows;
import dev.concordat.store.ThreePhaseRows.Effect;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link ThreePhaseRows} says is so (P7). Method: one test per sentence of its
 * documentation, on a real PostgreSQL.
 */
class PgThreePhaseRowsTest {

  private static final AtomicInteger SCHEMAS = new AtomicInteger();
  private static final Optional<ThreePhaseRow> NONE = Optional.empty();
  private static final Optional<Duration> HOUR = Optional.of(Duration.ofHours(1));
  private static final Optional<Duration> NOW = Optional.of(Duration.ZERO);

  private final String schema = "tpc_" + SCHEMAS.incrementAndGet();
  private final ThreePhaseRows rows = new PgThreePhaseRows(TestPostgres.pool(), schema);

  @BeforeEach
  void create() {
    rows.create();
    TestPostgres.sql(TestPostgres.pool(), "CREATE TABLE " + schema + ".effect (what text)");
  }

  private static ThreePhaseRow row(String gid, String state, long promised) {
    return new ThreePhaseRow(gid, "debit", state, promised, -1, "c", "", "{}", "10");
  }

  private Effect effect(String what) {
    return tx -> TestPostgres.sql(tx, "INSERT INTO " + schema + ".effect VALUES ('" + what + "')");
  }

  private List<String> effects() {
    return TestPostgres.rows(TestPostgres.pool(), "SELECT what FROM " + schema + ".effect");
  }

  @Test
  void theTableIsMadeOnceHoweverManyMakeIt() throws Exception {
    ThreePhaseRows fresh = new PgThreePhaseRows(TestPostgres.pool(), schema + "_b");
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Callable<Boolean> create =
          () -> {
            fresh.create();
            return true;
          };
      for (Future<Boolean> made : threads.invokeAll(List.of(create, create, create, create))) {
        assertThat(made.get()).isTrue();
      }
    }
    assertThat(fresh.find("t1", "debit")).isEmpty();
  }

  @Test
  void aRowIsFoundAsItWasWritten() throws Exception {
    ThreePhaseRow row = new ThreePhaseRow("t1", "debit", "WAIT", 3, 2, "c", "why", "{}", "w");
    assertThat(rows.change(NONE, row, HOUR, Effect.NONE)).isTrue();

    assertThat(rows.find("t1", "debit")).contains(row);
    assertThat(rows.find("t1", "credit")).isEmpty();
    assertThat(rows.find("t2", "debit")).isEmpty();
  }

  @Test
  @DisplayName("P7: a row is on the disk when it is told, also where commits do not wait for that")
  void aRowIsFlushed() throws Exception {
    // The pool's sessions are set to off; this fails where they still are.
    String asked = "SELECT 1 / (current_setting('synchronous_commit') = 'on')::int";
    Effect asks = tx -> TestPostgres.sql(tx, asked);
    ThreePhaseRow voted = row("t1", "WAIT", 0);

    assertThat(rows.change(NONE, voted, HOUR, asks)).isTrue();
    assertThat(rows.change(Optional.of(voted), row("t1", "WAIT", 1), HOUR, asks)).isTrue();
  }

  @Test
  @DisplayName("P7: a row changes only from what it was, and with it what the business does")
  void aRowChangesOnlyFromWhatItWas() throws Exception {
    ThreePhaseRow voted = row("t1", "WAIT", 0);
    ThreePhaseRow promised = row("t1", "WAIT", 1);
    ThreePhaseRow committed = row("t1", "COMMITTED", 0);

    assertThat(rows.change(NONE, voted, HOUR, effect("prepared"))).isTrue();
    assertThat(rows.change(NONE, voted, HOUR, effect("twice"))).isFalse();
    assertThat(rows.change(Optional.of(voted), promised, HOUR, Effect.NONE)).isTrue();
    assertThat(rows.change(Optional.of(voted), committed, HOUR, effect("stale"))).isFalse();

    assertThat(rows.find("t1", "debit")).contains(promised);
    assertThat(effects()).containsExactly("prepared");
  }

  @Test
  @DisplayName("P7: of two that change a row at once, one does")
  void ofTwoAtOnceOneDoes() throws Exception {
    ThreePhaseRow voted = row("t1", "WAIT", 0);
    rows.change(NONE, voted, HOUR, Effect.NONE);
    Callable<Boolean> change =
        () -> rows.change(Optional.of(voted), row("t1", "COMMITTED", 0), HOUR, effect("committed"));
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      int changed = 0;
      for (Future<Boolean> one : threads.invokeAll(List.of(change, change, change, change))) {
        changed += one.get() ? 1 : 0;
      }
      assertThat(changed).isEqualTo(1);
    }
    assertThat(effects()).containsExactly("committed");
  }

  @Test
  @DisplayName("P7: if the effect fails, the row stays what it was")
  void ifTheEffectFailsTheRowStays() {
    assertThatThrownBy(() ->
            rows.change(
                NONE,
                row("t1", "WAIT", 0),
                HOUR,
                tx -> {
                  effect("half").in(tx);
                  throw new RefusedException("no money");
                }))
        .hasMessage("no money");

    assertThat(rows.find("t1", "debit")).isEmpty();
    assertThat(effects()).isEmpty();
  }

  @Test
  void whatIsOverdueIsFoundUntilItIsLookedAtOrHasEnded() throws Exception {
    rows.change(NONE, row("t1", "WAIT", 0), NOW, Effect.NONE);
    rows.change(NONE, row("t2", "WAIT", 0), NOW, Effect.NONE);
    rows.change(NONE, row("t3", "WAIT", 0), HOUR, Effect.NONE);
    rows.change(NONE, row("t4", "ABORTED", 0), Optional.empty(), Effect.NONE);

    assertThat(rows.overdue("debit", 10)).containsExactly("t1", "t2");
    assertThat(rows.overdue("debit", 1)).containsExactly("t1");
    assertThat(rows.overdue("credit", 10)).isEmpty();
    rows.change(Optional.of(row("t1", "WAIT", 0)), row("t1", "WAIT", 1), HOUR, Effect.NONE);
    assertThat(rows.overdue("debit", 10)).containsExactly("t2");
  }

  @Test
  void onlyWhatHasEndedIsForgotten() throws Exception {
    rows.change(NONE, row("t1", "WAIT", 0), HOUR, Effect.NONE);
    rows.change(NONE, row("t2", "COMMITTED", 0), Optional.empty(), Effect.NONE);

    assertThat(rows.forget("debit", Duration.ofHours(1))).isZero();
    assertThat(rows.forget("credit", Duration.ofSeconds(-1))).isZero();
    assertThat(rows.forget("debit", Duration.ofSeconds(-1))).isEqualTo(1);
    assertThat(rows.find("t1", "debit")).isPresent();
    assertThat(rows.find("t2", "debit")).isEmpty();
  }

  @Test
  void whatIsSeenIsWhatHasNotEndedFirst() throws Exception {
    rows.change(NONE, row("t1", "COMMITTED", 0), Optional.empty(), Effect.NONE);
    rows.change(NONE, row("t2", "WAIT", 0), NOW, Effect.NONE);
    rows.change(NONE, row("t3", "PRE_COMMIT", 0), HOUR, Effect.NONE);

    assertThat(rows.seen(Optional.empty(), 9))
        .extracting(seen -> seen.row().gid() + " " + seen.overdue())
        .containsExactly("t3 false", "t2 true", "t1 false");
    assertThat(rows.seen(Optional.empty(), 1)).hasSize(1);
    assertThat(rows.seen(Optional.of("t2"), 9))
        .singleElement()
        .satisfies(seen -> {
          assertThat(seen.row()).isEqualTo(row("t2", "WAIT", 0));
          assertThat(seen.quiet()).isBetween(Duration.ZERO, Duration.ofHours(1));
        });
    assertThat(
            new PgThreePhaseRows(TestPostgres.pool(), schema + "_none").seen(Optional.empty(), 9))
        .as("no table is made")
        .isEmpty();
  }

  @Test
  void storiesTellThemForPeople() throws Exception {
    rows.change(NONE, row("t1", "COMMITTED", 0), Optional.empty(), Effect.NONE);
    rows.change(NONE, row("t2", "ABORTED", 0), Optional.empty(), Effect.NONE);
    rows.change(NONE, row("t3", "WAIT", 0), NOW, Effect.NONE);

    assertThat(
            rows.seen(Optional.empty(), 9).stream()
                .map(seen -> AtomicStory.of(List.of(seen)))
                .map(story -> story.id() + " " + story.status()))
        .containsExactly("t3 PREPARED", "t2 COMPENSATED", "t1 COMPLETED");
    AtomicStory waits = AtomicStory.of(rows.seen(Optional.of("t3"), 9));
    assertThat(waits.isCalled("t3")).isTrue();
    assertThat(waits.moments().getFirst().text()).contains("voted yes", "ends it with them");
  }
}
