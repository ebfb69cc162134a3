package dev.concordat.examples.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.NotNowException;
import dev.concordat.examples.db.Sql;
import dev.concordat.local.LocalPostgres;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderCall;
import dev.concordat.settlement.SettlementFile;
import dev.concordat.settlement.SettlementLine;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: the outside systems of the scenarios act once per key and misbehave as they are told, since
 * the scenarios prove nothing otherwise. Method: the real server over HTTP, and its database.
 */
class OutsideSystemTest {

  private static final Money TEN = new Money(1000, "EUR");
  private static final Duration LONG = Duration.ofSeconds(60);
  private static LocalPostgres postgres;
  private static int databases;

  private DataSource database = postgres.dataSource("postgres");
  private OutsideServer server;
  private OutsideClient client = new OutsideClient("http://127.0.0.1:1");

  @BeforeAll
  static void start() {
    postgres = LocalPostgres.start();
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  private void open(OutsideSystem system, Fault fault) throws SQLException, IOException {
    String name = "outside" + ++databases;
    postgres.createDatabase(name);
    database = postgres.dataSource(name);
    server = OutsideServer.start(system, new OutsideBooks(system, database), 0);
    server.misbehave(fault);
    client = new OutsideClient(address());
  }

  private String address() {
    return "http://127.0.0.1:" + server.port();
  }

  private static ProviderCall call(String key, Money amount, Duration patience) {
    return new ProviderCall(
        key, "k", "hash", "p", "i", amount, null, 1, Instant.MAX, patience, "00-0-0-00");
  }

  private static ProviderCall call() {
    return call("k", TEN, LONG);
  }

  private static Finding finding(ProviderAnswer answer) {
    return ((ProviderAnswer.Found) answer).finding();
  }

  private List<String> movements() throws SQLException {
    try (Connection connection = database.getConnection()) {
      return Sql.rows(connection, "SELECT amount FROM movement ORDER BY no");
    }
  }

  @Test
  void itActsOncePerKey() throws Exception {
    open(OutsideSystem.GATEWAY, Fault.NONE);
    assertThat(client.status(call())).isEqualTo(ProviderAnswer.notFound());

    assertThat(finding(client.act("a", call()))).isEqualTo(Finding.DONE);
    assertThat(client.act("a", call())).isEqualTo(client.status(call()));
    assertThat(client.act("a", call("k", new Money(1, "EUR"), LONG)))
        .isInstanceOf(ProviderAnswer.KeyMisused.class);
    assertThat(movements()).containsExactly("1000");
  }

  @Test
  void itRefusesWhoIsClosedForGood() throws Exception {
    open(OutsideSystem.GATEWAY, Fault.NONE);

    assertThat(finding(client.act(OutsideBooks.CLOSED, call()))).isEqualTo(Finding.REFUSED);
    assertThat(finding(client.status(call()))).isEqualTo(Finding.REFUSED);
    assertThat(movements()).isEmpty();
  }

  @Test
  void whatIsTakenBackBeforeItCameIsRefused() throws Exception {
    for (OutsideSystem system : OutsideSystem.values()) {
      open(system, Fault.NONE);

      assertThat(finding(client.takeBack(call()))).isEqualTo(Finding.REFUSED);
      assertThat(finding(client.act("a", call()))).isEqualTo(Finding.REFUSED);
      assertThat(movements()).isEmpty();
      server.close();
    }
  }

  @Test
  void aParcelIsTakenBackOnceAndCashIsNot() throws Exception {
    open(OutsideSystem.CARRIER, Fault.NONE);
    var parcel = client.act("a", call());
    assertThat(finding(client.takeBack(call()))).isEqualTo(Finding.REVERSED);
    assertThat(finding(client.takeBack(call()))).isEqualTo(Finding.REVERSED);
    assertThat(movements()).containsExactly("1000", "-1000");
    server.close();

    open(OutsideSystem.ATM, Fault.NONE);
    assertThat(client.act("a", call())).isEqualTo(client.takeBack(call()));
    assertThat(finding(parcel)).isEqualTo(Finding.DONE);
    assertThat(movements()).containsExactly("1000");
  }

  @Test
  void aChargeIsRefundedOnce() throws Exception {
    open(OutsideSystem.GATEWAY, Fault.NONE);
    var unused = client.act("a", call());

    assertThat(finding(client.refund(call("refund-1", TEN, LONG)))).isEqualTo(Finding.REVERSED);
    assertThat(finding(client.refund(call("refund-1", TEN, LONG)))).isEqualTo(Finding.REVERSED);
    assertThat(finding(client.refund(call("refund-2", TEN, LONG)))).isEqualTo(Finding.REVERSED);
    assertThat(movements()).containsExactly("1000", "-1000");
  }

  @Test
  void oneThatIsLateOrSilentHasActed() throws Exception {
    for (Fault fault : List.of(Fault.LATE, Fault.SILENT)) {
      open(OutsideSystem.ATM, fault);

      assertThatThrownBy(() -> client.act("a", call("k", TEN, OutsideClient.TIMEOUT)))
          .isInstanceOf(HttpTimeoutException.class);
      assertThat(finding(client.status(call()))).isEqualTo(Finding.DONE);
      server.close();
    }
  }

  @Test
  void oneThatLiesHasActedAndDoesNotKnow() throws Exception {
    open(OutsideSystem.GATEWAY, Fault.LIES);

    assertThatThrownBy(() -> client.act("a", call())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> client.act("a", call())).isInstanceOf(IOException.class);
    assertThat(client.status(call())).isEqualTo(ProviderAnswer.notFound());
    assertThat(movements()).containsExactly("1000");
  }

  @Test
  void itsSettlementFileSaysWhatHappened() throws Exception {
    open(OutsideSystem.GATEWAY, Fault.NONE);
    var unused = client.act("a", call());

    try (InputStream file = URI.create(address() + "/settlement").toURL().openStream()) {
      SettlementFile read = SettlementFile.read(file);

      assertThat(read.bad()).isEmpty();
      SettlementLine line = read.lines().getFirst();
      assertThat(line.key()).isEqualTo("k");
      assertThat(line.evidence().finding()).isEqualTo(Finding.DONE);
      assertThat(line.evidence().amount()).isEqualTo(TEN);
    }
  }

  @Test
  void whereNobodyListensNothingWasSent() {
    assertThatThrownBy(() -> client.act("a", call())).isInstanceOf(NotNowException.class);
  }
}
