package dev.concordat.examples.services;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.examples.db.Sql;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A running service. Each request is one transaction: it claims the request's {@code
 * Idempotency-Key}, does the work, stores the answer with the key and commits. The same key again
 * changes nothing and gets the stored answer, so a caller that lost an answer simply asks again.
 */
final class Service implements AutoCloseable {

  private static final String KEYS =
      """
      CREATE TABLE IF NOT EXISTS request (
        key    text PRIMARY KEY,
        status int,
        answer text
      );
      """;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final DataSource database;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private volatile boolean forgetful;

  private Service(DataSource database) throws IOException {
    this.database = database;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
  }

  static Service start(ServicePlan plan, DataSource database) throws IOException, SQLException {
    try (Connection connection = database.getConnection()) {
      Sql.script(connection, KEYS + plan.tables());
    }
    Service service = new Service(database);
    service.server.setExecutor(service.threads);
    plan.endpoints()
        .forEach((step, endpoint) ->
            service.server.createContext(
                ServicePlan.path(step), exchange -> service.serve(step, endpoint, exchange)));
    service.server.start();
    return service;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Refuses these steps from now on, and no others. */
  void refuse(List<String> steps) {
    refused.clear();
    refused.addAll(steps);
  }

  /** A defect for tests of the laws: idempotency keys are no longer looked at. */
  void forgetKeys() {
    forgetful = true;
  }

  private void serve(String step, Endpoint endpoint, HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = answer(step, endpoint, exchange);
      } catch (SQLException | RuntimeException e) {
        reply = new Reply(500, "the service failed, and its transaction was rolled back: " + e);
      }
      byte[] body = reply.json().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private Reply answer(String step, Endpoint endpoint, HttpExchange exchange)
      throws IOException, SQLException {
    JsonNode request = JSON.readTree(exchange.getRequestBody());
    if (refused.contains(step)) {
      return Reply.refused("'" + step + "' was told to refuse");
    }
    String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    if (key == null) {
      return new Reply(400, "send an Idempotency-Key, the same for every attempt");
    }
    return once(forgetful ? key + System.nanoTime() : key, request, endpoint);
  }

  private Reply once(String key, JsonNode request, Endpoint endpoint) throws SQLException {
    try (Connection tx = database.getConnection()) {
      tx.setAutoCommit(false);
      try {
        Reply reply = claimed(tx, key) ? work(tx, key, request, endpoint) : stored(tx, key);
        tx.commit();
        return reply;
      } catch (SQLException | RuntimeException e) {
        tx.rollback();
        throw e;
      } finally {
        tx.setAutoCommit(true);
      }
    }
  }

  /** Waits while another request with the same key is at work; false if that one has committed. */
  private static boolean claimed(Connection tx, String key) throws SQLException {
    return Sql.update(tx, "INSERT INTO request (key) VALUES (?) ON CONFLICT DO NOTHING", key) == 1;
  }

  private static Reply work(Connection tx, String key, JsonNode request, Endpoint endpoint)
      throws SQLException {
    Reply reply = endpoint.handle(tx, request);
    Sql.update(
        tx,
        "UPDATE request SET status = ?, answer = ? WHERE key = ?",
        reply.status(),
        reply.json(),
        key);
    return reply;
  }

  private static Reply stored(Connection tx, String key) throws SQLException {
    String sql = "SELECT status, answer FROM request WHERE key = ?";
    try (var statement = tx.prepareStatement(sql)) {
      statement.setString(1, key);
      try (var rows = statement.executeQuery()) {
        rows.next();
        @Nullable String answer = rows.getString(2);
        return new Reply(rows.getInt(1), answer == null ? "" : answer);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
