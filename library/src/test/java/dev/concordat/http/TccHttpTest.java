package dev.concordat.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccParticipant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what one side says the other understands, and every other answer counts for no more than it
 * proves (P11). Method: a real HTTP server in this process, with the endpoint behind it or with
 * answers as told.
 */
class TccHttpTest {

  private static final TccCall CALL =
      new TccCall(
          new TccBranchId(UUID.fromString("01998877-6655-7000-8000-000000000001"), "debit of ann"),
          TccOperation.TRY,
          "{\"amount\":30,\"to\":\"Zoë\"}",
          3,
          Instant.parse("2026-03-04T05:06:07Z"),
          Instant.parse("2026-03-04T05:05:00Z"),
          Duration.ofSeconds(20),
          "00-11111111111111111111111111111111-2222222222222222-00");

  private final List<TccCall> heard = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private TccParticipant participant = call -> new Done("null");
  private HttpServer server;
  private URI base;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(task -> Thread.ofVirtual().start(task));
    base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/tcc/");
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  private TccEndpoint endpoint() {
    return new TccEndpoint(call -> {
      heard.add(call);
      return participant.answer(call);
    });
  }

  private void throughTheEndpoint() {
    server.createContext(
        "/tcc/",
        exchange -> {
          String operation = exchange.getRequestURI().getPath().substring("/tcc/".length());
          byte[] body = exchange.getRequestBody().readAllBytes();
          TccEndpoint.Reply reply =
              endpoint().answer(operation, exchange.getRequestHeaders()::getFirst, body);
          reply.headers().forEach(exchange.getResponseHeaders()::set);
          send(exchange, reply.status(), reply.json());
        });
  }

  private void answering(int status, String body) {
    server.createContext("/tcc/", exchange -> send(exchange, status, body));
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private TccAnswer ask(TccCall call) throws Exception {
    return new TccHttp(base).answer(call);
  }

  @ParameterizedTest
  @EnumSource(TccOperation.class)
  void whatIsAskedArrivesAsItWasSaid(TccOperation operation) throws Exception {
    throughTheEndpoint();
    participant = call -> new Done("{\"hold\":\"ü\"}");
    TccCall call =
        new TccCall(
            CALL.branch(),
            operation,
            CALL.body(),
            CALL.attempt(),
            CALL.holdUntil(),
            CALL.deadline(),
            CALL.timeLeft(),
            CALL.traceparent());

    assertThat(ask(call)).isEqualTo(new Done("{\"hold\":\"ü\"}"));
    assertThat(heard).containsExactly(call);
  }

  @ParameterizedTest
  @EnumSource(Code.class)
  void everyRefusalArrives(Code code) throws Exception {
    throughTheEndpoint();
    participant = call -> new Refused(code, "because \"so\"");

    assertThat(ask(CALL)).isEqualTo(new Refused(code, "because \"so\""));
  }

  @Test
  void whatIsUnknownOrBreaksIsUnknownAndMayBeAskedAgain() throws Exception {
    throughTheEndpoint();
    participant = call -> new Unknown("lost");
    assertThat(ask(CALL)).isInstanceOf(Unknown.class);
    assertThat(((Unknown) ask(CALL)).detail()).contains("503", "not before 1 s", "lost");
    participant = call -> new Unknown("busy", Duration.ofMillis(6500));
    assertThat(((Unknown) ask(CALL)).notBefore()).isEqualTo(Duration.ofSeconds(7));
    participant =
        call -> {
          throw new IOException("broken");
        };
    assertThat(((Unknown) ask(CALL)).detail()).contains("503", "broken");
  }

  @ParameterizedTest
  @CsvSource({
    "200, '', DONE",
    "200, '[1]', DONE",
    "200, '<html>', UNKNOWN",
    "201, '1', UNKNOWN",
    "204, '', UNKNOWN",
    "302, '', UNKNOWN",
    "400, '{\"code\":\"REFUSED\"}', UNKNOWN",
    "404, '', UNKNOWN",
    "408, '', UNKNOWN",
    "409, '{\"code\":\"REFUSED\"}', REFUSED",
    "409, '{\"code\":\"ELSE\"}', UNKNOWN",
    "409, '{\"code\":7}', UNKNOWN",
    "409, 'Conflict', UNKNOWN",
    "409, '', UNKNOWN",
    "422, '{\"code\":\"REFUSED\"}', UNKNOWN",
    "425, '', UNKNOWN",
    "429, '', UNKNOWN",
    "500, '', UNKNOWN",
    "503, '', UNKNOWN"
  })
  void anAnswerCountsForWhatItProves(int status, String body, String means) throws Exception {
    answering(status, body);
    String got =
        switch (ask(CALL)) {
          case Done done -> "DONE";
          case Refused refused -> "REFUSED";
          case Unknown unknown -> "UNKNOWN";
        };
    assertThat(got).isEqualTo(means);
  }

  @Test
  void anAnswerThatIsTooLargeOrNeverComesIsNone() throws Exception {
    answering(200, "\"" + "x".repeat(200_000) + "\"");
    assertThat(ask(CALL)).isInstanceOf(Unknown.class);
    server.createContext(
        "/silent/",
        exchange -> {
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    TccCall brief =
        new TccCall(
            CALL.branch(),
            CALL.operation(),
            CALL.body(),
            1,
            CALL.holdUntil(),
            CALL.deadline(),
            Duration.ofMillis(50),
            CALL.traceparent());
    assertThatThrownBy(() -> new TccHttp(base.resolve("/silent")).answer(brief))
        .isInstanceOf(IOException.class);
  }

  private int status(Map<String, String> headers, String body) {
    return endpoint().answer("try", headers::get, body.getBytes(StandardCharsets.UTF_8)).status();
  }

  private static Map<String, String> headers() {
    Map<String, String> headers = new HashMap<>();
    headers.put("Concordat-Transaction", CALL.branch().transaction().toString());
    headers.put("Concordat-Branch", "debit");
    headers.put("Concordat-Hold-Until", "2026-03-04T05:06:07Z");
    return headers;
  }

  @Test
  void onlyWhatIsNeededMustBeThere() {
    assertThat(status(headers(), "{}")).isEqualTo(200);
    TccCall call = heard.getFirst();
    assertThat(call.attempt()).isEqualTo(1);
    assertThat(call.timeLeft()).isEqualTo(Duration.ofSeconds(30));
    assertThat(call.deadline()).isEqualTo(call.holdUntil());
    for (String needed : headers().keySet()) {
      Map<String, String> without = headers();
      without.remove(needed);
      assertThat(status(without, "{}")).as(needed).isEqualTo(400);
    }
    assertThat(heard).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "Concordat-Transaction, 7b0d7c4e-95d4-4d55-a0c6-3c9a2d4b8f11",
    "Concordat-Transaction, 1-1-7001-1-1",
    "Concordat-Transaction, x",
    "Concordat-Branch, UPPER",
    "Concordat-Branch, 'a/b'",
    "Concordat-Hold-Until, tomorrow",
    "Concordat-Deadline, 5",
    "Concordat-Time-Left, -1",
    "Concordat-Time-Left, soon",
    "Concordat-Attempt, first"
  })
  void whatIsMalformedIsRefusedBeforeAnythingIsDone(String name, String value) {
    Map<String, String> headers = headers();
    headers.put(name, value);

    assertThat(status(headers, "{}")).isEqualTo(400);
    assertThat(heard).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{} {}", "nul"})
  void aBodyThatIsNoJsonIsRefused(String body) {
    assertThat(status(headers(), body)).isEqualTo(400);
    assertThat(heard).isEmpty();
  }

  @Test
  void otherOperationsAndTooLargeBodiesAreRefused() {
    byte[] one = "1".getBytes(StandardCharsets.UTF_8);
    assertThat(endpoint().answer("TRY", headers()::get, one).status()).isEqualTo(404);
    assertThat(endpoint().answer("undo", headers()::get, one).status()).isEqualTo(404);
    String large = "\"" + "x".repeat(TccEndpoint.MAX_BODY - 2) + "\"";
    assertThat(status(headers(), large)).isEqualTo(200);
    assertThat(status(headers(), large + " ")).isEqualTo(413);
    assertThat(
            endpoint().answer("try", headers()::get, new byte[] {'"', (byte) 0xff, '"'}).status())
        .isEqualTo(400);
  }
}
