package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Status;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.ThreePhaseStage;
import dev.concordat.examples.run.Watcher;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: three services commit a transfer all or none, whichever of them refuses, whenever the
 * coordinator is killed or cut off (P7); and the textbook's variant does not. Method: real
 * processes, databases and sockets; the laws are asked in the services' own databases.
 */
class ThreePhaseScenarioForkTest {

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Transfer3pcScenario SCENARIO = Scenarios.threePhase();
  private static final Theatre THEATRE = Theatre.open();
  private static final ThreePhaseStage STAGE = THEATRE.stage(SCENARIO, Watcher.NOBODY);

  /** The first transfers of a fresh process are slow, which is not what these tests are about. */
  @BeforeAll
  static void warmUp() {
    assertGood(STAGE.run(Options.runs(20).lease(Duration.ofSeconds(10)), Watcher.NOBODY));
  }

  @AfterAll
  static void close() {
    THEATRE.close();
  }

  private static Result run(Options options) {
    return STAGE.run(options.lease(PATIENCE), Watcher.NOBODY);
  }

  private static void assertGood(Result result) {
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
  }

  @Test
  void ofManyTheUnluckyAreAbortedAndTheLawsHold() {
    Options options = Options.runs(40).unluckyEvery(4).lease(Duration.ofSeconds(10));
    Result result = STAGE.run(options, Watcher.NOBODY);

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 30L, Status.COMPENSATED, 10L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"debit", "credit", "ledger"})
  void whicheverServiceRefusesNoneDoesItsShare(String service) {
    Result result = run(Options.runs(2).failing(service));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPENSATED, 2L));
    assertThat(result.told().getFirst().moments())
        .anySatisfy(moment -> assertThat(moment.text()).contains("it was told to refuse"));
  }

  @ParameterizedTest
  @CsvSource({
    "can-commit, COMPLETED",
    "votes, COMPENSATED",
    "pre-commit, COMPLETED",
    "commit-one, COMPLETED",
  })
  @DisplayName("P7: the coordinator is killed in any phase, and the services end it")
  void theCoordinatorIsKilled(String phase, Status status) {
    List<Watcher.Loss> losses = new ArrayList<>();
    Watcher watcher =
        new Watcher() {
          @Override
          public void lost(Loss loss) {
            losses.add(loss);
          }
        };
    Result result = STAGE.run(Options.runs(1).killedAt(phase).lease(PATIENCE), watcher);

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(status, 1L));
    assertThat(losses).extracting(Watcher.Loss::service).containsExactly("coordinator");
  }

  /** Whether the one that has pre-committed is among the first to answer decides how it ends. */
  @Test
  @DisplayName("P7: the coordinator is killed when one has pre-committed, and all do the same")
  void theCoordinatorIsKilledAfterOnePreCommit() {
    Result result = run(Options.runs(3).killedAt("pre-commit-one"));

    assertGood(result);
    assertThat(result.killed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"debit", "credit", "ledger"})
  @DisplayName("P7, T6: a participant is killed with SIGKILL, more than once, and comes back")
  void aParticipantIsKilled(String service) {
    try (ThreePhaseStage own = THEATRE.stage(SCENARIO, Watcher.NOBODY)) {
      List<Long> killed = new ArrayList<>();
      Watcher watcher =
          new Watcher() {
            @Override
            public void progress(int ended, int all) {
              if (ended == 10 || ended == 20) {
                killed.add(own.strike(service));
              }
            }
          };

      Result result = own.run(Options.runs(30).lease(PATIENCE), watcher);

      assertGood(result);
      assertThat(killed).hasSize(2).doesNotHaveDuplicates();
      assertThat(result.outcomes()).containsKey(Status.COMPLETED);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "can-commit, COMPENSATED",
    "votes, COMPENSATED",
    "pre-commit-one, COMPENSATED",
    "pre-commit, COMPLETED",
    "commit-one, COMPLETED",
  })
  @DisplayName("P7: the network is cut in any phase, and quorums agree")
  void theNetworkIsCut(String phase, Status status) {
    Seen seen = new Seen();
    Result result = STAGE.run(Options.runs(1).cutAt(phase).lease(PATIENCE), seen);

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(status, 1L));
    assertThat(seen.cuts).isEqualTo(1);
    if (phase.equals("pre-commit-one")) {
      assertThat(seen.states)
          .isEqualTo(Map.of("debit", "PRE_COMMIT", "credit", "ABORTED", "ledger", "ABORTED"));
    }
  }

  /** What was to be seen of a cut. */
  private static final class Seen implements Watcher {
    private int cuts;
    private Map<String, String> states = Map.of();

    @Override
    public void cut(String instance, String phase) {
      cuts++;
    }

    @Override
    public void healed(String instance, Map<String, String> now) {
      states = now;
    }
  }

  @Test
  @DisplayName("P7: the same cut splits the textbook's variant, which therefore is called unsafe")
  void theTextbookSplits() {
    try (ThreePhaseStage own = THEATRE.stage(SCENARIO, Watcher.NOBODY)) {
      assertGood(own.run(Options.runs(20).lease(Duration.ofSeconds(10)), Watcher.NOBODY));

      Options options = Options.runs(1).unsafe().lease(PATIENCE);
      Result result = own.run(options, Watcher.NOBODY);

      assertThat(options.showsSplit()).isTrue();
      assertThat(result.outcomes()).isEqualTo(Map.of(Status.NEEDS_ATTENTION, 1L));
      assertThat(result.laws())
          .filteredOn(law -> !law.holds())
          .extracting(Law.Finding::name)
          .containsExactly(
              Transfer3pcScenario.AGREEMENT, "the total of all accounts is what it was");
      assertThat(result.isGood()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "debit  | UPDATE concordat.three_phase SET state = 'ABORTED' WHERE gid = 'transfer-1'"
            + " | committed by all services or by none",
        "credit | UPDATE account SET balance = balance + 1 WHERE id = 'account-1' | the total",
        "ledger | UPDATE account SET balance = balance + 1 WHERE id = 'account-0'"
            + " | every account of ledger",
        "debit  | UPDATE account SET held = 1 WHERE id = 'account-1' | nothing is held",
        "credit | UPDATE concordat.three_phase SET state = 'WAIT' WHERE gid = 'transfer-1'"
            + " | nothing is held or undecided",
        "credit | DELETE FROM movement WHERE gid = 'transfer-1' | every account of credit",
        "debit  | DELETE FROM movement WHERE gid = 'transfer-1' | every account of debit",
      })
  void everyLawFindsWhatBreaksIt(String service, String damage, String law) throws SQLException {
    Evidence evidence = new Evidence(STAGE.databases(), List.of());
    assertThat(law(law).check(evidence).violations()).isEmpty();
    try (Connection tx = Objects.requireNonNull(STAGE.databases().get(service)).getConnection()) {
      tx.setAutoCommit(false);
      assertThat(Sql.update(tx, damage)).isEqualTo(1);
      Map<String, DataSource> damaged = STAGE.databases();
      damaged.put(service, new Uncommitted(tx));
      assertThat(law(law).check(new Evidence(damaged, List.of())).violations()).isNotEmpty();
      tx.rollback();
    }
  }

  private static Law law(String part) {
    return SCENARIO.laws().stream()
        .filter(law -> law.name().contains(part))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatItDoesNotHaveIsRefusedNamingWhatItHas() {
    assertThatThrownBy(() -> Options.runs(1).killedAt("no such phase").checkFor(SCENARIO))
        .hasMessageContaining("pre-commit-one");
    assertThatThrownBy(() -> Options.runs(1).cutAt("no such phase").checkFor(SCENARIO))
        .hasMessageContaining("pre-commit-one");
    assertThatThrownBy(() -> Options.runs(1).failing("capture payment").checkFor(SCENARIO))
        .hasMessageContaining("debit, credit, ledger");
    assertThatThrownBy(() -> Options.runs(1).cutAt("votes").killedAt("votes").checkFor(SCENARIO))
        .hasMessageContaining("--kill-at or --cut");
    assertThatThrownBy(() -> Options.runs(1).cutAt("votes").checkFor(Scenarios.saga("order")))
        .hasMessageContaining("no network that can be cut");
  }
}
