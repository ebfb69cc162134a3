package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.local.LocalMariaDb;
import dev.concordat.local.LocalPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mariadb.jdbc.MariaDbDataSource;

/**
 * Goal: a person sees and ends what waits in a MariaDB (P7). Method: orphans planted by hand in a
 * real one, under the names that docs/xa.md describes.
 */
class IndoubtXaTest {

  private static LocalPostgres postgres;
  private static LocalMariaDb mariaDb;
  private static String ledger;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void servers() throws SQLException {
    postgres = LocalPostgres.start();
    mariaDb = LocalMariaDb.start();
    postgres.createDatabase("accounts");
    ledger = mariaDb.createDatabase("ledger");
    try (Concordat concordat =
        Concordat.on(postgres.dataSource("accounts")).pollingOnly().start()) {
      concordat
          .twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", postgres.dataSource("accounts"))
                  .xa("ledger", new MariaDbDataSource(ledger)))
          .close();
    }
    sql(ledger, "CREATE TABLE money (amount int) ENGINE=InnoDB");
    sql(ledger, "INSERT INTO money VALUES (100)");
  }

  @AfterAll
  static void noServers() {
    mariaDb.close();
    postgres.close();
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("indoubt"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--database", "accounts=" + postgres.jdbcUrl("accounts")));
    return main(all, "--xa", "ledger=" + ledger);
  }

  private int main(List<String> arguments, String... more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of(more));
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private static void sql(String url, String... all) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : all) {
        statement.execute(sql);
      }
    }
  }

  private static String text(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Prepared by somebody who is gone. */
  private static void orphan(String id, String attempt) throws SQLException {
    String decider = text(postgres.jdbcUrl("accounts"), "SELECT mark FROM concordat.place");
    String mark = text(ledger, "SELECT mark FROM concordat_place");
    String xid = "'%s:%s:%s', 'ledger@%s:', 1129270851".formatted(attempt, decider, id, mark);
    sql(
        ledger,
        "XA START " + xid,
        "UPDATE money SET amount = amount + 1",
        "INSERT INTO concordat_branch (gid) VALUES ('concordat:%s:%s:ledger@%s:%s')"
            .formatted(id, attempt, mark, decider),
        "XA END " + xid,
        "XA PREPARE " + xid);
  }

  @Test
  void whatIsDecidedIsCommittedAndWhatIsNotIsAborted() throws Exception {
    orphan("t1", "00000000000000ab");
    sql(
        postgres.jdbcUrl("accounts"),
        "INSERT INTO concordat.decision (id, name, attempt, branches, settled) VALUES ('t1',"
            + " 'transfer', '00000000000000ab', '{}', false)");

    assertThat(run("list")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("t1", "ledger", "decided: it commits");
    assertThat(run("resolve", "t1")).isZero();
    assertThat(out.toString()).contains("ledger: committed");
    assertThat(text(ledger, "SELECT amount FROM money")).isEqualTo("101");

    orphan("t2", "00000000000000cd");
    assertThat(run("resolve", "t2")).isZero();
    assertThat(out.toString()).contains("ledger: rolled back");
    assertThat(text(ledger, "SELECT amount FROM money")).isEqualTo("101");
    assertThat(run("list")).isZero();
    assertThat(err.toString()).contains("Nothing is in doubt");
  }

  @Test
  void whatIsNoMariaDbOrDoesNotAnswerIsSaidWithoutItsPassword() {
    List<String> list =
        List.of("indoubt", "list", "--database", "accounts=" + postgres.jdbcUrl("accounts"));

    assertThat(main(list, "--xa", "ledger=jdbc:mysql://127.0.0.1/x?password=secret"))
        .isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("jdbc:mariadb://").doesNotContain("secret");
    assertThat(main(list, "--xa", "ledger=jdbc:mariadb://127.0.0.1:1/x?password=secret"))
        .isEqualTo(Exit.UNREACHABLE);
    assertThat(err.toString()).contains("'ledger' cannot be reached").doesNotContain("secret");
  }
}
