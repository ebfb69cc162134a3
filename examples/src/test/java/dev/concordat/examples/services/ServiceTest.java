package dev.concordat.examples.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.local.LocalPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service does each thing once per key, and nothing that was undone before it came (P4).
 * Method: real requests, repeated, reordered and at the same time.
 */
class ServiceTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String ORDER =
      """
      {"id": "%s", "customer": "customer-1", "item": "book-1", "quantity": 1, "amount": 500}
      """;

  private static LocalPostgres postgres;
  private static HikariDataSource database;
  private static Service payments;

  @BeforeAll
  static void start() throws Exception {
    postgres = LocalPostgres.start();
    database = Pools.open(postgres.createDatabase("payments"), 10);
    payments = Service.start(Payments.plan(), database);
  }

  @AfterAll
  static void stop() {
    payments.close();
    database.close();
    postgres.close();
  }

  @Test
  void theSameKeyChangesNothingAndGetsTheSameAnswer() throws Exception {
    long before = balance();

    HttpResponse<String> first = post("reserve funds", "once", "key-1");
    HttpResponse<String> second = post("reserve funds", "once", "key-1");

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(balance()).isEqualTo(before - 500);
  }

  @Test
  void theSameKeyAtTheSameTimeHasOneEffect() throws Exception {
    post("reserve funds", "crowd", "key-crowd-hold");
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      answers.add(
          CLIENT.sendAsync(
              request("capture payment", "crowd", "key-crowd"),
              HttpResponse.BodyHandlers.ofString()));
    }

    assertThat(answers).allSatisfy(a -> assertThat(a.get().statusCode()).isEqualTo(200));
    assertThat(rows("SELECT amount FROM charge WHERE order_id = 'crowd'")).containsExactly("500");
  }

  @Test
  void aStepThatComesAfterItsCompensationIsRefused() throws Exception {
    long before = balance();

    assertThat(post("release funds", "late", "key-late-undo").statusCode()).isEqualTo(200);
    assertThat(post("reserve funds", "late", "key-late").statusCode()).isEqualTo(422);
    assertThat(post("capture payment", "late", "key-late-capture").statusCode()).isEqualTo(422);
    assertThat(balance()).isEqualTo(before);
  }

  @Test
  void compensatingTwiceGivesTheMoneyBackOnce() throws Exception {
    long before = balance();
    post("reserve funds", "back", "key-back");

    post("release funds", "back", "key-back-undo");
    post("release funds", "back", "another-key");

    assertThat(balance()).isEqualTo(before);
  }

  @Test
  void whatWasPaidForIsNotReleasedAnyMore() throws Exception {
    long before = balance();
    post("reserve funds", "paid", "key-paid");
    post("capture payment", "paid", "key-paid-capture");

    post("release funds", "paid", "key-paid-undo");

    assertThat(balance()).isEqualTo(before - 500);
  }

  @Test
  void aRequestWithoutKeyIsTurnedDown() throws Exception {
    HttpRequest bare =
        HttpRequest.newBuilder(address("reserve funds"))
            .POST(HttpRequest.BodyPublishers.ofString(ORDER.formatted("bare")))
            .build();

    HttpResponse<String> answer = CLIENT.send(bare, HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Idempotency-Key");
    assertThat(rows("SELECT 1 FROM hold WHERE order_id = 'bare'")).isEmpty();
  }

  private static long balance() throws Exception {
    return Long.parseLong(
        rows("SELECT balance FROM account WHERE customer = 'customer-1'").getFirst());
  }

  private static List<String> rows(String sql) throws Exception {
    try (Connection connection = database.getConnection()) {
      return Sql.rows(connection, sql);
    }
  }

  private static HttpResponse<String> post(String step, String order, String key) throws Exception {
    return CLIENT.send(request(step, order, key), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest request(String step, String order, String key) {
    return HttpRequest.newBuilder(address(step))
        .header("Idempotency-Key", key)
        .POST(HttpRequest.BodyPublishers.ofString(ORDER.formatted(order)))
        .build();
  }

  private static URI address(String step) {
    return URI.create("http://127.0.0.1:" + payments.port() + ServicePlan.path(step));
  }
}
