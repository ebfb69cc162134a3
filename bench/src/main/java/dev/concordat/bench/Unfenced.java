package dev.concordat.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Hold, hold, confirm, confirm: four commits in a row, which nothing coordinates or guards. */
final class Unfenced implements Transfers {

  private final List<WatchedPool> pools;

  Unfenced(Bank bank, int clients) {
    this.pools = List.of(bank.pool(0, clients), bank.pool(1, clients));
  }

  @Override
  public String name() {
    return "unfenced";
  }

  @Override
  public void once(long no) throws SQLException {
    int from = Bank.anyAccount();
    int to = Bank.anyAccount();
    update(0, Holding.DEBIT.hold(), from);
    update(1, Holding.CREDIT.hold(), to);
    update(0, Holding.DEBIT.end(), from);
    update(1, Holding.CREDIT.end(), to);
  }

  private void update(int which, String sql, int account) throws SQLException {
    try (Connection connection = pools.get(which).getConnection()) {
      connection.setAutoCommit(false);
      Bank.update(connection, sql, account);
      connection.commit();
    }
  }

  @Override
  public void close() {
    pools.forEach(WatchedPool::close);
  }
}
