package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: no law of transfers holds whatever happens. Method: each is broken on purpose, in a
 * transaction that is rolled back afterwards, and must say so.
 */
class AtomicLawTest {

  private static final String PREPARED = "nothing is left prepared";

  /** What breaks a law. */
  record Plant(String law, String database, String sql) {
    @Override
    public String toString() {
      return law + " by " + database;
    }
  }

  static Stream<Plant> plants() {
    String more = "UPDATE account SET balance = balance + 1";
    String refused = "UPDATE answer SET answer = 'REFUSED'";
    String heuristic = "INSERT INTO concordat.heuristic (id, branch, kind) VALUES ('a', 'b', 'c')";
    return Stream.of(
        new Plant("no balance is", "accounts", "UPDATE account SET balance = -1"),
        new Plant("in accounts every balance", "accounts", more),
        new Plant("in ledger every balance", "ledger", more),
        new Plant("who sees a credit", "accounts", "DELETE FROM debit"),
        new Plant("money is conserved", "accounts", more),
        new Plant("money is conserved", "ledger", more),
        new Plant("a transfer is in all", "accounts", "DELETE FROM debit"),
        new Plant("a transfer is in all", "ledger", "UPDATE credit SET amount = amount + 1"),
        new Plant("a transfer is in all", "audit", "DELETE FROM record"),
        new Plant("what was answered Done", "audit", "DELETE FROM record"),
        new Plant("what was answered Done", "accounts", "DELETE FROM debit"),
        new Plant("what was answered Refused", "callers", refused),
        new Plant("every caller knows", "callers", "UPDATE answer SET answer = 'UNKNOWN'"),
        new Plant(
            "every decision was", "accounts", "UPDATE concordat.decision SET settled = false"),
        new Plant("every decision was", "ledger", heuristic));
  }

  @BeforeAll
  static void oneTransfer() {
    AtomicStages.good(Options.runs(1));
  }

  @ParameterizedTest
  @MethodSource("plants")
  void aBrokenLawIsReported(Plant plant) throws SQLException {
    Map<String, DataSource> databases = new LinkedHashMap<>(AtomicStages.stage().databases());
    Law law = law(plant.law());

    assertThat(law.check(new Evidence(databases, List.of())).holds()).isTrue();
    try (Connection connection = connect(plant.database())) {
      connection.setAutoCommit(false);
      assertThat(Sql.update(connection, plant.sql())).isPositive();
      databases.put(plant.database(), new Uncommitted(connection));

      Law.Finding finding = law.check(new Evidence(databases, List.of()));

      connection.rollback();
      assertThat(finding.holds()).isFalse();
      assertThat(finding.violations()).isNotEmpty();
    }
  }

  @Test
  void whatIsLeftPreparedIsReported() throws SQLException {
    Evidence evidence = new Evidence(AtomicStages.stage().databases(), List.of());
    for (String database : AtomicStages.TRANSFER.databases()) {
      try (Connection connection = connect(database)) {
        connection.setAutoCommit(false);
        Sql.script(connection, "UPDATE account SET id = id; PREPARE TRANSACTION 'left'");
        connection.setAutoCommit(true);

        Law.Finding finding = law(PREPARED).check(evidence);

        Sql.script(connection, "ROLLBACK PREPARED 'left'");
        assertThat(finding.violations()).containsExactly(database + ": left");
      }
    }
  }

  @Test
  void noLawIsForgottenHere() {
    List<String> broken = new ArrayList<>(plants().map(Plant::law).toList());
    broken.add(PREPARED);

    assertThat(AtomicStages.TRANSFER.laws())
        .allMatch(law -> broken.stream().anyMatch(law.name()::startsWith));
  }

  @Test
  void theReaderBesideReportsWhatItSees() {
    Law blind = Law.none("nobody ever transfers", "accounts", "SELECT transfer FROM debit");

    Result result =
        AtomicStages.runAlone(new Planted(AtomicStages.TRANSFER, blind), Options.runs(20));

    assertThat(result.isGood()).isFalse();
    assertThat(result.laws())
        .filteredOn(law -> !law.holds())
        .extracting(Law.Finding::name)
        .containsExactly("at every moment a reader looked: nobody ever transfers");
  }

  private static Connection connect(String database) throws SQLException {
    DataSource source = AtomicStages.stage().databases().get(database);
    assertThat(source).isNotNull();
    return source.getConnection();
  }

  private static Law law(String begin) {
    return AtomicStages.TRANSFER.laws().stream()
        .filter(law -> law.name().startsWith(begin))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no law begins with '" + begin + "'"));
  }

  /** The same scenario with one law more for the reader beside. */
  private record Planted(AtomicScenario real, Law more) implements AtomicScenario {

    @Override
    public String name() {
      return real.name();
    }

    @Override
    public String pattern() {
      return real.pattern();
    }

    @Override
    public String sentence() {
      return real.sentence();
    }

    @Override
    public List<String> steps() {
      return real.steps();
    }

    @Override
    public List<Law> laws() {
      return real.laws();
    }

    @Override
    public List<String> databases() {
      return real.databases();
    }

    @Override
    public List<String> mortal() {
      return real.mortal();
    }

    @Override
    public String tables(String database) {
      return real.tables(database);
    }

    @Override
    public String work(TwoPhaseTransaction tx, long number, boolean unlucky, String refuse)
        throws Exception {
      return real.work(tx, number, unlucky, refuse);
    }

    @Override
    public List<Law> always() {
      return List.of(more);
    }
  }
}
