package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.business.Order;
import dev.concordat.examples.services.Desk;
import dev.concordat.saga.Command;
import dev.concordat.saga.CommandAction;
import dev.concordat.saga.Saga;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * The services of an order that one of them leads: orders has the saga, and sends commands to the
 * others. What concerns orders itself is a local step.
 */
public final class OrderSagaPeers {

  /** The service that has the saga. */
  public static final String ORDERS = "orders";

  /** The service that keeps money. */
  public static final String PAYMENTS = "payments";

  /** The service that keeps stock. */
  public static final String INVENTORY = "inventory";

  private static final String REPLIES = "order-replies";
  private static final Desk DESK = Desk.of(ORDERS);

  private OrderSagaPeers() {}

  /** All of them. */
  public static List<Peer> all() {
    return List.of(new Orders(), payments(), inventory());
  }

  private static Peer payments() {
    String release = Line.compensation("reserve funds");
    return new CommandPeer(
        PAYMENTS,
        List.of(
            new CommandPeer.Task("ReserveFunds", "reserve funds", "reserve funds", "FundsReserved"),
            new CommandPeer.Task("ReleaseFunds", release, "release funds", "FundsReleased"),
            new CommandPeer.Task(
                "CapturePayment", "capture payment", "capture payment", "PaymentCaptured")));
  }

  private static Peer inventory() {
    String release = Line.compensation("reserve stock");
    return new CommandPeer(
        INVENTORY,
        List.of(
            new CommandPeer.Task("ReserveStock", "reserve stock", "reserve stock", "StockReserved"),
            new CommandPeer.Task("ReleaseStock", release, "release stock", "StockReleased")));
  }

  /** The saga. A reply may come as late as the whole may take: the broker may be down. */
  static Saga<Order> saga(Line line) {
    return Saga.named("place-order", Order.class)
        .local("create order", (tx, order) -> ask(tx, line, "create order", order))
        .compensate((tx, order) -> ask(tx, line, "cancel order", order))
        .command("reserve funds", command(line, PAYMENTS, "ReserveFunds"))
        .compensateBy(command(line, PAYMENTS, "ReleaseFunds"))
        .timeout(line.timeout())
        .command("reserve stock", command(line, INVENTORY, "ReserveStock"))
        .compensateBy(command(line, INVENTORY, "ReleaseStock"))
        .timeout(line.timeout())
        .commandPivot("capture payment", command(line, PAYMENTS, "CapturePayment"))
        .timeout(line.timeout())
        .localRetriable("confirm order", (tx, order) -> ask(tx, line, "confirm order", order))
        .attribute("customer", Order::customer)
        .deadline(line.timeout())
        .build();
  }

  private static CommandAction<Order> command(Line line, String service, String type) {
    return (order, call) -> Command.to(line.topic(service), type).key(order.id()).json(order);
  }

  private static Order ask(Connection tx, Line line, String step, Order order) throws SQLException {
    line.requireAccepted(step);
    DESK.ask(tx, step, order)
        .ifPresent(why -> {
          throw new RefusedException(why);
        });
    return order;
  }

  private record Orders() implements Peer {
    @Override
    public String name() {
      return ORDERS;
    }

    @Override
    public String tables() {
      return DESK.tables();
    }

    @Override
    public Map<String, List<String>> ears() {
      return Map.of(ORDERS, List.of(REPLIES));
    }

    @Override
    public Running start(Line line) {
      Saga<Order> saga = saga(line);
      Concordat concordat =
          line.concordat(Twice::new)
              .sagas(saga)
              .repliesTo(line.topic(REPLIES), line.source(ORDERS))
              .listener(line.recorded("create order", "confirm order"))
              .start();
      return new Running() {
        @Override
        public void begin(String id, long number, boolean unlucky) {
          concordat.start(saga, id, Order.numbered(id, number, unlucky));
        }

        @Override
        public void close() {
          concordat.close();
        }
      };
    }
  }
}
