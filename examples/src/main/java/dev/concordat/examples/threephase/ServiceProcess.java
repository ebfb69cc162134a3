package dev.concordat.examples.threephase;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Pools;
import dev.concordat.http.ThreePhaseHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * The program that is one service, in a process of its own: it prints {@code ready} and its port,
 * obeys the commands it reads, and ends when there is nobody left to read from.
 */
public final class ServiceProcess {

  private static final int CONNECTIONS = 8;

  private ServiceProcess() {}

  /**
   * Runs a service.
   *
   * @param args the service's name, the address of its database, and its port, 0 for any
   */
  public static void main(String[] args) throws IOException {
    // Small answers go out at once instead of waiting for the caller's acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    Routes routes = new Routes();
    TransferWork work = new TransferWork();
    try (HikariDataSource database = Pools.open(args[1], CONNECTIONS);
        ThreePhaseCommit commit = Concordat.threePhaseCommit(new ThreePhaseHttp(routes));
        ThreePhaseParticipant participant = commit.participant(args[0], database, work)) {
      HttpServer server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2])),
              1024);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", exchange -> serve(participant, exchange));
      server.start();
      System.out.println("ready " + server.getAddress().getPort());
      obey(routes, work);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void serve(ThreePhaseParticipant participant, HttpExchange exchange)
      throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      int status = 200;
      String answer;
      try {
        answer = ThreePhaseHttp.answer(participant, body);
      } catch (RefusedException e) {
        status = 400;
        answer = String.valueOf(e.getMessage());
      } catch (Exception e) {
        status = 503;
        answer = String.valueOf(e.getMessage());
      }
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static void obey(Routes routes, TransferWork work) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.startsWith(Routes.ROUTES)) {
        routes.learn(line);
      } else {
        work.refuse(line.equals("refuse"));
      }
      System.out.println("ok");
    }
  }
}
