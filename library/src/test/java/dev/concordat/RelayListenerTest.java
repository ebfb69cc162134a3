package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.RelayListener;
import dev.concordat.messaging.Sink;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: who listens to a relay hears how far behind it is, in messages and in time, how fast it is
 * and what is parked, above all while nothing leaves (P8). Method: a relay on a real PostgreSQL, to
 * a sink that is down and comes back.
 */
class RelayListenerTest {

  private final Fixture db = Fixture.open();
  private final AtomicBoolean down = new AtomicBoolean(true);
  private final AtomicReference<Standing> standing = new AtomicReference<>();
  private final AtomicInteger relayed = new AtomicInteger();

  private record Standing(long behind, Duration age, long parked) {}

  private final RelayListener listener =
      new RelayListener() {
        @Override
        public void standing(String relay, int lane, long behind, Duration age, long parked) {
          standing.set(new Standing(behind, age, parked));
        }

        @Override
        public void relayed(String relay, int lane, int count, Duration age) {
          relayed.addAndGet(count);
        }
      };

  private final Sink sink =
      (messages, receipts) -> {
        for (StoredMessage message : messages) {
          if (down.get()) {
            receipts.unavailable(message, "it is down");
          } else if (message.type().equals("Bad")) {
            receipts.rejected(message, "no such place");
          } else {
            receipts.delivered(message);
          }
        }
      };

  @AfterEach
  void close() {
    db.close();
  }

  private void publish(Concordat concordat, String type, int count) {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < count; i++) {
        concordat.outbox().publish(connection, Message.of("orders", type).text("m" + i));
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void await(Predicate<Standing> condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (standing.get() == null || !condition.test(standing.get())) {
      assertThat(System.nanoTime()).as("standing: " + standing.get()).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Test
  @DisplayName("P8: how far a lane is behind is heard while nothing leaves, and when all has left")
  void lagIsHeard() {
    Relay relay =
        Relay.named("r", sink)
            .retry(RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(20)));
    try (Concordat concordat = db.concordat().relay(relay).listener(listener).start()) {
      await(s -> s.behind() == 0 && s.age().isZero() && s.parked() == 0);
      publish(concordat, "Good", 30);
      publish(concordat, "Bad", 2);
      await(s -> s.behind() == 32 && s.age().compareTo(Duration.ofMillis(500)) > 0);
      assertThat(relayed).hasValue(0);

      down.set(false);
      await(s -> s.behind() == 0 && s.age().isZero() && s.parked() == 2);
      assertThat(relayed).as("parked ones are behind the checkpoint, too").hasValue(32);
    }
  }

  @Test
  @DisplayName("P8: how far a lane is behind is heard while the sink does not even begin")
  void lagIsHeardOfWhatCannotBegin() {
    AtomicInteger refused = new AtomicInteger();
    Sink closed =
        new Sink() {
          @Override
          public void send(List<StoredMessage> messages, Receipts receipts) {
            throw new IllegalStateException("nothing begins");
          }

          @Override
          public Sender claimed(String relay, int lane) {
            refused.incrementAndGet();
            throw new NotNowException("the other side does not let anybody begin");
          }
        };
    Relay relay = Relay.named("r", closed).lease(Duration.ofSeconds(2));
    try (Concordat concordat = db.concordat().relay(relay).listener(listener).start()) {
      publish(concordat, "Good", 3);
      await(s -> s.behind() == 3 && s.age().compareTo(Duration.ofMillis(500)) > 0);
      assertThat(refused).hasPositiveValue();
    }
  }
}
