package dev.concordat.examples.peers;

import dev.concordat.choreography.Choreography;
import dev.concordat.choreography.EventHandler;
import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowEvent;
import dev.concordat.choreography.Service;
import dev.concordat.examples.business.Order;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.services.Desk;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The services of an order that no one leads. Payments has the pivot, so payments alone hears that
 * a flow timed out, and decides: either the money was captured and the order will be confirmed, or
 * it is released and everybody goes back.
 */
public final class OrderPeers {

  /** The flow's name. */
  public static final String FLOW = "place-order";

  private static final String ORDERS = "orders";
  private static final String PAYMENTS = "payments";
  private static final String INVENTORY = "inventory";
  private static final String SAGA = "saga";

  private static final Desk ORDERS_DESK = Desk.of(ORDERS);
  private static final Desk PAYMENTS_DESK = Desk.of(PAYMENTS);
  private static final Desk INVENTORY_DESK = Desk.of(INVENTORY);

  private OrderPeers() {}

  /** All of them, and the tracker. */
  public static List<Peer> all() {
    return List.of(
        new FlowPeer(
            ORDERS, ORDERS_DESK.tables(), List.of(PAYMENTS), OrderPeers::orders, OrderPeers::begin),
        new FlowPeer(
            PAYMENTS,
            PAYMENTS_DESK.tables(),
            List.of(ORDERS, INVENTORY, SAGA),
            OrderPeers::payments),
        new FlowPeer(INVENTORY, INVENTORY_DESK.tables(), List.of(PAYMENTS), OrderPeers::inventory),
        new TrackerPeer(OrderPeers::flow, List.of()));
  }

  /** What is expected. */
  public static Flow flow(Line line) {
    return Flow.named(FLOW, "OrderCreated")
        .expects("PaymentReserved", "PaymentRefused")
        .from(PAYMENTS)
        .after("OrderCreated")
        .expects("StockReserved", "StockRefused")
        .from(INVENTORY)
        .after("PaymentReserved")
        .expects("PaymentCaptured", "CaptureRefused")
        .from(PAYMENTS)
        .after("StockReserved")
        .expects("OrderConfirmed")
        .from(ORDERS)
        .after("PaymentCaptured")
        .expects("StockReleased")
        .from(INVENTORY)
        .after("CaptureRefused")
        .expects("PaymentReleased")
        .from(PAYMENTS)
        .after("StockRefused")
        .expects("OrderCancelled")
        .from(ORDERS)
        .after("PaymentReleased", "PaymentRefused")
        .completes("OrderConfirmed")
        .compensates("OrderCancelled")
        .deadline(line.timeout())
        .enforced()
        .topics(line.topic(SAGA), line.topic(SAGA));
  }

  /** Keeps orders. */
  public static Service orders(Line line) {
    return Service.named(ORDERS)
        .begins("OrderCreated", "OrderCancelled")
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on("PaymentCaptured")
        .step("confirm order")
        .publishes("OrderConfirmed")
        .handle((tx, event) -> {
          line.requireAccepted("confirm order");
          Order order = event.json(Order.class);
          require(ORDERS_DESK.ask(tx, "confirm order", order));
          return List.of(line.message(ORDERS, "OrderConfirmed", "confirm order").json(order));
        })
        .on("PaymentRefused")
        .compensates("create order")
        .publishes("OrderCancelled")
        .handle(cancels(line))
        .on("PaymentReleased")
        .compensates("create order")
        .publishes("OrderCancelled")
        .handle(cancels(line));
  }

  private static EventHandler cancels(Line line) {
    return undo(line, ORDERS, ORDERS_DESK, "create order", "cancel order", "OrderCancelled");
  }

  private static void begin(
      Connection tx,
      Choreography flows,
      Service orders,
      Line line,
      String id,
      long number,
      boolean unlucky)
      throws SQLException {
    if (Sql.number(tx, "SELECT 1 FROM orders WHERE id = ?", id).isPresent()) {
      return;
    }
    Order order = Order.numbered(id, number, unlucky);
    boolean refused = line.refuses("create order");
    require(ORDERS_DESK.ask(tx, refused ? "cancel order" : "create order", order));
    String step = refused ? "refuse order" : "create order";
    String event = refused ? "OrderCancelled" : "OrderCreated";
    flows.begin(tx, orders, FLOW, id, step, line.message(ORDERS, event, step).json(order));
  }

  /** Keeps money, and decides whether a flow goes on or back. */
  public static Service payments(Line line) {
    EventHandler release =
        undo(line, PAYMENTS, PAYMENTS_DESK, "reserve funds", "release funds", "PaymentReleased");
    return Service.named(PAYMENTS)
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on("OrderCreated")
        .step("reserve funds")
        .publishes("PaymentReserved")
        .refusesBy("PaymentRefused")
        .handle(
            step(
                line,
                PAYMENTS,
                PAYMENTS_DESK,
                "reserve funds",
                "PaymentReserved",
                "PaymentRefused"))
        .on("StockReserved")
        .pivot("capture payment")
        .publishes("PaymentCaptured")
        .refusesBy("CaptureRefused")
        .handle(
            step(
                line,
                PAYMENTS,
                PAYMENTS_DESK,
                "capture payment",
                "PaymentCaptured",
                "CaptureRefused"))
        .on("StockRefused")
        .compensates("reserve funds")
        .publishes("PaymentReleased")
        .handle(release)
        .on("StockReleased")
        .compensates("reserve funds")
        .publishes("PaymentReleased")
        .handle(release)
        .on(Flow.TIMEOUT)
        .compensates("reserve funds")
        .publishes("PaymentReleased")
        .handle(release);
  }

  /** Keeps stock. */
  public static Service inventory(Line line) {
    EventHandler release =
        undo(line, INVENTORY, INVENTORY_DESK, "reserve stock", "release stock", "StockReleased");
    return Service.named(INVENTORY)
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on("PaymentReserved")
        .step("reserve stock")
        .publishes("StockReserved")
        .refusesBy("StockRefused")
        .handle(
            step(line, INVENTORY, INVENTORY_DESK, "reserve stock", "StockReserved", "StockRefused"))
        .on("CaptureRefused")
        .compensates("reserve stock")
        .publishes("StockReleased")
        .handle(release)
        .on("PaymentReleased")
        .compensates("reserve stock")
        .publishes("StockReleased")
        .handle(release);
  }

  private static EventHandler step(
      Line line, String topic, Desk desk, String step, String done, String refused) {
    return (tx, event) -> {
      Order order = event.json(Order.class);
      boolean isDone = !line.refuses(step) && desk.ask(tx, step, order).isEmpty();
      return List.of(line.message(topic, isDone ? done : refused, step).json(order));
    };
  }

  private static EventHandler undo(
      Line line, String topic, Desk desk, String step, String compensation, String done) {
    return (tx, event) -> {
      Order order = order(event);
      require(desk.ask(tx, compensation, order));
      return List.of(line.message(topic, done, Line.compensation(step)).json(order));
    };
  }

  /** The timeout knows only whose it is; that is enough to give back what was taken. */
  private static Order order(FlowEvent event) {
    return event.message().type().equals(Flow.TIMEOUT)
        ? new Order(event.flow(), "unknown", "unknown", 0, 0)
        : event.json(Order.class);
  }

  /** What the business cannot refuse any more. */
  private static void require(Optional<String> refusal) {
    refusal.ifPresent(why -> {
      throw new IllegalStateException(why);
    });
  }
}
