package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.OrderPeers;
import dev.concordat.examples.peers.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The order again, and nobody leads: each service reacts to what the others tell. */
public final class OrderChoreographyScenario extends ChoreographyScenario {

  @Override
  public String name() {
    return "order-choreography";
  }

  @Override
  public String sentence() {
    return "An order by events alone: orders, payments and inventory end in agreement.";
  }

  @Override
  public List<String> steps() {
    return List.of(
        "create order", "reserve funds", "reserve stock", "capture payment", "confirm order");
  }

  @Override
  public List<BrokerKind> brokers() {
    return List.of(BrokerKind.values());
  }

  @Override
  public List<Peer> peers() {
    return OrderPeers.all();
  }

  @Override
  public String beginner() {
    return "orders";
  }

  @Override
  public Map<String, String> causes() {
    return Map.of(
        "reserve funds", "OrderCreated",
        "reserve stock", "PaymentReserved",
        "capture payment", "StockReserved");
  }

  @Override
  Map<String, String> tellings() {
    return Map.of(
        "reserve funds", "PaymentReserved",
        "reserve stock", "StockReserved",
        "capture payment", "PaymentCaptured",
        "confirm order", "OrderConfirmed",
        "compensate create order", "OrderCancelled",
        "compensate reserve funds", "PaymentReleased",
        "compensate reserve stock", "StockReleased");
  }

  @Override
  public List<Law> laws() {
    List<Law> laws = new ArrayList<>(OrderScenario.businessLaws());
    laws.add(ended());
    laws.add(
        known(
            "the tracker knows each confirmed order as completed",
            "orders",
            "SELECT id FROM orders WHERE status = 'CONFIRMED'",
            Status.COMPLETED));
    laws.add(
        known(
            "the tracker knows each cancelled order as compensated",
            "orders",
            "SELECT id FROM orders WHERE status = 'CANCELLED'",
            Status.COMPENSATED));
    return laws;
  }
}
