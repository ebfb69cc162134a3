package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person at the command line sees reservations and can do what there is to do with them. The real
 * command on a real PostgreSQL, with a worker in this process.
 */
class ReservationPgTest {

  record Payment(String id, long cents) {}

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static LocalPostgres postgres;
  private static HikariDataSource pool;
  private static Reservation<Payment> payment;
  private static Concordat worker;

  private final StringWriter out = new StringWriter();

  @BeforeAll
  static void aWorker() {
    postgres = LocalPostgres.start();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    pool = new HikariDataSource(config);
    // The provider does a part of it, which no program may take for success.
    payment =
        Reservation.named("payment", Payment.class)
            .provider("bank")
            .amount(p -> new Money(p.cents(), "EUR"))
            .hold((tx, p) -> p)
            .call((p, call) -> ProviderAnswer.done(new Money(1, "EUR"), "c-1"))
            .confirm((tx, p, charge) -> p)
            .release((tx, p) -> p)
            .build();
    worker = Concordat.on(pool).reservations(payment).start();
  }

  @AfterAll
  static void nothingIsLeft() {
    worker.close();
    pool.close();
    postgres.close();
  }

  private int run(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--jdbc-url");
    all.add(postgres.jdbcUrl());
    out.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(out))
        .execute(all.toArray(String[]::new));
  }

  private void broken(String id) {
    assertThat(worker.run(payment, id, new Payment(id, 4200), PATIENCE).broken()).isPresent();
  }

  private static ReservationResult.End end(String id) {
    return worker.find(payment, id).await(PATIENCE).end();
  }

  @Test
  void showTellsWhyItWaitsAndWhatMayBeSaid() {
    broken("shown");

    assertThat(run("show", "shown")).isZero();
    assertThat(out.toString())
        .contains("a reservation", "AMOUNT_DIFFERS", "4200 EUR", "1 EUR", "supply DONE");

    assertThat(run("show", "shown", "--json")).isZero();
    JsonNode document = JsonMapper.shared().readTree(out.toString());
    assertThat(document.required("phase").asString()).isEqualTo("UNKNOWN");
    assertThat(document.required("evidence").get(0).required("minor").asLong()).isEqualTo(1);
  }

  @Test
  void aPersonSuppliesTheEvidence() {
    broken("supplied");

    assertThat(
            run(
                "supply",
                "supplied",
                "--result",
                "{\"finding\":\"REVERSED\"}",
                "--yes",
                "--reason",
                "refunded",
                "--wait",
                "60s"))
        .as("%s", out)
        .isZero();
    assertThat(end("supplied")).isEqualTo(ReservationResult.End.RELEASED);
  }

  @Test
  void aPersonSetsItAside() {
    broken("skipped");

    assertThat(run("skip", "skipped", "--yes", "--reason", "by hand", "--wait", "60s"))
        .as("%s", out)
        .isZero();
    assertThat(end("skipped")).isEqualTo(ReservationResult.End.SET_ASIDE);
  }
}
