package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
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
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: a person sees what is in doubt and ends it as decided, and nothing is guessed without being
 * recorded (P7). Method: orphans planted in two real databases.
 */
class IndoubtPgTest {

  private static LocalPostgres postgres;
  private static int databases;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String accounts;
  private String ledger;

  @BeforeAll
  static void server() {
    postgres = LocalPostgres.start();
  }

  @AfterAll
  static void noServer() {
    postgres.close();
  }

  @BeforeEach
  void tables() throws SQLException {
    accounts = "accounts" + ++databases;
    ledger = "ledger" + databases;
    postgres.createDatabase(accounts);
    postgres.createDatabase(ledger);
    try (Concordat concordat = Concordat.on(postgres.dataSource(accounts)).pollingOnly().start()) {
      concordat
          .twoPhaseCommit(
              Map.of(
                  "accounts", postgres.dataSource(accounts), "ledger", postgres.dataSource(ledger)))
          .close();
    }
    sql(ledger, "CREATE TABLE money (amount int)", "INSERT INTO money VALUES (100)");
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("indoubt"));
    all.addAll(List.of(arguments));
    for (String name : List.of("accounts", "ledger")) {
      all.add("--database");
      all.add(name + "=" + postgres.jdbcUrl(name + databases));
    }
    return main(all);
  }

  private int main(List<String> arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(String[]::new));
  }

  private static void sql(String database, String... all) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      for (String sql : all) {
        statement.execute(sql);
      }
    }
  }

  private static String text(String database, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl(database));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** A branch in the ledger that was prepared by somebody who is gone. */
  private BranchId orphan(String id, String decider) throws SQLException {
    Place place = new Place("ledger", text(ledger, "SELECT mark FROM concordat.place"));
    BranchId branch = new BranchId(id, "00000000000000ab", place, decider);
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl(ledger));
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE money SET amount = amount + 1");
      statement.execute("INSERT INTO concordat.branch (attempt) VALUES (" + branch.number() + ")");
      statement.execute("PREPARE TRANSACTION '" + branch.text() + "'");
    }
    return branch;
  }

  private String decider() throws SQLException {
    return text(accounts, "SELECT mark FROM concordat.place");
  }

  private void decide(BranchId branch) throws SQLException {
    sql(
        accounts,
        "INSERT INTO concordat.decision (id, name, attempt, branches, settled) VALUES ('"
            + branch.id()
            + "', 'transfer', '"
            + branch.attempt()
            + "', ARRAY['"
            + branch.branch()
            + "'], false)");
  }

  @Test
  void whatIsDecidedIsCommitted() throws Exception {
    decide(orphan("t1", decider()));

    assertThat(run("list")).isZero();
    assertThat(out.toString()).contains("t1", "ledger", "decided: it commits");
    assertThat(run("show", "t1")).isZero();
    assertThat(out.toString()).contains("decided to commit", "branch ledger waits");
    assertThat(run("resolve", "t1")).isZero();

    assertThat(out.toString()).contains("ledger: committed");
    assertThat(text(ledger, "SELECT amount FROM money")).isEqualTo("101");
    assertThat(run("list")).isZero();
    assertThat(err.toString()).contains("Nothing is in doubt");
  }

  @Test
  void itIsListedAndShownLikeAnyInstanceWhereverOneLooks() throws Exception {
    decide(orphan("t1", decider()));
    String ours = postgres.jdbcUrl(accounts);

    JsonNode listed = json("list", "--json", "--jdbc-url", postgres.jdbcUrl(ledger));
    assertThat(listed.get("instances").get(0).get("id").asString()).isEqualTo("t1");
    assertThat(listed.get("instances").get(0).get("status").asString()).isEqualTo("PREPARED");
    assertThat(listed.get("in_doubt").asInt()).as("branches in this database").isEqualTo(1);
    listed = json("list", "--json", "--status", "PREPARED", "--jdbc-url", ours);
    assertThat(listed.get("instances").get(0).get("id").asString()).isEqualTo("transfer/t1");
    assertThat(json("list", "--json", "--status", "RUNNING", "--jdbc-url", ours).get("instances"))
        .isEmpty();
    assertThat(json("list", "--json", "--age", "1h", "--jdbc-url", ours).get("instances"))
        .isEmpty();
    assertThat(main(List.of("list", "--name", "transfer", "--jdbc-url", ours))).isZero();
    assertThat(out.toString()).contains("transfer/t1", "PREPARED");

    assertThat(main(List.of("show", "t1", "--jdbc-url", postgres.jdbcUrl(ledger)))).isZero();
    assertThat(out.toString()).contains("PREPARED", "ledger", "waits for", "give that one too");
    assertThat(main(List.of("show", "transfer/t1", "--jdbc-url", ours))).isZero();
    assertThat(out.toString()).contains("decision that all commit", "ledger", "--database");
    String both = "ledger=" + postgres.jdbcUrl(ledger);
    assertThat(main(List.of("show", "t1", "--jdbc-url", ours, "--database", both))).isZero();
    assertThat(out.toString())
        .contains("transfer/t1", "is prepared, and waits for", "decided: it commits");

    assertThat(run("resolve", "t1")).isZero();
    listed = json("list", "--json", "--jdbc-url", ours, "--database", both);
    assertThat(listed.get("instances").get(0).get("status").asString())
        .as("followed, and not yet noted")
        .isEqualTo("COMPLETED");
    sql(accounts, "UPDATE concordat.decision SET settled = true");
    assertThat(json("list", "--json", "--jdbc-url", ours, "--database", both).get("instances"))
        .isEmpty();
  }

  @Test
  void whatIsNotDecidedIsListedAndShown() throws Exception {
    orphan("t1", decider());
    String both = "ledger=" + postgres.jdbcUrl(ledger);

    assertThat(
            main(
                List.of(
                    "show", "t1", "--jdbc-url", postgres.jdbcUrl(accounts), "--database", both)))
        .isZero();

    assertThat(out.toString()).contains("PREPARED", "two-phase commit", "not decided: it is");
  }

  @Test
  void aParticipantsDatabaseTellsOfThreePhaseCommits() throws Exception {
    String service = "service" + databases;
    postgres.createDatabase(service);
    try (ThreePhaseCommit commit =
        Concordat.threePhaseCommit((address, letter) -> {
          throw new IllegalStateException("nobody is there");
        })) {
      commit.participant("debit", postgres.dataSource(service), new NoWork()).close();
    }
    String insert =
        "INSERT INTO concordat.three_phase (gid, participant, state, promised, attempt,"
            + " coordinator, reason, plan, work, deadline) VALUES ";
    sql(
        service,
        insert + "('t1', 'debit', 'WAIT', 0, -1, 'c', '', '{}', '', now() - interval '1 s')",
        insert + "('t2', 'debit', 'ABORTED', 0, -1, 'c', 'no money', '{}', '', NULL)");
    String url = postgres.jdbcUrl(service);

    JsonNode listed = json("list", "--json", "--jdbc-url", url).get("instances");
    assertThat(listed.valueStream().map(one -> one.get("id").asString() + one.get("status")))
        .containsExactly("t1\"PREPARED\"", "t2\"COMPENSATED\"");
    assertThat(main(List.of("show", "t1", "--jdbc-url", url))).isZero();
    assertThat(out.toString())
        .contains("PREPARED", "three-phase commit", "debit", "voted yes, and waits for");
    assertThat(main(List.of("show", "t2", "--jdbc-url", url))).isZero();
    assertThat(out.toString()).contains("does nothing: no money");
    assertThat(main(List.of("show", "t3", "--jdbc-url", url))).isEqualTo(Exit.NOT_FOUND);
  }

  private static final class NoWork implements ThreePhaseWork {
    @Override
    public void prepare(Connection tx, String gid, String work) {}

    @Override
    public void commit(Connection tx, String gid, String work) {}

    @Override
    public void abort(Connection tx, String gid, String work) {}
  }

  private JsonNode json(String... arguments) {
    assertThat(main(List.of(arguments))).as(err.toString()).isZero();
    return JsonMapper.shared().readTree(out.toString());
  }

  @Test
  void whatIsNotDecidedIsAbortedForGood() throws Exception {
    BranchId branch = orphan("t1", decider());

    assertThat(run("resolve", "t1", "--json")).isZero();

    assertThat(out.toString()).contains("ledger: rolled back");
    assertThat(text(ledger, "SELECT amount FROM money")).isEqualTo("100");
    assertThat(text(accounts, "SELECT fenced[1] FROM concordat.decision WHERE attempt IS NULL"))
        .as("its coordinator cannot commit it any more")
        .isEqualTo(branch.attempt());
  }

  @Test
  void nothingIsGuessedUnlessAPersonSaysSo() throws Exception {
    orphan("t1", "00c0ffee");

    assertThat(run("resolve", "t1")).isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("00c0ffee", "it would be guessing");
    assertThat(run("resolve", "t1", "--guess", "commit")).isEqualTo(Exit.USAGE);
    assertThat(run("resolve", "t1", "--guess", "commit", "--reason", "ada: it burned")).isZero();
    assertThat(text(ledger, "SELECT amount FROM money")).isEqualTo("101");

    assertThat(run("list", "--json")).isZero();
    JsonNode heuristic = JsonMapper.shared().readTree(out.toString()).get("heuristics").get(0);
    assertThat(heuristic.get("kind").asString()).contains("committed by hand", "ada: it burned");
    assertThat(heuristic.get("branch").asString()).startsWith("ledger@");
    assertThat(run("acknowledge", "t1", "ledger", "--reason", "ada: booked by hand")).isZero();
    assertThat(run("show", "t1")).isZero();
    assertThat(out.toString()).contains("acknowledged: ada: booked by hand");
  }

  @Test
  void whoCanBeAskedIsNotGuessedFor() throws Exception {
    orphan("t1", decider());

    assertThat(run("resolve", "t1", "--guess", "commit", "--reason", "ada"))
        .isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("can be asked", "accounts");
    assertThat(run("resolve", "t1")).isZero();
    assertThat(run("resolve", "t2")).isEqualTo(Exit.REFUSED);
    assertThat(run("show", "t2")).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void aDatabaseWithoutANameIsSaidSo() {
    String url = postgres.jdbcUrl(ledger) + "&password=secret";

    assertThat(main(List.of("indoubt", "list", "--database", url))).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("NAME=URL").doesNotContain("secret");
  }

  @Test
  void aCopyBesideItsOriginalIsRefused() throws Exception {
    String copy = "copy" + databases;
    sql("postgres", "CREATE DATABASE " + copy + " TEMPLATE " + accounts);

    assertThat(run("list", "--database", "copy=" + postgres.jdbcUrl(copy))).isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("one is a copy of the other");
  }

  @Test
  void theDoctorSeesWhoIsHeldUp() throws Exception {
    orphan("t1", decider());
    Thread blocked =
        Thread.ofVirtual()
            .start(() -> {
              try {
                sql(ledger, "SET lock_timeout = '20s'; UPDATE money SET amount = 0");
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    long end = System.nanoTime() + 10_000_000_000L;
    String waiting =
        "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while (!text(ledger, waiting).equals("1")) {
      assertThat(System.nanoTime()).isLessThan(end);
    }

    main(List.of("doctor", "--jdbc-url", postgres.jdbcUrl(ledger)));

    assertThat(out.toString()).contains("blocked session", "shows as process 0");
    assertThat(run("resolve", "t1")).isZero();
    blocked.join();
  }
}
