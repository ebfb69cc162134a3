package dev.concordat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.core.RetryPolicy;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderCall;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An outside system: a real HTTP server with idempotency keys, whose answers go wrong on demand.
 */
final class Bank implements AutoCloseable {

  static final Money ASKED = new Money(4200, "EUR");

  /** What goes wrong with the next charge. */
  enum Trouble {
    NONE,
    /** Done, but the answer is an error. */
    DONE_BUT_500,
    /** Not done, and the answer is an error. */
    LOST_500,
    REFUSED,
    PENDING,
    PART,
    MISUSED
  }

  /** What the bank knows by key: done, refused, pending, voided, tombstone. */
  final Map<String, String> charges = new ConcurrentHashMap<>();

  final Map<String, Integer> refunds = new ConcurrentHashMap<>();
  final Deque<Trouble> troubles = new ConcurrentLinkedDeque<>();
  final AtomicInteger taken = new AtomicInteger();
  final AtomicInteger given = new AtomicInteger();
  final AtomicInteger questions = new AtomicInteger();
  final AtomicInteger asking = new AtomicInteger();
  final AtomicInteger mostAsking = new AtomicInteger();
  volatile boolean deaf;

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  Bank() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String[] path = exchange.getRequestURI().getPath().split("/", -1);
    String answer =
        switch (path[1]) {
          case "charge" -> charge(path[2]);
          case "status" -> status(path[2]);
          case "void" -> voided(path[2]);
          default -> refund(path[2]);
        };
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.startsWith("500") ? 500 : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private synchronized String charge(String key) {
    Trouble trouble = troubles.isEmpty() ? Trouble.NONE : troubles.pop();
    if (trouble == Trouble.LOST_500) {
      return "500 lost";
    }
    if (trouble == Trouble.MISUSED) {
      return "misused";
    }
    String known = charges.computeIfAbsent(key, k -> begin(trouble));
    return trouble == Trouble.DONE_BUT_500 ? "500 answer lost" : known;
  }

  private String begin(Trouble trouble) {
    return switch (trouble) {
      case REFUSED -> "refused";
      case PENDING -> "pending";
      case PART -> take("part");
      default -> take("done");
    };
  }

  String take(String how) {
    taken.incrementAndGet();
    return how;
  }

  private String status(String key) {
    questions.incrementAndGet();
    mostAsking.accumulateAndGet(asking.incrementAndGet(), Math::max);
    try {
      return deaf ? "500 deaf" : charges.getOrDefault(key, "not found");
    } finally {
      asking.decrementAndGet();
    }
  }

  private synchronized String voided(String key) {
    return charges.compute(
        key,
        (k, known) -> {
          if (known == null || known.equals("pending")) {
            return "refused";
          }
          if (known.equals("done")) {
            given.incrementAndGet();
            return "reversed";
          }
          return known;
        });
  }

  private synchronized String refund(String key) {
    if (refunds.merge(key, 1, Integer::sum) == 1) {
      given.incrementAndGet();
    }
    return "reversed";
  }

  ProviderAnswer ask(String what, ProviderCall call) throws Exception {
    URI uri =
        URI.create(
            "http://127.0.0.1:" + server.getAddress().getPort() + "/" + what + "/" + call.key());
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException("HTTP " + answer.statusCode());
    }
    return switch (answer.body()) {
      case "done" -> ProviderAnswer.done(ASKED, "c-" + call.chargeKey());
      case "part" -> ProviderAnswer.done(new Money(1000, "EUR"), "c-" + call.chargeKey());
      case "refused" -> ProviderAnswer.refused("the card is blocked");
      case "pending" -> ProviderAnswer.pending(null);
      case "reversed" -> ProviderAnswer.reversed("r-" + call.key());
      case "misused" -> new ProviderAnswer.KeyMisused("another amount");
      default -> ProviderAnswer.notFound();
    };
  }

  /** What a payment hands on. */
  record Payment(String account, long cents) {}

  static final Payment PAYMENT = new Payment("a", 4200);

  /** Tables of accounts and holds, with one account of 1,000.00. */
  static void tables(Fixture db) {
    db.sql("CREATE TABLE account (id text PRIMARY KEY, balance bigint NOT NULL)");
    db.sql("CREATE TABLE held (account text NOT NULL, cents bigint NOT NULL)");
    db.sql("INSERT INTO account VALUES ('a', 100000)");
  }

  /** A payment that holds, charges, and deducts; without whatever is optional. */
  ReservationBuilder<Payment> plainPayment() {
    RetryPolicy quick =
        RetryPolicy.exponential(Duration.ofMillis(5)).upTo(Duration.ofMillis(50)).attempts(3);
    return Reservation.named("payment", Payment.class)
        .provider("bank")
        .amount(payment -> new Money(payment.cents(), "EUR"))
        .hold((tx, payment) -> {
          Fixture.sql(tx, "INSERT INTO held VALUES (?, ?)", payment.account(), payment.cents());
          Fixture.note(tx, "hold");
          return payment;
        })
        .call((payment, call) -> ask("charge", call))
        .confirm((tx, payment, charge) -> {
          free(tx, payment);
          Fixture.sql(
              tx,
              "UPDATE account SET balance = balance - ? WHERE id = ?",
              payment.cents(),
              payment.account());
          Fixture.note(tx, "confirm");
          return payment;
        })
        .release((tx, payment) -> {
          free(tx, payment);
          Fixture.note(tx, "release");
          return payment;
        })
        .retry(quick)
        .ask(quick.unlimited())
        .localRetry(quick.attempts(5))
        .quiescence(Duration.ofMillis(50));
  }

  /** With a status query, voids, refunds and reversals. */
  ReservationBuilder<Payment> payment() {
    return plainPayment()
        .status((payment, call) -> ask("status", call))
        .cancelAtProvider((payment, call) -> ask("void", call))
        .refund((payment, call) -> ask("refund", call))
        .reverse((tx, payment, evidence) -> {
          Fixture.sql(
              tx,
              "UPDATE account SET balance = balance + ? WHERE id = ?",
              payment.cents(),
              payment.account());
          Fixture.note(tx, "reverse");
          return payment;
        });
  }

  private static void free(java.sql.Connection tx, Payment payment) throws java.sql.SQLException {
    Fixture.sql(
        tx,
        "DELETE FROM held WHERE ctid IN (SELECT ctid FROM held WHERE account = ? AND cents = ?"
            + " LIMIT 1)",
        payment.account(),
        payment.cents());
  }

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }
}
