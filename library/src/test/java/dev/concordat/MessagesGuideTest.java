package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RetryPolicy;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: the first code of docs/messages.md compiles and runs. Method: it stands here too, and
 * ReadmeTest compares; a real PostgreSQL.
 */
class MessagesGuideTest {

  record Order(String id, int cents) {}

  /** The orders and invoices of the example. */
  private static final class Table {
    private final String what;

    Table(String what) {
      this.what = what;
    }

    void insert(Connection tx, Object row) throws SQLException {
      Fixture.note(tx, what);
    }
  }

  @Test
  void theMessagesOfTheGuideArrive() throws Exception {
    LinkedBlockingQueue<dev.concordat.core.StoredMessage> arrived = new LinkedBlockingQueue<>();
    Sink sink =
        (messages, receipts) -> {
          arrived.addAll(messages);
          messages.forEach(receipts::delivered);
        };
    Table orders = new Table("order");
    Table invoices = new Table("invoice");
    Order order = new Order("order-4711", 1250);
    try (Fixture db = Fixture.open()) {
      DataSource dataSource = db.pool;

      Relay relay = Relay.named("orders", sink);
      Concordat concordat = Concordat.on(dataSource).relay(relay).start();

      // In the transaction that has something to tell:
      try (Connection tx = dataSource.getConnection()) {
        tx.setAutoCommit(false);
        orders.insert(tx, order);
        concordat
            .outbox()
            .publish(tx, Message.of("orders", "OrderPlaced").key(order.id()).json(order));
        tx.commit();
      }

      var message = arrived.poll(Fixture.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(message).isNotNull();
      String id = message.id().toString();
      var payload = message.payload();

      // And where it is handled, however often it comes:
      concordat.inbox().handle("billing", id, payload, tx -> invoices.insert(tx, order));

      assertThat(concordat.inbox().handle("billing", id, payload, tx -> invoices.insert(tx, 0)))
          .isFalse();
      assertThat(db.ledger()).isEqualTo("order,invoice");
      concordat.close();
    }
  }

  @Test
  void theConsumerOfTheGuideHandles() throws Exception {
    LogSource.Log log = new LogSource.Log(1);
    log.add("m1", "order-4711", "OrderPlaced", "{\"id\":\"order-4711\",\"cents\":1250}");
    LogSource source = new LogSource(log);
    Table invoices = new Table("invoice");
    try (Fixture db = Fixture.open()) {
      DataSource dataSource = db.pool;

      Consumer billing =
          Consumer.named("billing", source)
              .on("OrderPlaced", Order.class, (tx, order, message) -> invoices.insert(tx, order))
              .retry(RetryPolicy.exponential(Duration.ofMillis(200)).attempts(10))
              .concurrency(4);
      Concordat concordat = Concordat.on(dataSource).consumer(billing).start();

      db.await("SELECT string_agg(what, ',') FROM ledger", "invoice");
      concordat.close();
    }
    Page.assertRun("docs/messages.md", "Handling once", MessagesGuideTest.class);
  }
}
