package dev.concordat.examples.hold;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.http.TccEndpoint;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program that is a service which takes part in try, confirm and cancel, in a process of its
 * own: it prints {@code ready} and its port, obeys the commands it reads, and ends when there is
 * nobody left to read from.
 */
public final class HoldService {

  private static final int CONNECTIONS = 12;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final TccEndpoint endpoint;
  private volatile boolean refuses;

  private HoldService(TccFence fence) {
    TccHandler business = new Business();
    this.endpoint = new TccEndpoint(call -> fence.answer(call, business));
  }

  /**
   * Runs one.
   *
   * @param args its name, the address of its database, and, of one that comes back, its port
   */
  public static void main(String[] args) throws IOException, SQLException {
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try (HikariDataSource database = Pools.open(args[1], CONNECTIONS);
        TccFence fence = Concordat.tccFence(database);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      create(database);
      HoldService service = new HoldService(fence);
      int port = args.length > 2 ? Integer.parseInt(args[2]) : 0;
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
      server.setExecutor(threads);
      server.createContext("/", service::serve);
      server.start();
      System.out.println("ready " + server.getAddress().getPort());
      service.obey(args[0]);
      server.stop(0);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void create(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection()) {
      Sql.script(connection, Holds.TABLES);
    }
  }

  private void obey(String name) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      refuses = line.equals("refuse " + name);
      System.out.println("ok");
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(TccEndpoint.MAX_BODY + 1);
      String operation = exchange.getRequestURI().getPath().substring(1);
      TccEndpoint.Reply reply =
          endpoint.answer(operation, exchange.getRequestHeaders()::getFirst, body);
      byte[] answer = reply.json().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  /** What the service does; the fence sees to it that each is done once and in order. */
  private final class Business implements TccHandler {

    @Override
    public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
      Holding what = JSON.readValue(call.body(), Holding.class);
      if (refuses || what.target().equals(TARGET_CLOSED)) {
        throw new RefusedException("this service was told to refuse");
      }
      Holds.hold(tx, what);
      return TccHold.held();
    }

    @Override
    public @Nullable String confirm(Connection tx, TccCall call, String held) throws SQLException {
      Holds.confirm(tx, JSON.readValue(call.body(), Holding.class).id());
      return null;
    }

    @Override
    public @Nullable String cancel(Connection tx, TccCall call, String held) throws SQLException {
      Holds.release(tx, JSON.readValue(call.body(), Holding.class).id());
      return null;
    }
  }

  /** For a target of this name, every service refuses. */
  public static final String TARGET_CLOSED = "closed";
}
