package dev.concordat.examples.tcc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.examples.db.Sql;
import dev.concordat.http.TccEndpoint;
import dev.concordat.tcc.TccParticipant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;

/**
 * Accounts behind HTTP: {@code POST /tcc/try}, {@code /confirm}, {@code /cancel}, and {@code GET
 * /balances}, which tells every account that has changed.
 */
public final class TccAccountServer implements AutoCloseable {

  private static final String TCC = "/tcc/";
  private static final String CHANGED =
      """
      SELECT coalesce(json_object_agg(id, json_build_object(
               'balance', balance, 'held', held, 'incoming', incoming) ORDER BY id), '{}')::text
        FROM account WHERE balance <> ? OR held <> 0 OR incoming <> 0
      """;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final DataSource database;
  private final TccEndpoint endpoint;

  private TccAccountServer(DataSource database, TccParticipant participant) throws IOException {
    this.database = database;
    this.endpoint = new TccEndpoint(participant);
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
  }

  /** Starts it on a free port of this machine. */
  public static TccAccountServer start(DataSource database, TccParticipant participant)
      throws IOException {
    TccAccountServer started = new TccAccountServer(database, participant);
    started.server.setExecutor(started.threads);
    started.server.createContext(TCC, started::tcc);
    started.server.createContext("/balances", started::balances);
    started.server.start();
    return started;
  }

  /** Where it answers try, confirm and cancel. */
  public URI base() {
    return URI.create("http://127.0.0.1:" + port() + "/tcc");
  }

  /** Where it tells its balances. */
  public URI balances() {
    return URI.create("http://127.0.0.1:" + port() + "/balances");
  }

  /** Its port. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void tcc(HttpExchange exchange) throws IOException {
    try (exchange) {
      String operation = exchange.getRequestURI().getPath().substring(TCC.length());
      byte[] body = exchange.getRequestBody().readNBytes(TccEndpoint.MAX_BODY + 1);
      var headers = exchange.getRequestHeaders();
      TccEndpoint.Reply reply = endpoint.answer(operation, headers::getFirst, body);
      send(exchange, reply);
    }
  }

  private void balances(HttpExchange exchange) throws IOException {
    try (exchange;
        Connection connection = database.getConnection()) {
      String json = Sql.rows(connection, CHANGED, TccAccounts.OPENING).getFirst();
      send(exchange, new TccEndpoint.Reply(200, Map.of(), json));
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private static void send(HttpExchange exchange, TccEndpoint.Reply reply) throws IOException {
    byte[] bytes = reply.json().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    reply.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(reply.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
