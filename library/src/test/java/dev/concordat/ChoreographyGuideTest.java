package dev.concordat;

import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowEvent;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.Tracker;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: the code of docs/choreography.md compiles and runs. Method: it stands here too, and is
 * compared; a real PostgreSQL.
 */
class ChoreographyGuideTest {

  private static List<Message> reserve(Connection tx, FlowEvent event) throws SQLException {
    Fixture.note(tx, "reserve " + event.flow());
    return List.of(Message.of("payments", "PaymentReserved"));
  }

  private static List<Message> release(Connection tx, FlowEvent event) throws SQLException {
    Fixture.note(tx, "release " + event.flow());
    return List.of(Message.of("payments", "PaymentReleased"));
  }

  @Test
  void theFlowOfTheGuideCompletes() throws Exception {
    LogSink sink = new LogSink(message -> 1);
    LogSource events = new LogSource(sink.log("payments", "orders"));
    LogSource reports = new LogSource(sink.log("tracker", "concordat.flows"));
    try (Fixture db = Fixture.open()) {
      DataSource dataSource = db.pool;

      Service payments =
          Service.named("payments")
              .on("OrderCreated")
              .step("reserve funds")
              .publishes("PaymentReserved")
              .refusesBy("PaymentRefused")
              .handle((tx, event) -> reserve(tx, event))
              .on("OrderCancelled")
              .compensates("reserve funds")
              .publishes("PaymentReleased")
              .handle((tx, event) -> release(tx, event));

      Flow flow =
          Flow.named("order", "OrderCreated")
              .expects("PaymentReserved", "PaymentRefused")
              .within(Duration.ofSeconds(30))
              .from("payments")
              .after("OrderCreated")
              .completes("PaymentReserved")
              .compensates("PaymentReleased")
              .deadline(Duration.ofMinutes(5))
              .enforced();

      Concordat concordat =
          Concordat.on(dataSource)
              .relay(Relay.named("broker", sink))
              .service(payments, events)
              .tracker(Tracker.of(reports, flow))
              .start();

      Service orders = Service.named("orders").begins("OrderCreated");
      try (Connection tx = dataSource.getConnection()) {
        tx.setAutoCommit(false);
        Message created = Message.of("orders", "OrderCreated");
        concordat.choreography().begin(tx, orders, "order", "order-1", "create order", created);
        tx.commit();
      }
      db.await("SELECT status FROM concordat.flow UNION ALL SELECT 'none'", "COMPLETED");
      concordat.close();
    }
    Page.assertRun("docs/choreography.md", "A service", ChoreographyGuideTest.class);
  }
}
