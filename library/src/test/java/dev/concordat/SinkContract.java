package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.RetryPolicy;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Messaging;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays.DeadLetter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a sink to a real broker keeps P8, whatever becomes of the broker. Method: a relay on a real
 * PostgreSQL; what arrived is read with the broker's own client.
 */
public abstract class SinkContract {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int KEYS = 10;
  private static final int MANY = 1000;

  private final Fixture db = Fixture.open();
  private Sink sink;
  private Concordat concordat;

  /** What a reader found at the broker. */
  public record Arrived(String id, String key, String text, Map<String, String> headers) {}

  /** A sink that allows what a single broker cannot do better. */
  protected abstract Sink openSink();

  /** Creates a topic, a queue or a stream. */
  protected abstract void createPlace(String topic) throws Exception;

  /** All that has arrived there since it was created. */
  protected abstract List<Arrived> read(String topic) throws Exception;

  /** The broker, which is killed and restarted. */
  protected abstract LocalServer server();

  /** More bytes than the broker takes, or the client sends. */
  protected abstract int tooMuch();

  /** Looks at what the broker's binding adds. */
  protected abstract void verify(Arrived arrived, Message sent);

  @BeforeEach
  final void openAll() {
    sink = openSink();
    Relay relay =
        Relay.named("r", sink)
            .retry(RetryPolicy.exponential(Duration.ofMillis(20)).upTo(Duration.ofMillis(200)));
    concordat = db.concordat().relay(relay).start();
  }

  @AfterEach
  final void closeAll() {
    concordat.close();
    sink.close();
    db.close();
  }

  protected final Concordat concordat() {
    return concordat;
  }

  protected static String fresh(String what) {
    return what + "-" + UUID.randomUUID();
  }

  /** Creates one that the broker will know again after being killed at once. */
  protected void createLastingPlace(String topic) throws Exception {
    createPlace(topic);
  }

  protected final void publish(Message... messages) {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      concordat.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  protected static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** What arrived, the first of each id, once there are that many. */
  protected final List<Arrived> awaitArrived(String topic, int count) {
    Map<String, Arrived> first = new LinkedHashMap<>();
    await(
        () -> {
          first.clear();
          readNow(topic).forEach(arrived -> first.putIfAbsent(arrived.id(), arrived));
          return first.size() >= count;
        },
        count + " messages at " + topic);
    return new ArrayList<>(first.values());
  }

  private List<Arrived> readNow(String topic) {
    try {
      return read(topic);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  protected final List<DeadLetter> awaitDeadLetters(int count) {
    Messaging messaging = concordat.messaging();
    await(() -> messaging.deadLetters("r", 10).size() >= count, count + " dead letters");
    assertThat(messaging.deadLetters("r", 10)).hasSize(count);
    return messaging.deadLetters("r", 10);
  }

  @Test
  @DisplayName("P8: what is published and committed arrives with all that it has")
  final void arrivesWhole() throws Exception {
    String topic = fresh("whole");
    createPlace(topic);
    UUID id = UUID.randomUUID();
    Message message =
        Message.of(topic, "OrderPlaced")
            .id(id)
            .key("order-ø")
            .json(Map.of("n", 1))
            .header("subject", "4711")
            .header("tenant", "a");
    publish(message);

    Arrived arrived = awaitArrived(topic, 1).getFirst();

    assertThat(arrived.id()).isEqualTo(id.toString());
    assertThat(arrived.key()).isEqualTo("order-ø");
    assertThat(arrived.text()).isEqualTo("{\"n\":1}");
    assertThat(arrived.headers()).containsEntry("tenant", "a");
    verify(arrived, message);
  }

  @Test
  @DisplayName("P8: a thousand messages arrive, in the order of their keys")
  final void manyArriveInOrder() throws Exception {
    String topic = fresh("many");
    createPlace(topic);
    for (int i = 0; i < MANY; i += 100) {
      publishNumbers(topic, i, 100);
    }

    assertComplete(awaitArrived(topic, MANY), MANY);
  }

  @Test
  @DisplayName("P8: a broker that is killed and comes back loses nothing and keeps the order")
  final void theBrokerIsKilled() throws Exception {
    String topic = fresh("killed");
    createLastingPlace(topic);
    publishNumbers(topic, 0, 100);
    awaitArrived(topic, 1);
    for (int i = 100; i < MANY / 2; i += 10) {
      publishNumbers(topic, i, 10);
    }
    server().kill();
    publishNumbers(topic, MANY / 2, MANY / 2);
    server().restart();

    assertComplete(awaitArrived(topic, MANY), MANY);
    assertThat(concordat.messaging().deadLetters("r", 10)).isEmpty();
  }

  private void publishNumbers(String topic, int from, int count) {
    Message[] messages = new Message[count];
    for (int i = 0; i < count; i++) {
      int n = from + i;
      messages[i] = Message.of(topic, "Counted").key("k" + n % KEYS).text(String.valueOf(n));
    }
    publish(messages);
  }

  private static void assertComplete(List<Arrived> all, int count) {
    assertThat(all).hasSize(count);
    Map<String, Integer> next = new HashMap<>();
    for (Arrived one : all) {
      int first = Integer.parseInt(one.key().substring(1));
      int expected = next.getOrDefault(one.key(), first);
      assertThat(one.text()).as("of key " + one.key()).isEqualTo(String.valueOf(expected));
      next.put(one.key(), expected + KEYS);
    }
  }

  @Test
  @DisplayName("P8: what is too large becomes a dead letter, and the rest go on")
  final void tooLarge() throws Exception {
    String topic = fresh("large");
    createPlace(topic);
    publish(
        Message.of(topic, "T").key("a").text("x".repeat(tooMuch())),
        Message.of(topic, "T").key("a").text("behind"),
        Message.of(topic, "T").key("b").text("free"));

    assertThat(awaitArrived(topic, 1)).extracting(Arrived::text).containsExactly("free");
    DeadLetter dead = awaitDeadLetters(1).getFirst();
    assertThat(dead.reason()).contains("too large");
    concordat.messaging().discard("r", dead.message().position());
    assertThat(awaitArrived(topic, 2))
        .extracting(Arrived::text)
        .containsExactlyInAnyOrder("free", "behind");
  }

  @Test
  @DisplayName("P8: what has no place to go becomes a dead letter, and is replayed once it has")
  final void missingPlace() throws Exception {
    String topic = fresh("missing");
    String other = fresh("other");
    createPlace(other);
    publish(
        Message.of(topic, "T").key("a").text("one"),
        Message.of(topic, "T").key("a").text("two"),
        Message.of(other, "T").key("a").text("free"));

    awaitArrived(other, 1);
    DeadLetter dead = awaitDeadLetters(1).getFirst();
    assertThat(dead.reason()).contains("no ").contains(topic);
    await(() -> concordat.messaging().deadLetters("r", 1).getFirst().behind() == 1, "the second");
    publish(Message.of(topic, "T").key("b").text("also"));
    assertThat(awaitDeadLetters(2)).allMatch(letter -> letter.message().topic().equals(topic));

    createPlace(topic);
    for (DeadLetter letter : concordat.messaging().deadLetters("r", 10)) {
      concordat.messaging().replay("r", letter.message().position());
    }
    assertThat(awaitArrived(topic, 3))
        .extracting(Arrived::text)
        .containsSubsequence("one", "two")
        .contains("also");
  }
}
