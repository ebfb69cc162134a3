package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.examples.business.Withdrawal;
import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Keeps accounts: money is deducted and the message that tells of it published in one commit. */
public final class AccountsPeer implements Peer {

  @Override
  public String name() {
    return "accounts";
  }

  @Override
  public String tables() {
    return """
    CREATE TABLE account (
      id      text   PRIMARY KEY,
      opening bigint NOT NULL,
      balance bigint NOT NULL
    );
    CREATE TABLE withdrawal (
      id      text        PRIMARY KEY,
      account text        NOT NULL,
      amount  bigint      NOT NULL,
      status  text        NOT NULL,
      at      timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    INSERT INTO account
    SELECT 'account-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n;
    INSERT INTO account VALUES ('empty', 0, 0);
    """;
  }

  @Override
  public Map<String, List<String>> ears() {
    return Map.of();
  }

  /** The relay sends everything twice, so that the other side has something to recognise. */
  @Override
  public Running start(Line line) {
    Concordat concordat = line.concordat(Twice::new).start();
    return new Running() {
      @Override
      public void begin(String id, long number, boolean unlucky) {
        String account = unlucky ? "empty" : "account-" + number % 97;
        Withdrawal wanted = new Withdrawal(id, account, 100 + number % 900, "", "");
        line.transact(tx -> deduct(tx, concordat, line, wanted));
        concordat.wake();
      }

      @Override
      public void close() {
        concordat.close();
      }
    };
  }

  private static void deduct(Connection tx, Concordat concordat, Line line, Withdrawal wanted)
      throws SQLException {
    if (Sql.number(tx, "SELECT 1 FROM withdrawal WHERE id = ?", wanted.id()).isPresent()) {
      return;
    }
    long amount = wanted.amount();
    String take = "UPDATE account SET balance = balance - ? WHERE id = ? AND balance >= ?";
    boolean taken =
        !line.refuses("deduct") && Sql.update(tx, take, amount, wanted.account(), amount) == 1;
    String insert = "INSERT INTO withdrawal (id, account, amount, status) VALUES (?, ?, ?, ?)";
    String status = taken ? "DEDUCTED" : "REFUSED";
    Sql.update(tx, insert, wanted.id(), wanted.account(), amount, status);
    if (taken) {
      concordat
          .outbox()
          .publish(
              tx,
              line.message("withdrawals", "MoneyDeducted", "deduct").key(wanted.id()).json(wanted));
    }
  }
}
