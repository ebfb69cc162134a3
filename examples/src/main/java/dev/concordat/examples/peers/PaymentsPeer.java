package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.examples.business.Withdrawal;
import dev.concordat.examples.db.Sql;
import dev.concordat.messaging.Consumer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Records payments: one for each message, however often it comes. */
public final class PaymentsPeer implements Peer {

  private static final String STEP = "record payment";

  @Override
  public String name() {
    return "payments";
  }

  /** A payment has no key of the message's, so that a second effect would be seen. */
  @Override
  public String tables() {
    return """
    CREATE TABLE payment (
      no         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      withdrawal text        NOT NULL,
      amount     bigint      NOT NULL,
      at         timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    """
        + Recognised.TABLE;
  }

  @Override
  public Map<String, List<String>> ears() {
    return Map.of("payments", List.of("withdrawals"));
  }

  @Override
  public Running start(Line line) {
    Consumer payments =
        Consumer.named("payments", line.source("payments"))
            .on("MoneyDeducted", Withdrawal.class, (tx, told, message) -> pay(tx, line, told));
    Concordat concordat =
        line.concordat()
            .consumer(payments)
            .listener(line.committed(STEP))
            .listener(new Recognised(line))
            .start();
    return concordat::close;
  }

  private static void pay(Connection tx, Line line, Withdrawal told) throws SQLException {
    line.requireAccepted(STEP);
    String pay = "INSERT INTO payment (withdrawal, amount) VALUES (?, ?)";
    Sql.update(tx, pay, told.id(), told.amount());
  }
}
