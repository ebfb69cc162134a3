package dev.concordat.bench;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Two commits, one after the other: fast, and not atomic. What everything else is compared with.
 */
final class PlainCommits implements Transfers {

  private final WatchedPool first;
  private final WatchedPool second;

  PlainCommits(Bank bank, int clients) {
    this.first = bank.pool(0, clients);
    this.second = bank.pool(1, clients);
  }

  @Override
  public String name() {
    return "raw";
  }

  @Override
  public void once(long no) throws SQLException {
    try (Connection from = first.getConnection();
        Connection to = second.getConnection()) {
      from.setAutoCommit(false);
      to.setAutoCommit(false);
      Bank.update(from, Bank.DEBIT, Bank.anyAccount());
      Bank.update(to, Bank.CREDIT, Bank.anyAccount());
      from.commit();
      to.commit();
    }
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
