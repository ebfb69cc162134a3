package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Reply;
import dev.concordat.core.Status;
import dev.concordat.messaging.Participant;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Source;
import dev.concordat.saga.Command;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: the steps over messages of docs/saga.md compile and run, between two databases. Method:
 * they stand here too, and ReadmeTest compares; a real PostgreSQL, and topics in memory.
 */
class CommandGuideTest {

  record Order(String id, int cents, String hold) {
    Order withHold(String newHold) {
      return new Order(id, cents, newHold);
    }
  }

  /** The accounts of the example, in the database of the payments. */
  private static final class Accounts {
    String hold(Connection tx, String key, int cents) throws SQLException {
      Fixture.note(tx, "held " + cents);
      return "hold-1";
    }

    void release(Connection tx, String key) throws SQLException {
      Fixture.note(tx, "released");
    }
  }

  @Test
  void theStepsOverMessagesOfTheGuideRun() {
    Loop sink = new Loop();
    Source replies = sink.source("orders.replies");
    Accounts accounts = new Accounts();
    try (Fixture ofOrders = Fixture.open();
        Fixture ofPayments = Fixture.open()) {
      DataSource ordersDatabase = ofOrders.pool;

      Saga<Order> placeOrder =
          Saga.named("place-order", Order.class)
              .command(
                  "reserve funds",
                  (order, call) ->
                      Command.to("payments", "ReserveFunds").key(order.id()).json(order.cents()))
              .onReply((order, reply) -> order.withHold(reply.json(String.class)))
              .compensateBy((order, call) -> Command.to("payments", "ReleaseFunds").key(order.id()))
              .timeout(Duration.ofMinutes(5))
              .build();

      Concordat orders =
          Concordat.on(ordersDatabase)
              .sagas(placeOrder)
              .relay(Relay.named("orders", sink))
              .repliesTo("orders.replies", replies)
              .start();

      Participant payments =
          Participant.named("payments")
              .on(
                  "ReserveFunds",
                  (tx, command) ->
                      Reply.of("FundsReserved")
                          .json(accounts.hold(tx, command.key(), command.json(Integer.class))))
              .on(
                  "ReleaseFunds",
                  (tx, command) -> {
                    accounts.release(tx, command.key());
                    return Reply.of("FundsReleased");
                  });

      Concordat other =
          Concordat.on(ofPayments.pool)
              .relay(Relay.named("payments", sink))
              .participant(payments, sink.source("payments"))
              .start();
      var result =
          orders.start(placeOrder, "o1", new Order("o1", 1250, "")).await(Fixture.PATIENCE);

      assertThat(result.status()).isEqualTo(Status.COMPLETED);
      assertThat(result.state().hold()).isEqualTo("hold-1");
      assertThat(ofPayments.ledger()).isEqualTo("held 1250");
      other.close();
      orders.close();
    }
  }
}
