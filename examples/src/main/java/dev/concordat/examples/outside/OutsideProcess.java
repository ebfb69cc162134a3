package dev.concordat.examples.outside;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.db.Pools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;

/**
 * The program that is an outside system, in a process of its own: it prints {@code ready} and its
 * port, obeys the commands it reads, and ends when there is nobody left to read from.
 */
public final class OutsideProcess {

  private static final int CONNECTIONS = 12;
  private static final String FAULT = "fault ";
  private static final String CALL = "call ";
  private static final String FORGET = "forget keys";

  private OutsideProcess() {}

  /**
   * Runs one.
   *
   * @param args its name, the address of its database, and, of one that comes back, its port
   */
  public static void main(String[] args) throws IOException, SQLException {
    System.setProperty("sun.net.httpserver.nodelay", "true");
    OutsideSystem system = OutsideSystem.of(args[0]);
    int port = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    try (HikariDataSource database = Pools.open(args[1], CONNECTIONS)) {
      OutsideBooks books = new OutsideBooks(system, database);
      OutsideCalls calls = new OutsideCalls(books);
      calls.start();
      try (OutsideServer server = OutsideServer.start(system, books, port)) {
        System.out.println("ready " + server.port());
        obey(server, calls);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void obey(OutsideServer server, OutsideCalls calls) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.startsWith(FAULT)) {
        server.misbehave(Fault.valueOf(line.substring(FAULT.length())));
      } else if (line.startsWith(CALL)) {
        calls.call(line.substring(CALL.length()));
      } else if (line.equals(FORGET)) {
        server.forgetKeys();
      }
      System.out.println("ok");
    }
  }
}
