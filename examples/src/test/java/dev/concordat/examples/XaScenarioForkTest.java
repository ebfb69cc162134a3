package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.run.AtomicStage;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: PostgreSQL and MariaDB change together or not at all, whatever dies (P7, P10, P11). Method:
 * the transfer scenario with its ledger in a real MariaDB; every branch refuses once, the
 * coordinator is killed in every phase, each server is killed, and the network to each is cut.
 */
class XaScenarioForkTest {

  static final List<String> PHASES = AtomicScenario.PHASES;
  static final List<String> STEPS = TransferScenario.xa().steps();

  private static Theatre theatre;
  private static AtomicStage stage;

  @BeforeAll
  static void open() {
    theatre = Theatre.open();
    stage = theatre.stage(TransferScenario.xa(), Watcher.NOBODY);
  }

  @AfterAll
  static void close() {
    theatre.close();
  }

  private static Result good(Options options) {
    Result result = stage.run(options.lease(Duration.ofSeconds(1)), Watcher.NOBODY);
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    return result;
  }

  @Test
  void ofManyTheUnluckyAreAborted() {
    Result result = good(Options.runs(60).unluckyEvery(5));

    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 48L, Status.COMPENSATED, 12L));
  }

  @ParameterizedTest
  @FieldSource("STEPS")
  void whicheverBranchRefusesNothingIsAnywhere(String step) {
    assertThat(good(Options.runs(2).failing(step)).outcomes())
        .isEqualTo(Map.of(Status.COMPENSATED, 2L));
  }

  @ParameterizedTest
  @FieldSource("PHASES")
  void killedInAPhaseTheTransferIsDoneOnce(String phase) {
    Result result = good(Options.runs(1).killedAt(phase));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts", "ledger"})
  void aServerKilledInTheMiddleCostsNothing(String database) {
    assertThat(good(Options.runs(80).killingDatabase(database)).count(Status.COMPLETED))
        .isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts", "ledger"})
  void aNetworkCutInTheMiddleCostsNothing(String database) {
    assertThat(good(Options.runs(80).cutting(database)).count(Status.COMPLETED)).isEqualTo(80);
  }

  @Test
  void whatIsLeftPreparedInMariaDbIsReported() throws SQLException {
    Evidence evidence = new Evidence(stage.databases(), List.of());
    Law law =
        TransferScenario.xa().laws().stream()
            .filter(one -> one.name().startsWith("nothing is left prepared"))
            .findFirst()
            .orElseThrow();
    try (Connection connection = stage.databases().get("ledger").getConnection()) {
      Sql.script(
          connection,
          "XA START 'left'; UPDATE account SET balance = balance + 1; XA END 'left';"
              + " XA PREPARE 'left'");

      Law.Finding finding = law.check(evidence);

      Sql.script(connection, "XA ROLLBACK 'left'");
      assertThat(finding.violations()).hasSize(1).first().asString().contains("ledger", "left");
    }
    assertThat(law.check(evidence).holds()).isTrue();
  }
}
