package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.core.RetryPolicy;
import dev.concordat.local.LocalPostgres;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.settlement.SettlementFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: a person sees to the cent what is unresolved at outside systems, and a settlement file
 * resolves it or is refused as a whole (cases 69, 76, 78, 79). Method: reservations whose provider
 * is silent, on a real PostgreSQL.
 */
class ReconcilePgTest {

  private static final String AT = "2026-03-01T12:00:00Z";
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final Duration LONG = Duration.ofHours(1);

  /** What is held, in cents. */
  record Charge(String id, long cents) {}

  private static LocalPostgres postgres;
  private static int databases;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private final Reservation<Charge> charge =
      Reservation.named("charge", Charge.class)
          .provider("gateway")
          .amount(what -> new Money(what.cents(), "EUR"))
          .hold((tx, what) -> what)
          .call((what, call) -> {
            keys.put(what.id(), call.key());
            throw new IOException("no answer");
          })
          .status((what, call) -> ProviderAnswer.pending(null))
          .confirm((tx, what, evidence) -> what)
          .release((tx, what) -> what)
          .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(1))
          .ask(RetryPolicy.exponential(LONG).upTo(LONG).unlimited())
          .build();
  private String database = "";
  private Concordat worker;

  @TempDir private Path folder;

  @BeforeAll
  static void server() {
    postgres = LocalPostgres.start();
  }

  @AfterAll
  static void noServer() {
    postgres.close();
  }

  @BeforeEach
  void work() {
    database = "reconcile" + ++databases;
    postgres.createDatabase(database);
    worker = Concordat.on(postgres.dataSource(database)).reservations(charge).start();
  }

  @AfterEach
  void noWork() {
    worker.close();
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("reconcile"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--jdbc-url", postgres.jdbcUrl(database)));
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private void unknown(String id, long cents) {
    var unused = worker.start(charge, id, new Charge(id, cents));
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!isUnknown(id)) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private boolean isUnknown(String id) {
    return worker.reservationStory(id).filter(story -> story.phase().equals("UNKNOWN")).isPresent();
  }

  private String settlement(String... lines) throws IOException {
    String text = SettlementFile.HEADING + "\n" + String.join("\n", lines) + "\n";
    return Files.writeString(folder.resolve("settlement.csv"), text).toString();
  }

  private String done(String id, long cents) {
    return "gateway,%s,r-%s,%d,EUR,DONE,e-%s,%s".formatted(key(id), id, cents, id, AT);
  }

  private String key(String id) {
    return keys.getOrDefault(id, "");
  }

  @Test
  void whereNothingIsUnresolvedItSaysSo() {
    assertThat(run("report")).isZero();
    assertThat(err.toString()).contains("Nothing is unresolved");
    assertThat(run("report", "--csv")).isZero();
    assertThat(out.toString()).isEqualTo(ReconcileTexts.HEADING);
    assertThat(run("run")).isZero();
  }

  @Test
  void theReportIsExactPastWhatANumberHolds() {
    unknown("one", Long.MAX_VALUE);
    unknown("two", Long.MAX_VALUE);
    unknown("three", 1);

    assertThat(run("report", "--json")).isZero();
    assertThat(json().at("/at_risk/0/amount_minor").asString()).isEqualTo("18446744073709551615");
    assertThat(json().at("/at_risk/0/count").asInt()).isEqualTo(3);
    assertThat(json().at("/unresolved/0/id").asString()).isEqualTo("one");
    assertThat(json().at("/unresolved/0/phase").asString()).isEqualTo("UNKNOWN");
    assertThat(json().at("/unresolved/0/age_seconds").asLong()).isNotNegative();

    assertThat(run("report")).isZero();
    assertThat(out.toString()).contains("18446744073709551615 EUR").contains("three");
    assertThat(run("report", "--limit", "1")).isZero();
    assertThat(out.toString()).contains("and 2 more").doesNotContain("three");
    assertThat(run("report", "--csv", "--provider", "gateway")).isZero();
    assertThat(out.toString().lines()).hasSize(4);
    assertThat(run("report", "--json", "--provider", "another")).isZero();
    assertThat(json().at("/unresolved")).isEmpty();
  }

  @Test
  void aSettlementFileResolvesWhatItNames() throws IOException {
    unknown("one", 1250);
    unknown("two", 99);
    String file = settlement(done("one", 1250));

    assertThat(run("run", "--settlement", file, "--wait", "0s", "--json")).isIn(0, 5);
    assertThat(json().at("/lines_taken").asInt()).isEqualTo(1);
    assertThat(json().at("/unresolved_before").asInt()).isEqualTo(2);

    assertThat(run("run", "--settlement", settlement(done("two", 99)), "--wait", "60s")).isZero();
    assertThat(err.toString()).contains("Nothing is unresolved any more");
    assertThat(worker.reservationStory("one").orElseThrow().phase()).isEqualTo("CONFIRMED");
  }

  @Test
  void whatIsResolvedIsNamed() throws IOException {
    unknown("one", 1250);
    unknown("two", 99);
    unknown("three", 7);
    String file = settlement(done("one", 1250), done("two", 99), done("three", 7));

    assertThat(run("run", "--settlement", file, "--wait", "60s", "--json", "--limit", "2"))
        .isZero();
    assertThat(json().at("/resolved")).hasSize(2);
    assertThat(json().at("/resolved/0/id").asString()).isEqualTo("one");
    assertThat(json().at("/resolved/0/amount_minor").asLong()).isEqualTo(1250);
    assertThat(json().at("/resolved/1/phase").asString()).isEqualTo("CONFIRMED");
    assertThat(json().at("/resolved_more").asInt()).isEqualTo(1);
  }

  @Test
  void whatIsResolvedIsNamedInTheTable() throws IOException {
    unknown("one", 1250);
    unknown("two", 99);

    assertThat(run("run", "--wait", "0s")).isEqualTo(Exit.UNKNOWN);
    assertThat(out.toString()).doesNotContain("one", "two");

    String file = settlement(done("one", 1250), done("two", 99));
    assertThat(run("run", "--settlement", file, "--wait", "60s", "--limit", "1")).isZero();
    assertThat(out.toString())
        .containsPattern("one +gateway +1250 EUR +CONFIRMED")
        .contains("… and 1 more are resolved")
        .doesNotContain("two");
  }

  @Test
  void whatIsLeftIsSaidAndIsExitStatusFive() {
    unknown("one", 1250);

    assertThat(run("run", "--wait", "0s")).isEqualTo(Exit.UNKNOWN);
    assertThat(out.toString()).contains("1250 EUR");
  }

  @Test
  void aFileWithABadLineIsRefusedAsAWhole() throws IOException {
    unknown("one", 1250);
    String file = settlement(done("one", 1250), "gateway,k,r,12.50,EUR,DONE,e," + AT);

    assertThat(run("run", "--settlement", file)).isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("line 3: ").contains("nothing of it was taken");
    assertThat(run("report", "--json")).isZero();
    assertThat(json().at("/unresolved/0/evidence/0/source").asString()).isNotEqualTo("SETTLEMENT");

    assertThat(run("run", "--settlement", file, "--skip-bad-lines", "--wait", "60s")).isZero();
  }

  @Test
  void aLineOfAnotherProviderIsBad() throws IOException {
    String file = settlement("bank,k,r,1,EUR,DONE,e," + AT);

    assertThat(run("run", "--provider", "gateway", "--settlement", file)).isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("line 2: ").contains("'bank'");
  }

  @Test
  void aChargeThatNobodyAskedForIsReportedUntilItIsAcknowledged() throws IOException {
    String file = settlement("gateway,,=r-1,1250,EUR,DONE,e-1," + AT);
    assertThat(run("run", "--settlement", file, "--json")).isEqualTo(Exit.UNKNOWN);
    assertThat(json().at("/charges_without_intent").asInt()).isEqualTo(1);
    assertThat(json().at("/unacknowledged").asInt()).isEqualTo(1);

    assertThat(run("report", "--json")).isZero();
    JsonNode stray = json().at("/charges_without_intent/0");
    assertThat(stray.at("/break").asString()).isEqualTo("CHARGE_WITHOUT_INTENT");
    assertThat(stray.at("/said/amount_minor").asLong()).isEqualTo(1250);
    assertThat(run("report", "--csv")).isZero();
    assertThat(out.toString()).contains(",'=r-1,1250,EUR,");
    assertThat(run("report")).isZero();
    assertThat(out.toString()).contains("nobody asked for");

    String no = stray.at("/no").asString();
    assertThat(run("report", "--acknowledge", no)).isEqualTo(Exit.USAGE);
    assertThat(run("report", "--acknowledge", no, "--reason", "booked by hand")).isZero();
    assertThat(run("report", "--acknowledge", no, "--reason", "again")).isEqualTo(Exit.REFUSED);
    assertThat(run("report")).isZero();
    assertThat(err.toString()).contains("Nothing is unresolved");
  }

  @Test
  void whatIsRefusedIsNoChargeThatNobodyAskedFor() throws IOException {
    String file = settlement("gateway,k,r-1,1250,EUR,REFUSED,e-1," + AT);
    assertThat(run("run", "--settlement", file)).isEqualTo(Exit.UNKNOWN);
    assertThat(err.toString()).contains("nobody has acknowledged");

    assertThat(run("report", "--json")).isZero();
    assertThat(json().at("/charges_without_intent/0/break").isNull()).isTrue();
    assertThat(run("report", "--csv")).isZero();
    assertThat(out.toString()).contains("evidence without intent,");
  }

  @Test
  void whatContradictsAnEndIsUnresolvedUntilAWorkerHasHeardIt() throws IOException {
    unknown("one", 1250);
    String refused = "gateway,%s,r,1250,EUR,REFUSED,e-1,%s".formatted(key("one"), AT);
    assertThat(run("run", "--settlement", settlement(refused), "--wait", "60s")).isZero();
    worker.close();

    String file = settlement(done("one", 1250));
    assertThat(run("run", "--settlement", file, "--wait", "0s", "--json")).isEqualTo(Exit.UNKNOWN);
    assertThat(json().at("/unresolved").asInt()).isEqualTo(1);
    assertThat(run("report", "--json")).isZero();
    assertThat(json().at("/unresolved/0/reason").asString()).contains("not taken up yet");

    worker = Concordat.on(postgres.dataSource(database)).reservations(charge).start();
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!out.toString().contains("LATE_SUCCESS")) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      assertThat(run("report", "--json")).isZero();
    }
  }

  @Test
  void anAmountThatDiffersIsABreak() throws IOException {
    unknown("one", 1250);

    assertThat(run("run", "--settlement", settlement(done("one", 1200)), "--wait", "0s"))
        .isEqualTo(Exit.UNKNOWN);
    long end = System.nanoTime() + PATIENCE_NANOS;
    String broken = "";
    while (broken.isEmpty()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      assertThat(run("report", "--json")).isZero();
      broken = json().at("/unresolved/0/break").asString("");
    }
    assertThat(broken).isEqualTo("AMOUNT_DIFFERS");
    assertThat(run("report")).isZero();
    assertThat(out.toString()).contains("AMOUNT_DIFFERS");
  }

  @Test
  void wrongUsageIsSaid() throws IOException {
    assertThat(run()).isEqualTo(Exit.USAGE);
    assertThat(run("report", "--csv", "--json")).isEqualTo(Exit.USAGE);
    assertThat(run("run", "--skip-bad-lines")).isEqualTo(Exit.USAGE);
    assertThat(run("run", "--settlement", folder.resolve("none").toString())).isEqualTo(Exit.USAGE);
    Path other = Files.writeString(folder.resolve("other.csv"), "a,b\n");
    assertThat(run("run", "--settlement", other.toString())).isEqualTo(Exit.REFUSED);
  }
}
