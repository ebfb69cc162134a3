package dev.concordat.examples.outside;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.settlement.SettlementFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An outside system's address: {@code POST /act}, {@code GET /status}, {@code POST /void}, {@code
 * POST /refund} and {@code GET /settlement}.
 */
final class OutsideServer implements AutoCloseable {

  /** How long after its caller gave up one that is late answers, at least. */
  private static final Duration LATE = OutsideClient.TIMEOUT.plusSeconds(1);

  private static final Duration SILENT = Duration.ofSeconds(20);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String KEY = "Idempotency-Key";

  private final OutsideBooks books;
  private final OutsideSystem system;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile Fault fault = Fault.NONE;
  private volatile boolean forgetful;

  private OutsideServer(OutsideSystem system, OutsideBooks books, int port) throws IOException {
    this.system = system;
    this.books = books;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
  }

  /** Starts one at that port of this machine, or at a free one if it is 0. */
  static OutsideServer start(OutsideSystem system, OutsideBooks books, int port)
      throws IOException {
    OutsideServer outside = new OutsideServer(system, books, port);
    outside.server.setExecutor(outside.threads);
    outside.route("/act", outside::act);
    outside.route("/status", outside::status);
    outside.route("/void", outside::takeBack);
    outside.route("/refund", outside::refund);
    outside.route("/settlement", outside::settlement);
    outside.server.start();
    return outside;
  }

  private interface Route {
    Answer answer(HttpExchange exchange) throws IOException, SQLException;
  }

  private record Answer(int code, String body) {}

  private void route(String path, Route route) {
    server.createContext(path, exchange -> serve(route, exchange));
  }

  private static void serve(Route route, HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer;
      try {
        answer = route.answer(exchange);
      } catch (SQLException | RuntimeException e) {
        answer = new Answer(500, "{\"detail\":\"failed, and rolled back\"}");
      }
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.code(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Misbehaves so from now on. */
  void misbehave(Fault how) {
    fault = how;
  }

  /** A defect for tests of the laws: idempotency keys are no longer looked at. */
  void forgetKeys() {
    forgetful = true;
  }

  private Answer act(HttpExchange exchange) throws IOException, SQLException {
    String key = exchange.getRequestHeaders().getFirst(KEY);
    if (key == null) {
      return new Answer(400, "{\"detail\":\"send an " + KEY + "\"}");
    }
    String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    JsonNode json = JSON.readTree(request);
    Fault now = fault;
    OutsideBooks.Effect effect =
        books.act(
            forgetful ? key + "#" + System.nanoTime() : key,
            request,
            new OutsideBooks.Wish(
                key,
                json.required("target").asString(),
                json.required("amount").asLong(),
                json.required("currency").asString()),
            now);
    if (!effect.request().equals(request) && !effect.request().isEmpty()) {
      return new Answer(409, "{\"detail\":\"this key was used with another request\"}");
    }
    return afterwards(now, effect);
  }

  /** It has acted; this is what its caller hears of it. */
  private static Answer afterwards(Fault fault, OutsideBooks.Effect effect) {
    return switch (fault) {
      case NONE, TWICE, REFUSE -> told(effect);
      case LATE -> {
        pause(LATE);
        yield told(effect);
      }
      case SILENT -> silence();
      case LIES -> new Answer(500, "{\"detail\":\"internal error\"}");
    };
  }

  private static Answer silence() {
    pause(SILENT);
    return new Answer(504, "{\"detail\":\"nobody waits for this\"}");
  }

  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static Answer told(OutsideBooks.Effect effect) {
    int code = effect.status().equals("REFUSED") ? 422 : 200;
    return new Answer(code, JSON.writeValueAsString(fields(effect)));
  }

  static Map<String, Object> fields(OutsideBooks.Effect effect) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", effect.status());
    fields.put("amount", effect.amount());
    fields.put("currency", effect.currency());
    fields.put("reference", effect.reference());
    fields.put("at", effect.at().toString());
    return fields;
  }

  /** One that is silent and calls back does not answer questions either. */
  private Answer status(HttpExchange exchange) throws SQLException {
    if (fault == Fault.SILENT && system.callsBack()) {
      return silence();
    }
    return books
        .find(key(exchange))
        .filter(effect -> !effect.hidden())
        .map(effect -> new Answer(200, JSON.writeValueAsString(fields(effect))))
        .orElse(new Answer(404, "{\"detail\":\"no such key\"}"));
  }

  private Answer takeBack(HttpExchange exchange) throws SQLException {
    return told(books.takeBack(key(exchange)));
  }

  private Answer refund(HttpExchange exchange) throws SQLException {
    String key = exchange.getRequestHeaders().getFirst(KEY);
    if (key == null || !system.takesBack()) {
      return new Answer(422, "{\"detail\":\"nothing is refunded here, or not without a key\"}");
    }
    return told(books.refund(key, key(exchange)));
  }

  private Answer settlement(HttpExchange exchange) throws SQLException {
    return new Answer(
        200, SettlementFile.HEADING + "\n" + String.join("\n", books.settlement()) + "\n");
  }

  private static String key(HttpExchange exchange) {
    String query = String.valueOf(exchange.getRequestURI().getRawQuery());
    return URLDecoder.decode(query.substring("key=".length()), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
