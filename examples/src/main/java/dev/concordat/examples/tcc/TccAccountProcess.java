package dev.concordat.examples.tcc;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.examples.db.Pools;
import dev.concordat.tcc.TccFence;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The program that keeps accounts, in a process of its own: it prints {@code ready} and its port,
 * and ends when there is nobody left to read from.
 */
public final class TccAccountProcess {

  private static final int CONNECTIONS = 10;

  private TccAccountProcess() {}

  /**
   * Runs the service.
   *
   * @param args the address of its database
   */
  public static void main(String[] args) throws IOException, SQLException {
    // Small answers go out at once instead of waiting for the caller's acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try (HikariDataSource database = Pools.open(args[0], CONNECTIONS)) {
      try (Connection connection = database.getConnection()) {
        TccAccounts.create(connection);
      }
      TccAccounts accounts = new TccAccounts();
      try (TccFence fence = Concordat.tccFence(database);
          TccAccountServer server =
              TccAccountServer.start(database, call -> fence.answer(call, accounts))) {
        System.out.println("ready " + server.port());
        while (System.in.read() >= 0) {
          // ends with whoever holds the other end of the pipe
        }
      }
    }
  }
}
