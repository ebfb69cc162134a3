package dev.concordat.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Two-phase commit as one would write it down: everything in sequence, the decision in a row. */
final class ByHand implements Transfers {

  private final WatchedPool first;
  private final WatchedPool second;

  ByHand(Bank bank, int clients) {
    this.first = bank.pool(0, clients);
    this.second = bank.pool(1, clients);
  }

  @Override
  public String name() {
    return "classic";
  }

  @Override
  public void once(long no) throws SQLException {
    String name = "'hand-" + no + "'";
    try (Connection from = first.getConnection();
        Connection to = second.getConnection()) {
      from.setAutoCommit(false);
      to.setAutoCommit(false);
      Bank.update(from, Bank.DEBIT, Bank.anyAccount());
      Bank.update(to, Bank.CREDIT, Bank.anyAccount());
      run(from, "PREPARE TRANSACTION " + name);
      run(to, "PREPARE TRANSACTION " + name);
      from.setAutoCommit(true);
      to.setAutoCommit(true);
      run(from, "INSERT INTO decision VALUES (" + no + ")");
      run(from, "COMMIT PREPARED " + name);
      run(to, "COMMIT PREPARED " + name);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
