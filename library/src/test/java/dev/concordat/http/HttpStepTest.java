package dev.concordat.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.core.FailureKind;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.Call;
import dev.concordat.saga.StepFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a step over HTTP sends what a participant needs, and takes each answer for what it proves.
 * Method: the step calls a real HTTP server in this process, which answers as told (P4, P11).
 */
class HttpStepTest {

  record Order(String id, String hold) {}

  private static final Order ORDER = new Order("o-1", "");
  private static final Instant DEADLINE = Instant.parse("2026-03-04T05:06:07Z");

  private final Map<String, String> got = new ConcurrentHashMap<>();
  private final Map<String, String> answerHeaders = new ConcurrentHashMap<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer server;
  private volatile int status = 200;
  private volatile byte[] answer = new byte[0];
  private volatile boolean silent;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(task -> Thread.ofVirtual().start(task));
    server.createContext("/", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    got.put(":method", exchange.getRequestMethod());
    got.put(":path", exchange.getRequestURI().toString());
    exchange.getRequestHeaders().forEach((name, values) -> got.put(name, values.get(0)));
    byte[] body = exchange.getRequestBody().readAllBytes();
    got.put(":body", new String(body, StandardCharsets.UTF_8));
    if (silent) {
      awaitRelease();
    }
    answerHeaders.forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
    if (answer.length > 0) {
      exchange.getResponseBody().write(answer);
    }
    exchange.close();
  }

  private void awaitRelease() {
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private static Call call(boolean compensating, Duration timeLeft) {
    return new Call(
        "key-1",
        compensating ? "key-2" : "key-1",
        "order-1",
        "place-order",
        "reserve",
        3,
        compensating,
        true,
        DEADLINE,
        timeLeft,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  }

  private static Call call() {
    return call(false, Duration.ofSeconds(30));
  }

  private HttpStep<Order> reserve() {
    return new Http()
        .<Order>post((s, call) -> uri("/holds"))
        .body(s -> Map.of("order", s.id()))
        .answer((s, json) -> new Order(s.id(), json.path("hold").asString("")));
  }

  private void answers(int code, String text) {
    status = code;
    answer = text.getBytes(StandardCharsets.UTF_8);
  }

  private Throwable thrown() {
    return catchThrowable(() -> reserve().apply(ORDER, call()));
  }

  @Nested
  @DisplayName("P4: the request")
  class Request {

    @Test
    void carriesKeyAttemptDeadlineAndTrace() throws Exception {
      reserve().apply(ORDER, call());

      assertThat(got)
          .containsEntry("Idempotency-key", "key-1")
          .containsEntry("Concordat-key", "key-1")
          .containsEntry("Concordat-attempt", "3")
          .containsEntry("Concordat-deadline", "2026-03-04T05:06:07Z")
          .containsEntry("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
          .containsEntry("Content-type", "application/json")
          .containsEntry(":method", "POST")
          .containsEntry(":path", "/holds")
          .containsEntry(":body", "{\"order\":\"o-1\"}");
    }

    @Test
    void ofACompensationHasAnotherRequestKeyAndTheSameStepKey() throws Exception {
      reserve().asCompensation().apply(ORDER, call(true, Duration.ofSeconds(30)));

      assertThat(got)
          .containsEntry("Idempotency-key", "key-2")
          .containsEntry("Concordat-key", "key-1");
    }

    @Test
    void mayHaveHeadersOfItsOwnAndAnyMethod() throws Exception {
      Http http = new Http();

      http.<Order>put((s, call) -> uri("/p?x=1")).header("X-Api", "7").apply(ORDER, call());
      assertThat(got)
          .containsEntry(":method", "PUT")
          .containsEntry("X-api", "7")
          .containsEntry(":path", "/p?x=1");
      http.<Order>delete((s, call) -> uri("/d")).apply(ORDER, call());
      assertThat(got).containsEntry(":method", "DELETE").containsEntry(":body", "");
      http.<Order>get((s, call) -> uri("/g")).apply(ORDER, call());
      assertThat(got).containsEntry(":method", "GET");
      http.<Order>post(uri("/fixed").toString()).apply(ORDER, call());
      assertThat(got).containsEntry(":path", "/fixed");
    }
  }

  @Nested
  class Done {

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204})
    void isWhatTwoHundredsMean(int code) {
      answers(code, "");

      assertThatCode(() -> reserve().apply(ORDER, call())).doesNotThrowAnyException();
    }

    @Test
    void takesTheNewStateFromTheAnswer() throws Exception {
      answers(201, "{\"hold\":\"h-9\"}");

      assertThat(reserve().apply(ORDER, call())).isEqualTo(new Order("o-1", "h-9"));
    }

    @Test
    void withAnAnswerThatIsNoJsonIsAMistakeInTheProgram() {
      answers(200, "<html>");

      assertThat(thrown()).isInstanceOf(tools.jackson.core.JacksonException.class);
    }

    @Test
    void withAnAnswerAboveAMebibyteIsAMistakeInTheProgram() {
      answers(200, "x".repeat(1024 * 1024 + 1));

      assertThat(thrown()).hasMessageContaining("answered with more than 1048576 bytes");
    }
  }

  @Nested
  @DisplayName("P11: refused")
  class Refused {

    @ParameterizedTest
    @ValueSource(ints = {409, 422})
    void isWhatConflictAndUnprocessableMean(int code) {
      answers(code, "sold out");

      assertThat(thrown()).isInstanceOf(RefusedException.class).hasMessage("sold out");
    }

    @Test
    void withoutAReasonNamesTheAddressAndTheStatus() {
      answers(409, "");

      assertThat(thrown()).hasMessageMatching("POST http://127.0.0.1:\\d+/holds answered 409");
    }

    @Test
    void withALongReasonIsCutShort() {
      answers(422, "x".repeat(1000));

      assertThat(thrown().getMessage()).hasSize(201).endsWith("…");
    }
  }

  @Nested
  @DisplayName("P11: not refused, and not done")
  class Failed {

    @ParameterizedTest
    @CsvSource({
      "425, TRANSIENT",
      "429, TRANSIENT",
      "408, UNKNOWN",
      "500, UNKNOWN",
      "502, UNKNOWN",
      "503, UNKNOWN",
      "504, UNKNOWN",
      "400, UNEXPECTED",
      "401, UNEXPECTED",
      "403, UNEXPECTED",
      "404, UNEXPECTED",
      "410, UNEXPECTED",
      "302, UNEXPECTED"
    })
    void isWhatTheStatusSays(int code, FailureKind kind) {
      answers(code, "oops");

      assertThatExceptionOfType(StepFailure.class)
          .isThrownBy(() -> reserve().apply(ORDER, call()))
          .satisfies(failure -> assertThat(failure.kind()).isEqualTo(kind))
          .withMessageContaining("answered " + code + ": oops");
    }

    @Test
    void neverShowsTheQueryWhereSecretsMayBe() {
      answers(500, "");
      HttpStep<Order> step = new Http().post((s, call) -> uri("/x?token=secret"));

      assertThat(catchThrowable(() -> step.apply(ORDER, call())).getMessage())
          .doesNotContain("secret");
    }

    @Test
    void isAConnectionThatIsRefused() throws IOException {
      int port;
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      HttpStep<Order> step = new Http().post("http://127.0.0.1:" + port + "/x");

      assertThat(catchThrowable(() -> step.apply(ORDER, call())))
          .isInstanceOfSatisfying(
              StepFailure.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.TRANSIENT));
    }

    @Test
    void isNotAnAnswerInWordsThatNobodyReads() throws Exception {
      answers(200, "OK");
      HttpStep<Order> step = new Http().post((s, call) -> uri("/x"));

      assertThat(step.apply(ORDER, call())).isEqualTo(ORDER);
    }

    @Test
    void isAnAnswerThatDoesNotComeInTime() {
      silent = true;

      assertThat(catchThrowable(() -> reserve().apply(ORDER, call(false, Duration.ofMillis(50)))))
          .isInstanceOf(HttpTimeoutException.class);
    }

    @Test
    void isAConnectionThatBreaksBeforeTheAnswer() throws IOException {
      try (ServerSocket rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        Thread hangUp = Thread.ofVirtual().start(() -> hangUp(rude));
        HttpStep<Order> step = new Http().post("http://127.0.0.1:" + rude.getLocalPort() + "/x");

        assertThat(catchThrowable(() -> step.apply(ORDER, call()))).isInstanceOf(IOException.class);
        hangUp.interrupt();
      }
    }

    private static void hangUp(ServerSocket rude) {
      try {
        while (true) {
          try (var socket = rude.accept()) {
            socket.getInputStream().read();
          }
        }
      } catch (IOException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Nested
  class RetryAfterHeader {

    private Duration asked(String value) {
      answerHeaders.put("Retry-After", value);
      answers(503, "");
      return ((StepFailure) thrown()).retryAfter().orElse(null);
    }

    @Test
    void inSeconds() {
      assertThat(asked("17")).isEqualTo(Duration.ofSeconds(17));
      assertThat(asked(" 3 ")).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void asADateCountsFromTheAnswersOwnDate() {
      assertThat(dated("Wed, 04 Mar 2026 05:06:07 GMT", "Wed, 04 Mar 2026 05:07:07 GMT"))
          .isEqualTo(Duration.ofMinutes(1));
      assertThat(dated("Wed, 04 Mar 2026 05:06:07 GMT", "Wed, 04 Mar 2026 05:00:00 GMT"))
          .isEqualTo(Duration.ZERO);
      assertThat(dated("", "Wed, 04 Mar 2026 05:00:00 GMT")).isNull();
      assertThat(asked("Sat, 01 Jan 2000 00:00:00 GMT")).isEqualTo(Duration.ZERO);
    }

    private static Duration dated(String from, String until) {
      return RetryAfter.of(
          HttpHeaders.of(
              Map.of("Date", List.of(from), "Retry-After", List.of(until)), (name, v) -> true));
    }

    @Test
    void isNeverLongerThanAnHourNorNegative() {
      assertThat(asked("999999")).isEqualTo(Duration.ofHours(1));
      assertThat(asked("-5")).isEqualTo(Duration.ZERO);
    }

    @Test
    void thatMakesNoSenseIsIgnored() {
      assertThat(asked("soon")).isNull();
      assertThat(asked("99999999999999999999")).isNull();
    }
  }

  @Nested
  class AsCompensation {

    private Throwable undone(int code) {
      answers(code, "oops");
      return catchThrowable(
          () -> reserve().asCompensation().apply(ORDER, call(true, Duration.ofSeconds(30))));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 204, 404, 410})
    void isDoneAlsoWhereThereIsNothingToCounteract(int code) {
      answers(code, "");

      assertThatCode(
              () -> reserve().asCompensation().apply(ORDER, call(true, Duration.ofSeconds(30))))
          .doesNotThrowAnyException();
    }

    @Test
    void isRefusedOrTriedAgainAsTheStepItself() {
      assertThat(undone(409)).isInstanceOf(RefusedException.class);
      assertThat(((StepFailure) undone(503)).kind()).isEqualTo(FailureKind.UNKNOWN);
      assertThat(((StepFailure) undone(400)).kind()).isEqualTo(FailureKind.UNEXPECTED);
    }
  }
}
