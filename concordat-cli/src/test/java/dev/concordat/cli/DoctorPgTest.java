package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Finding;
import dev.concordat.store.Relays.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the doctor sees of a real PostgreSQL: settings, open transactions, schema and relays. */
class DoctorPgTest {

  private final StringWriter out = new StringWriter();

  private int run(String url) {
    out.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(new StringWriter()))
        .execute("doctor", "--json", "--jdbc-url", url);
  }

  private List<String> found() {
    JsonNode findings = JsonMapper.shared().readTree(out.toString()).get("findings");
    return findings
        .valueStream()
        .map(found ->
            found.get("verdict").asString()
                + " "
                + found.get("setting").asString()
                + " is "
                + found.get("value").asString())
        .toList();
  }

  private static void execute(LocalPostgres postgres, String... all) throws SQLException {
    try (Connection connection = postgres.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : all) {
        statement.execute(sql);
      }
    }
  }

  @Test
  void refusesSettingsThatLoseWhatWasCommitted() {
    try (LocalPostgres postgres =
        LocalPostgres.builder()
            .setting("fsync", "off")
            .setting("full_page_writes", "off")
            .setting("synchronous_commit", "off")
            .setting("max_prepared_transactions", "0")
            .setting("default_transaction_isolation", "serializable")
            .setting("autovacuum", "off")
            .start()) {
      assertThat(run(postgres.jdbcUrl())).isEqualTo(Exit.REFUSED);
      assertThat(found())
          .containsExactly(
              "refuse fsync is off",
              "refuse full_page_writes is off",
              "refuse synchronous_commit is off",
              "warn max_prepared_transactions is 0",
              "warn default_transaction_isolation is serializable",
              "warn autovacuum is off",
              "warn schema is concordat, and there is none");
    }
  }

  @Test
  void looksAtSchemaTransactionsAndRelays() throws Exception {
    try (LocalPostgres postgres = LocalPostgres.start()) {
      Concordat.on(postgres.dataSource()).start().close();
      assertThat(run(postgres.jdbcUrl())).isEqualTo(Exit.DONE);
      assertThat(found()).isEmpty();

      execute(
          postgres,
          "INSERT INTO concordat.relay (name, lane, lanes) VALUES ('orders', 0, 1)",
          "INSERT INTO concordat.outbox (id, topic, lane, type, payload)"
              + " VALUES (gen_random_uuid(), 'orders', 0, 'OrderPlaced', 'x')",
          "INSERT INTO concordat.schema_version (version) VALUES (99)",
          "INSERT INTO concordat.consumer VALUES ('billing', false)",
          "INSERT INTO concordat.unhandled (consumer, state, attempts, message, hash, topic, type,"
              + " payload) VALUES ('billing', 'DEAD', 1, 'm', '', 'orders', 'T', '')",
          "CREATE ROLE anna LOGIN");
      assertThat(run(postgres.jdbcUrl())).isEqualTo(Exit.REFUSED);
      assertThat(found()).containsExactly("refuse schema is concordat");

      execute(postgres, "DELETE FROM concordat.schema_version WHERE version = 99");
      assertThat(run(postgres.jdbcUrl())).isEqualTo(Exit.DONE);
      assertThat(found())
          .containsExactly(
              "warn behind is 1 (relay orders, lane 0)",
              "warn dead letters is 1 (consumer billing)");

      assertThat(run(postgres.jdbcUrl().replace("user=postgres", "user=anna")))
          .isEqualTo(Exit.REFUSED);
      assertThat(found()).contains("warn unseen is the open transactions of other users");
    }
  }

  @Test
  void saysWhatHasBeenOpenForLong() throws Exception {
    try (LocalPostgres postgres = LocalPostgres.start();
        Connection open = postgres.dataSource().getConnection()) {
      execute(postgres, "BEGIN", "CREATE TABLE t (n int)", "PREPARE TRANSACTION 'left-over'");
      open.setAutoCommit(false);
      try (Statement statement = open.createStatement()) {
        statement.execute("SELECT 1");
      }
      assertThat(
              new DatabaseExamination(postgres.dataSource(), Duration.ZERO)
                  .transactions().stream().map(Finding::toString))
          .hasSize(2)
          .anyMatch(text -> text.startsWith("prepared transaction is 'left-over' since 20"))
          .anyMatch(text -> text.contains("does not start with a max_prepared_transactions below"))
          .anyMatch(text -> text.startsWith("open transaction is of process "));
      assertThat(new DatabaseExamination(postgres.dataSource(), Duration.ofHours(1)).transactions())
          .isEmpty();
    }
  }

  @Test
  void saysWhichLanesNeedSomebody() {
    assertThat(
            DatabaseExamination.relays(
                    List.of(
                        new Progress("a", 0, true, 10_000, 0),
                        new Progress("b", 0, true, 10_001, 0),
                        new Progress("c", 1, false, 0, 3)))
                .stream()
                .map(found -> found.setting() + " " + found.value()))
        .containsExactly("behind 10001 (relay b, lane 0)", "parked 3 (relay c, lane 1)");
  }

  @Test
  void aDatabaseThatIsNotThereIsSaid() {
    assertThat(run("jdbc:postgresql://127.0.0.1:1/x?user=anna&password=geheim"))
        .isEqualTo(Exit.UNREACHABLE);
    assertThat(out.toString()).contains("cannot be reached").doesNotContain("geheim");
  }
}
