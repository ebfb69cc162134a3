package dev.concordat.examples;

import dev.concordat.examples.business.Order;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * An order crosses three services. Until the money is captured everything can be undone; from then
 * on the saga only goes forward.
 */
public final class OrderScenario implements SagaScenario<Order> {

  @Override
  public String name() {
    return "order";
  }

  @Override
  public String pattern() {
    return "saga";
  }

  @Override
  public String sentence() {
    return "An order over HTTP: orders, payments and inventory end in agreement.";
  }

  @Override
  public List<String> services() {
    return List.of("orders", "payments", "inventory");
  }

  @Override
  public Saga<Order> saga(Surroundings around) {
    Remote orders = around.service("orders");
    Remote payments = around.service("payments");
    Remote inventory = around.service("inventory");
    return Saga.named("place-order", Order.class)
        .step("create order", orders.call("create order"))
        .compensate(orders.undo("cancel order"))
        .step("reserve funds", payments.call("reserve funds"))
        .compensate(payments.undo("release funds"))
        .step("reserve stock", inventory.call("reserve stock"))
        .compensate(inventory.undo("release stock"))
        .pivot("capture payment", payments.call("capture payment"))
        .retriable("confirm order", orders.call("confirm order"))
        .attribute("customer", Order::customer)
        .deadline(Duration.ofMinutes(10))
        .build();
  }

  @Override
  public Order input(String id, long number, boolean unlucky) {
    return Order.numbered(id, number, unlucky);
  }

  @Override
  public List<Law> laws() {
    List<Law> laws = new ArrayList<>(businessLaws());
    laws.add(Journals.ended(home()));
    laws.add(Journals.undoneInReverse());
    laws.add(Journals.doneOnce());
    return laws;
  }

  /** What must hold in the services' databases, however they talk to each other. */
  static List<Law> businessLaws() {
    return List.of(
        Law.none(
            "money is conserved: balances, holds and charges add up to what there was",
            "payments",
            """
            SELECT 'there were', opened, 'cents and there are', now FROM (
              SELECT (SELECT sum(opening) FROM account) AS opened,
                     (SELECT sum(balance) FROM account)
                     + (SELECT coalesce(sum(amount), 0) FROM hold WHERE status = 'HELD')
                     + (SELECT coalesce(sum(amount), 0) FROM charge) AS now) AS sums
            WHERE opened <> now
            """),
        Law.none(
            "stock is conserved: what is on hand and what is reserved add up to what there was",
            "inventory",
            """
            SELECT stock.item, 'had', opening, 'and has', on_hand + coalesce(sum(quantity), 0)
            FROM stock LEFT JOIN reservation r ON r.item = stock.item AND r.status = 'RESERVED'
            GROUP BY stock.item HAVING opening <> on_hand + coalesce(sum(quantity), 0)
            """),
        Law.same(
            "an order is confirmed if and only if it is paid and its stock reserved",
            new Law.Query("orders", "SELECT id FROM orders WHERE status = 'CONFIRMED'"),
            new Law.Query("payments", "SELECT order_id FROM charge"),
            new Law.Query(
                "inventory", "SELECT order_id FROM reservation WHERE status = 'RESERVED'")),
        Law.none(
            "nobody is charged twice",
            "payments",
            "SELECT order_id, count(*), 'times' FROM charge GROUP BY order_id HAVING count(*) > 1"),
        Law.same(
            "every order is charged its price",
            new Law.Query("orders", "SELECT id, amount FROM orders WHERE status = 'CONFIRMED'"),
            new Law.Query("payments", "SELECT order_id, amount FROM charge")),
        Law.none(
            "no hold is left behind",
            "payments",
            "SELECT order_id, 'holds', amount FROM hold WHERE status = 'HELD'"),
        Law.none(
            "no order is left open", "orders", "SELECT id FROM orders WHERE status = 'CREATED'"));
  }
}
