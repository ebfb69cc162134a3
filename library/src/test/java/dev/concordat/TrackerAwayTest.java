package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowEvent;
import dev.concordat.choreography.FlowListener;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.Status;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what was done in time is not turned back because the tracker hears of it late (P2). Method:
 * services on a real PostgreSQL that go on while the tracker, or its source, does not.
 */
class TrackerAwayTest {

  private static final Flow FLOW =
      Flow.named("order", "Ordered")
          .expects("Charged")
          .after("Ordered")
          .expects("Sent")
          .after("Charged")
          .completes("Sent")
          .compensates("Refunded")
          .deadline(Duration.ofHours(1))
          .enforced();

  private final Fixture db = Fixture.open();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final LogSink sink = new LogSink(message -> 1);
  private final LogSource.Log work = sink.log("work", "shop", "saga.timeout");
  private final LogSource.Log sending = sink.log("sending", "work");
  private final LogSource.Log flows = sink.log("tracker", "concordat.flows");
  private final Service shop = Service.named("shop").begins("Ordered");

  @AfterEach
  void close() {
    db.close();
  }

  private List<Message> charge(Connection tx, FlowEvent event) throws Exception {
    assertThat(goOn.await(Fixture.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Fixture.note(tx, "charge");
    return List.of(Message.of("work", "Charged"));
  }

  private ConcordatBuilder services() {
    Service charging =
        Service.named("work")
            .on("Ordered")
            .step("charge")
            .publishes("Charged")
            .handle(this::charge)
            .on(Flow.TIMEOUT)
            .compensates("charge")
            .publishes("Refunded")
            .handle((tx, event) -> {
              Fixture.note(tx, "refund");
              return List.of(Message.of("work", "Refunded"));
            });
    Service sends =
        Service.named("sending")
            .on("Charged")
            .step("send")
            .publishes("Sent")
            .handle((tx, event) -> {
              Fixture.note(tx, "send");
              return List.of(Message.of("sending", "Sent"));
            });
    return db.concordat()
        .relay(Relay.named("r", sink))
        .service(shop, new LogSource(work))
        .service(charging, new LogSource(work))
        .service(sends, new LogSource(sending));
  }

  /** Says whether the flow was committed as ended when it was told so. */
  private final class Asks implements FlowListener {
    private final AtomicReference<String> heard = new AtomicReference<>("");

    @Override
    public void ended(String flow, String id, Status status) {
      heard.updateAndGet(
          before -> before + status + " " + db.text("SELECT status FROM concordat.flow"));
    }
  }

  private ConcordatBuilder tracker(Flow flow) {
    return db.concordat().tracker(Tracker.of(new LogSource(flows), flow));
  }

  private void begin(Concordat concordat) throws SQLException {
    try (Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      concordat
          .choreography()
          .begin(tx, shop, "order", "o1", "order", Message.of("shop", "Ordered"));
      tx.commit();
    }
  }

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + Fixture.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Test
  @DisplayName("P2: a tracker that comes back hears what waits before it turns anything back")
  void whatWasDoneInTimeStands() throws SQLException {
    AtomicInteger down = new AtomicInteger();
    ConsumerListener listener =
        new ConsumerListener() {
          @Override
          public void unavailable(String consumer, String reason) {
            down.incrementAndGet();
          }
        };
    try (Concordat unused = services().start()) {
      try (Concordat tracker = tracker(FLOW).start()) {
        begin(tracker);
        db.await("SELECT count(*) FROM concordat.flow WHERE due IS NOT NULL", "1");
      }
      goOn.countDown();
      await(() -> flows.size() == 3, "all is reported");
      db.sql("UPDATE concordat.flow SET due = now()");
      flows.down = true;
      Flow late = FLOW.deadline(Duration.ofMillis(1));
      try (Concordat tracker = tracker(late).listener(listener).start()) {
        await(() -> down.get() >= 3, "its source is down");
        flows.down = false;
        db.await("SELECT status FROM concordat.flow", Status.COMPLETED.name());
        assertThat(tracker.choreography().find("o1").orElseThrow().timedOutAt()).isNull();
      }
    }
    assertThat(db.ledger()).isEqualTo("charge,send");
  }

  @Test
  @DisplayName("P2: whoever hears that a flow has ended finds it so, and hears it once")
  void isToldWhenItIsCommitted() throws SQLException {
    goOn.countDown();
    Asks asks = new Asks();
    try (Concordat unused = services().start();
        Concordat tracker = tracker(FLOW).listener(asks).start()) {
      begin(tracker);
      await(() -> !asks.heard.get().isEmpty(), "its end");
    }
    assertThat(asks.heard).hasValue("COMPLETED COMPLETED");
  }
}
