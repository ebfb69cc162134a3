package dev.concordat.examples.tcc;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Pools;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccCall;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The same accounts without a fence: it does what it is asked for, whenever it is asked. */
public final class NaiveAccountProcess {

  private static final int CONNECTIONS = 10;

  private NaiveAccountProcess() {}

  /**
   * Runs the service.
   *
   * @param args the address of its database
   */
  public static void main(String[] args) throws IOException, SQLException {
    try (HikariDataSource database = Pools.open(args[0], CONNECTIONS)) {
      try (Connection connection = database.getConnection()) {
        TccAccounts.create(connection);
      }
      TccAccounts accounts = new TccAccounts();
      try (TccAccountServer server =
          TccAccountServer.start(database, call -> answer(database, accounts, call))) {
        System.out.println("ready " + server.port());
        while (System.in.read() >= 0) {
          // ends with whoever holds the other end of the pipe
        }
      }
    }
  }

  private static TccAnswer answer(DataSource database, TccAccounts accounts, TccCall call)
      throws SQLException {
    try (Connection tx = database.getConnection()) {
      tx.setAutoCommit(false);
      try {
        switch (call.operation()) {
          case TRY -> accounts.tryHold(tx, call);
          case CONFIRM -> accounts.confirm(tx, call, "null");
          case CANCEL -> accounts.cancel(tx, call, "null");
        }
        tx.commit();
        return new TccAnswer.Done("{\"at\":" + System.nanoTime() + "}");
      } catch (RefusedException e) {
        tx.rollback();
        return new TccAnswer.Refused(TccAnswer.Code.REFUSED, String.valueOf(e.getMessage()));
      } finally {
        tx.rollback();
        tx.setAutoCommit(true);
      }
    }
  }
}
