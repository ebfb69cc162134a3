package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the first code a new user reads compiles and runs. Method: it stands here too, line by line
 * as in the README, and is run.
 */
class ReadmeTest {

  record Order(String id, int cents, String hold) {
    Order withHold(String newHold) {
      return new Order(id, cents, newHold);
    }
  }

  /** The orders of the example, in the database of the saga. */
  static final class Orders {
    Order insert(Connection tx, Order order) throws SQLException {
      Fixture.note(tx, "inserted");
      return order;
    }

    void reject(Connection tx, Order order) throws SQLException {
      Fixture.note(tx, "rejected");
    }

    Order confirm(Connection tx, Order order) throws SQLException {
      Fixture.note(tx, "confirmed " + order.hold());
      return order;
    }
  }

  /** The payments of the example. */
  static final class Payments {
    String reserve(String key, Order order) {
      return "hold of " + order.id();
    }

    void release(String key, Order order) {}

    Order capture(String key, Order order) {
      return order;
    }
  }

  @Test
  void theSagaOfTheReadmeRuns() {
    try (Fixture db = Fixture.open()) {
      Orders orders = new Orders();
      Payments payments = new Payments();
      DataSource dataSource = db.pool;
      Order order = new Order("order-4711", 1250, "");

      Saga<Order> placeOrder =
          Saga.named("place-order", Order.class)
              .local("create order", (tx, o) -> orders.insert(tx, o))
              .compensate((tx, o) -> orders.reject(tx, o))
              .step("reserve funds", (o, call) -> o.withHold(payments.reserve(call.key(), o)))
              .compensate((o, call) -> payments.release(call.key(), o))
              .pivot("capture payment", (o, call) -> payments.capture(call.key(), o))
              .localRetriable("confirm order", (tx, o) -> orders.confirm(tx, o))
              .deadline(Duration.ofMinutes(10))
              .build();

      Concordat concordat = Concordat.on(dataSource).sagas(placeOrder).start();
      concordat.start(placeOrder, "order-4711", order);

      assertThat(concordat.find(placeOrder, "order-4711").await(Fixture.PATIENCE).status())
          .isEqualTo(Status.COMPLETED);
      assertThat(db.ledger()).isEqualTo("inserted,confirmed hold of order-4711");
      concordat.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "README.md, 1, ReadmeTest",
    "docs/saga.md, 1, GuideTest",
    "docs/saga.md, 2, CommandGuideTest",
    "docs/messages.md, 1, MessagesGuideTest"
  })
  void thePageShowsTheCodeThatIsRun(String page, int number, String test) throws Exception {
    String text = Files.readString(Path.of("").toAbsolutePath().getParent().resolve(page));
    Path source = Path.of("src/test/java/dev/concordat", test + ".java");
    String block = text.split("```java", -1)[number].split("```", -1)[0];

    assertThat(block.lines().count()).isGreaterThan(10);
    String run = squeezed(Files.readString(source));
    for (String statement : block.split("\\n\\n|(?<=;)\\n")) {
      assertThat(run).contains(squeezed(statement));
    }
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }
}
