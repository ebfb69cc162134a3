package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowEvent;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.TrackedFlow;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: services that know only events end a flow whole, whatever comes twice, late or not at all,
 * and the tracker says how it stands. Method: three services on a real PostgreSQL, joined by relays
 * to logs that deliver what the test lets through.
 */
class ChoreographyTest {

  private static final Flow FLOW =
      Flow.named("order", "OrderCreated")
          .expects("PaymentReserved", "PaymentRefused")
          .from("payments")
          .after("OrderCreated")
          .expects("StockReserved", "StockRefused")
          .from("inventory")
          .after("PaymentReserved")
          .expects("OrderConfirmed")
          .after("StockReserved")
          .expects("PaymentReleased")
          .after("StockRefused")
          .expects("OrderCancelled")
          .after("PaymentReleased")
          .completes("OrderConfirmed")
          .compensates("OrderCancelled");

  private final Fixture db = Fixture.open();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<StoredMessage> passed = new ConcurrentLinkedQueue<>();
  private final LogSink sink = new LogSink(this::times);
  private final LogSource.Log ordersLog =
      sink.log("orders", "payments", "inventory", "saga.timeout");
  private final LogSource.Log paymentsLog = sink.log("payments", "orders", "inventory");
  private final LogSource.Log inventoryLog = sink.log("inventory", "orders", "payments");
  private final LogSource.Log flowsLog = sink.log("tracker", "concordat.flows");

  @AfterEach
  void close() {
    db.close();
  }

  /** Everything comes twice, but what the test holds back. */
  private int times(StoredMessage message) {
    passed.add(message);
    return lost.contains(message.type()) ? 0 : 2;
  }

  private void note(Connection tx, String what, FlowEvent event) throws SQLException {
    Fixture.note(tx, what + " " + event.flow());
  }

  private Service orders() {
    return Service.named("orders")
        .begins("OrderCreated")
        .on("StockReserved")
        .pivot("confirm order")
        .publishes("OrderConfirmed")
        .handle((tx, event) -> {
          note(tx, "confirm", event);
          return List.of(Message.of("orders", "OrderConfirmed"));
        })
        .on("PaymentReleased")
        .compensates("create order")
        .publishes("OrderCancelled")
        .handle(this::cancel)
        .on(Flow.TIMEOUT)
        .compensates("create order")
        .publishes("OrderCancelled")
        .handle(this::cancel);
  }

  private List<Message> cancel(Connection tx, FlowEvent event) throws SQLException {
    note(tx, "cancel", event);
    return List.of(Message.of("orders", "OrderCancelled"));
  }

  private Service payments() {
    return Service.named("payments")
        .on("OrderCreated")
        .step("reserve funds")
        .publishes("PaymentReserved", "PaymentRefused")
        .handle((tx, event) -> {
          note(tx, "reserve", event);
          return List.of(Message.of("payments", "PaymentReserved"));
        })
        .on("StockRefused")
        .compensates("reserve funds")
        .publishes("PaymentReleased")
        .handle(this::release)
        .on("OrderCancelled")
        .compensates("reserve funds")
        .publishes("PaymentReleased")
        .handle(this::release);
  }

  private List<Message> release(Connection tx, FlowEvent event) throws SQLException {
    note(tx, event.stepDone() ? "release" : "nothing to release", event);
    return List.of(Message.of("payments", "PaymentReleased"));
  }

  private Service inventory() {
    return Service.named("inventory")
        .on("PaymentReserved")
        .step("reserve stock")
        .publishes("StockReserved")
        .refusesBy("StockRefused")
        .handle((tx, event) -> {
          boolean no = refused.contains("stock");
          note(tx, no ? "refuse" : "stock", event);
          return List.of(Message.of("inventory", no ? "StockRefused" : "StockReserved"));
        })
        .on("OrderCancelled")
        .compensates("reserve stock")
        .handle((tx, event) -> {
          note(tx, event.stepDone() ? "return" : "nothing to return", event);
          return List.of();
        });
  }

  private ConcordatBuilder concordat(Flow flow) {
    return db.concordat()
        .relay(Relay.named("r", sink))
        .service(orders(), new LogSource(ordersLog))
        .service(payments(), new LogSource(paymentsLog), c -> c.retry(RetryPolicy.never()))
        .service(inventory(), new LogSource(inventoryLog))
        .tracker(Tracker.of(new LogSource(flowsLog), flow));
  }

  @Test
  @DisplayName("P2: a flow that may outlast what is remembered of its steps is refused")
  void aFlowMayNotTakeLongerThanItsStepsAreRemembered() {
    Flow slow =
        Flow.named("order", "OrderCreated")
            .expects("PaymentReserved")
            .after("OrderCreated")
            .completes("PaymentReserved")
            .deadline(Duration.ofDays(8));

    assertThatThrownBy(() -> concordat(slow).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("rememberMessages");
    concordat(slow).rememberMessages(Duration.ofDays(20)).start().close();
  }

  private void begin(Concordat concordat, String id) throws SQLException {
    begin(concordat, "order", id);
  }

  private void begin(Concordat concordat, String flow, String id) throws SQLException {
    try (Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      Fixture.note(tx, "create " + id);
      concordat
          .choreography()
          .begin(tx, orders(), flow, id, "create order", Message.of("orders", "OrderCreated"));
      tx.commit();
    }
  }

  private static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static TrackedFlow awaitStatus(Concordat concordat, String id, Status status) {
    await(
        () -> concordat.choreography().find(id).filter(f -> f.status() == status).isPresent(),
        id + " " + status + ": " + concordat.choreography().find(id));
    return concordat.choreography().find(id).orElseThrow();
  }

  private List<String> ledger() {
    return db.strings("SELECT what FROM ledger ORDER BY at");
  }

  @Test
  @DisplayName("P8: every event comes twice, and everything happens once")
  void completes() throws SQLException {
    try (Concordat concordat = concordat(FLOW).start()) {
      begin(concordat, "o1");
      TrackedFlow flow = awaitStatus(concordat, "o1", Status.COMPLETED);

      assertThat(flow.done())
          .extracting(done -> done.edge().step())
          .containsExactly("create order", "reserve funds", "reserve stock", "confirm order");
      assertThat(flow.missing()).isEmpty();
      assertThat(flow.unexpected()).isEmpty();
      assertThat(flow.toMermaid()).contains("payments: reserve funds", "OrderConfirmed");
      assertThat(concordat.choreography().declared("order").orElseThrow())
          .contains("OrderConfirmed");
      await(() -> passed.stream().anyMatch(m -> m.type().equals(Flow.COMPLETED)), "told");
    }
    assertThat(ledger()).containsExactly("create o1", "reserve o1", "stock o1", "confirm o1");
    StoredMessage last =
        passed.stream().filter(m -> m.type().equals("OrderConfirmed")).findFirst().orElseThrow();
    assertThat(last.headers())
        .containsEntry("concordat-flow", "o1")
        .containsEntry("concordat-hop", "3")
        .containsKey("concordat-cause");
    assertThat(
            passed.stream()
                .filter(m -> m.topic().equals("orders"))
                .map(m -> m.headers().get("traceparent"))
                .distinct())
        .hasSize(1);
  }

  @Test
  @DisplayName("P2: what is refused is compensated, in the order of events")
  void isCompensated() throws SQLException {
    refused.add("stock");
    try (Concordat concordat = concordat(FLOW).start()) {
      begin(concordat, "o1");
      TrackedFlow flow = awaitStatus(concordat, "o1", Status.COMPENSATED);

      assertThat(flow.owed()).isEmpty();
    }
    assertThat(ledger())
        .containsExactly("create o1", "reserve o1", "refuse o1", "release o1", "cancel o1");
  }

  @Test
  @DisplayName("P2: a flow that stalls is turned back, and what comes late is not done any more")
  void timesOut() throws SQLException {
    lost.add("PaymentReserved");
    Flow flow = FLOW.deadline(Duration.ofMillis(700)).enforced();
    try (Concordat concordat = concordat(flow).start()) {
      begin(concordat, "o1");
      await(() -> concordat.choreography().find("o1").isPresent(), "seen");
      await(
          () ->
              concordat.choreography().find("o1").orElseThrow().missing().stream()
                  .anyMatch(missing -> missing.events().contains("StockReserved")),
          "missing");
      TrackedFlow back = awaitStatus(concordat, "o1", Status.COMPENSATED);
      assertThat(back.timedOutAt()).isNotNull();
      assertThat(back.timedOutFor()).containsExactly("StockReserved or StockRefused");
      await(() -> ledger().contains("nothing to return o1"), "empty compensation");
      assertThat(ledger())
          .containsExactlyInAnyOrder(
              "create o1", "reserve o1", "cancel o1", "release o1", "nothing to return o1");

      lost.clear();
      deliverLate("StockReserved");
      await(
          () ->
              concordat.choreography().find("o1").orElseThrow().done().stream()
                  .anyMatch(done -> done.edge().kind().name().equals("BARRED")),
          "barred");
    }
    assertThat(ledger()).doesNotContain("confirm o1");
  }

  @Test
  @DisplayName("P10: a tracker that does not know a flow keeps its deadline")
  void aTrackerThatDoesNotKnowAFlowKeepsItsDeadline() throws SQLException {
    lost.add("OrderCreated");
    String due = "SELECT count(*) FROM concordat.flow WHERE name = 'order' AND due IS NOT NULL";
    try (Concordat knows = concordat(FLOW.deadline(Duration.ofHours(1)).enforced()).start()) {
      begin(knows, "o1");
      db.await(due, "1");
    }
    db.sql("UPDATE concordat.flow SET due = now()");
    Flow other =
        Flow.named("another", "OrderCreated")
            .expects("Never")
            .after("OrderCreated")
            .completes("Never")
            .deadline(Duration.ofMillis(1));
    try (Concordat without = concordat(other).start()) {
      begin(without, "o2");
      begin(without, "another", "a1");
      db.await("SELECT count(*) FROM concordat.flow_entry WHERE entry LIKE '%\"overdue\"%'", "1");
      db.await("SELECT count(*) FROM concordat.flow WHERE id = 'o2'", "1");
    }
    assertThat(db.text(due))
        .as("the one that was due, and the one that was told to it")
        .isEqualTo("2");
  }

  /** As if the stock had been reserved, and nobody had heard of it until now. */
  private void deliverLate(String type) {
    ordersLog.add(
        new ReceivedMessage(
            "late",
            "inventory",
            "o1",
            type,
            Map.of("concordat-flow", "o1", "concordat-flow-name", "order"),
            Bytes.EMPTY));
  }

  @Test
  @DisplayName("P2: a compensation before its step keeps the step from being done")
  void compensationFirst() throws SQLException {
    lost.add("OrderCreated");
    Flow flow = FLOW.deadline(Duration.ofMillis(500)).enforced();
    try (Concordat concordat = concordat(flow).start()) {
      begin(concordat, "o1");
      awaitStatus(concordat, "o1", Status.COMPENSATED);
      await(() -> ledger().contains("nothing to release o1"), "empty compensation");
      await(() -> ledger().contains("nothing to return o1"), "empty compensation");
      StoredMessage created =
          passed.stream().filter(m -> m.type().equals("OrderCreated")).findFirst().orElseThrow();
      paymentsLog.add(
          new ReceivedMessage(
              created.id().toString(),
              "orders",
              "o1",
              "OrderCreated",
              created.headers(),
              created.payload()));
      await(
          () ->
              concordat.choreography().find("o1").orElseThrow().done().stream()
                  .anyMatch(done -> done.edge().kind().name().equals("BARRED")),
          "barred");
    }
    assertThat(ledger())
        .containsExactlyInAnyOrder(
            "create o1", "cancel o1", "nothing to release o1", "nothing to return o1");
  }

  @Test
  @DisplayName("P2: after the pivot a timeout is too late")
  void tooLate() throws SQLException {
    lost.add("concordat.flow.edge");
    Flow flow = FLOW.deadline(Duration.ofMillis(400)).enforced();
    try (Concordat concordat = concordat(flow).start()) {
      begin(concordat, "o1");
      await(() -> ledger().contains("confirm o1"), "confirmed");
      ordersLog.add(
          new ReceivedMessage(
              "t",
              "saga.timeout",
              "o1",
              Flow.TIMEOUT,
              Map.of("concordat-flow", "o1", "concordat-flow-name", "order"),
              Bytes.EMPTY));
      await(
          () -> passed.stream().anyMatch(m -> m.payload().text().contains("\"kind\":\"TOO_LATE\"")),
          "too late");
    }
    assertThat(ledger()).containsExactly("create o1", "reserve o1", "stock o1", "confirm o1");
  }

  private ReceivedMessage event(String id, String topic, String type) {
    return new ReceivedMessage(
        id,
        topic,
        "o1",
        type,
        Map.of("concordat-flow", "o1", "concordat-flow-name", "order"),
        Bytes.EMPTY);
  }

  @Test
  @DisplayName("P2: a refusal does not make forgotten what the step did before")
  void refusedAfterItWasDone() throws SQLException {
    lost.add("StockReserved");
    try (Concordat concordat = concordat(FLOW).start()) {
      begin(concordat, "o1");
      await(() -> ledger().contains("stock o1"), "stock");
      refused.add("stock");
      inventoryLog.add(event("again", "payments", "PaymentReserved"));
      await(() -> ledger().contains("refuse o1"), "refused");
      inventoryLog.add(event("cancel", "orders", "OrderCancelled"));
      await(() -> ledger().contains("return o1"), "returned");
    }
  }

  @Test
  void onlyLookedAtItIsToldAndGoesOn() throws SQLException {
    lost.add("PaymentReserved");
    try (Concordat concordat = concordat(FLOW.deadline(Duration.ofMillis(300))).start()) {
      begin(concordat, "o1");
      await(
          () ->
              db.text("SELECT count(*) FROM concordat.flow_entry WHERE entry LIKE '%overdue%'")
                  .equals("1"),
          "overdue");
      assertThat(concordat.choreography().find("o1").orElseThrow().status())
          .isEqualTo(Status.RUNNING);
      assertThat(concordat.choreography().list("order", "RUNNING", 5)).hasSize(1);
    }
    assertThat(ledger()).containsExactly("create o1", "reserve o1");
  }

  @Test
  void aFlowBeginsOnce() throws SQLException {
    try (Concordat concordat = concordat(FLOW).start()) {
      begin(concordat, "o1");
      assertThatThrownBy(() -> begin(concordat, "o1"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("was begun already");
      assertThatThrownBy(() -> begin(concordat, ""))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("1 to 200 characters");
    }
  }

  @Test
  void eventsInACircleAreParkedAndReported() throws SQLException {
    LogSource.Log ping = sink.log("ping", "ping");
    LogSource.Log pong = sink.log("pong", "pong");
    Service begin = Service.named("begin").begins("Ping");
    Service a =
        Service.named("a")
            .maxHops(5)
            .on("Ping")
            .step("a")
            .publishes("Pong")
            .handle((tx, event) -> List.of(Message.of("pong", "Pong")));
    Service b =
        Service.named("b")
            .maxHops(5)
            .on("Pong")
            .step("b")
            .publishes("Ping")
            .handle((tx, event) -> List.of(Message.of("ping", "Ping")));
    assertThatThrownBy(() ->
            db.concordat().service(a, new LogSource(ping)).service(b, new LogSource(pong)).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Ping → Pong → Ping");
    // In processes that do not know each other nobody can see it before it happens.
    try (Concordat one =
            db.concordat().relay(Relay.named("r", sink)).service(a, new LogSource(ping)).start();
        Concordat two = db.concordat().service(b, new LogSource(pong)).start();
        Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      one.choreography().begin(tx, begin, "loop", "l1", "begin", Message.of("ping", "Ping"));
      tx.commit();
      await(
          () ->
              !one.consuming().deadLetters("a", 5).isEmpty()
                  || !two.consuming().deadLetters("b", 5).isEmpty(),
          "parked");
      assertThat(
              two.consuming().deadLetters("b", 5).isEmpty()
                  ? one.consuming().deadLetters("a", 5)
                  : two.consuming().deadLetters("b", 5))
          .first()
          .satisfies(dead ->
              assertThat(dead.reason()).contains("do events cause each other in a circle?"));
    }
  }
}
