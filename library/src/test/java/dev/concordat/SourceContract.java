package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RetryPolicy;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a consumer of a source from a real broker keeps P8, whatever becomes of the broker, of the
 * consumer or of the connection. Method: a relay publishes through the broker's sink, consumers
 * write what they handle into a ledger; all on a real PostgreSQL.
 */
public abstract class SourceContract {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int KEYS = 10;
  private static final RetryPolicy SOON =
      RetryPolicy.exponential(Duration.ofMillis(5)).upTo(Duration.ofMillis(20)).attempts(2);

  private final Fixture db = Fixture.withConnections(40);
  private final Set<String> bad = ConcurrentHashMap.newKeySet();
  private final List<Concordat> running = new ArrayList<>();
  private Sink sink;
  private Concordat publisher;

  /** A sink that allows what a single broker cannot do better. */
  protected abstract Sink openSink();

  /** A source of its own of what is sent there, all of the same group. */
  protected abstract Source source(String topic);

  /** Creates a topic, a queue or a stream. */
  protected abstract void createPlace(String topic) throws Exception;

  /** Creates one that the broker will know again after being killed at once. */
  protected void createLastingPlace(String topic) throws Exception {
    createPlace(topic);
  }

  /** How many messages the broker would still deliver to the group, now that no source is open. */
  protected abstract long undone(String topic) throws Exception;

  /** The broker, which is killed and restarted. */
  protected abstract LocalServer server();

  /** Cuts the connections of the topic's sources, which may come back at once. */
  protected abstract void cut(String topic) throws Exception;

  /** Whether its client tells the source of a connection that was cut. */
  protected boolean seesCuts() {
    return true;
  }

  @BeforeEach
  final void openAll() {
    sink = openSink();
    Relay relay =
        Relay.named("r", sink)
            .retry(RetryPolicy.exponential(Duration.ofMillis(20)).upTo(Duration.ofMillis(200)));
    publisher = db.concordat().relay(relay).start();
  }

  @AfterEach
  final void closeAll() {
    running.forEach(Concordat::close);
    publisher.close();
    sink.close();
    db.close();
  }

  protected static String fresh(String what) {
    return what + "-" + UUID.randomUUID();
  }

  /** A new topic, queue or stream. */
  protected final String place(String what) {
    String topic = fresh(what);
    try {
      createPlace(topic);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return topic;
  }

  protected final void publish(Message... messages) {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      publisher.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Numbers of keys that take turns. */
  protected final void publishNumbers(String topic, int from, int count) {
    Message[] messages = new Message[count];
    for (int i = 0; i < count; i++) {
      int n = from + i;
      messages[i] = Message.of(topic, "Counted").key("k" + n % KEYS).text(String.valueOf(n));
    }
    publish(messages);
  }

  protected final Consumer consumer(String topic) {
    return consumer(source(topic));
  }

  protected final Consumer consumer(Source source) {
    return Consumer.named("billing", source).on("Counted", this::handle).retry(SOON);
  }

  protected final void handle(Connection tx, ReceivedMessage message) throws SQLException {
    String text = message.payload().text();
    Fixture.note(tx, message.key() + ":" + text);
    if (bad.contains(text)) {
      throw new IllegalStateException("cannot handle " + text);
    }
  }

  protected final Concordat start(Consumer consumer, ConsumerListener... listeners) {
    ConcordatBuilder builder = db.concordat().consumer(consumer);
    for (ConsumerListener listener : listeners) {
      builder.listener(listener);
    }
    Concordat started = builder.start();
    running.add(started);
    return started;
  }

  /** Ends it in order. */
  protected final void stop(Concordat concordat) {
    concordat.close();
    running.remove(concordat);
  }

  /** Ends it as a killed process would. */
  protected final void kill(Concordat concordat) {
    concordat.consuming().kill();
    concordat.close();
    running.remove(concordat);
  }

  /** To the consumers' database, for what happens there behind their backs. */
  protected final Connection connect() throws SQLException {
    return db.pool.getConnection();
  }

  protected static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  protected final List<String> ledger() {
    return db.strings("SELECT what FROM ledger ORDER BY at");
  }

  private int handled() {
    return Integer.parseInt(db.text("SELECT count(*) FROM ledger"));
  }

  protected final void awaitHandled(int count) {
    await(() -> handled() >= count, count + " messages handled");
  }

  /** All numbers below that one are handled, each once. */
  protected final void awaitOnce(int count) {
    awaitHandled(count);
    List<String> ledger = ledger();
    assertThat(ledger).doesNotHaveDuplicates().hasSize(count);
  }

  /** The same, and each key's in order. */
  protected final void awaitOnceInOrder(int count) {
    awaitOnce(count);
    Map<String, Integer> next = new HashMap<>();
    for (String line : ledger()) {
      String key = line.substring(0, line.indexOf(':'));
      int expected = next.getOrDefault(key, Integer.parseInt(key.substring(1)));
      assertThat(line).isEqualTo(key + ":" + expected);
      next.put(key, expected + KEYS);
    }
  }

  /** Ends all consumers in order, and waits until nothing is left for others. */
  protected final void awaitDone(String topic) {
    running.forEach(Concordat::close);
    running.clear();
    awaitTold(topic);
  }

  /** Waits until the broker knows of everything that it was handled. */
  private void awaitTold(String topic) {
    await(
        () -> {
          try {
            return undone(topic) == 0;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        "the broker is told");
  }

  /** Counts what a consumer has handled. */
  public static final class Counting implements ConsumerListener {
    private final AtomicInteger handled = new AtomicInteger();
    private final AtomicInteger outages = new AtomicInteger();

    public int handled() {
      return handled.get();
    }

    @Override
    public void handled(String consumer, int count, int known) {
      handled.addAndGet(count);
    }

    @Override
    public void unavailable(String consumer, String reason) {
      outages.incrementAndGet();
    }
  }

  @Test
  @DisplayName("P8: each message is handled once, in the order of its key, and the broker is told")
  final void handlesAllInOrder() {
    String topic = place("all");
    publishNumbers(topic, 0, 200);
    start(consumer(topic));
    awaitHandled(1);
    publishNumbers(topic, 200, 200);

    awaitOnceInOrder(400);
    awaitDone(topic);
  }

  @Test
  @DisplayName("P8: what arrives is what was published")
  final void arrivesWhole() {
    String topic = place("whole");
    UUID id = UUID.randomUUID();
    Set<ReceivedMessage> arrived = ConcurrentHashMap.newKeySet();
    publish(
        Message.of(topic, "OrderPlaced")
            .id(id)
            .key("order-ø")
            .json(Map.of("n", 1))
            .header("subject", "4711 x")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .header("tenant", "a"));
    start(
        Consumer.named("billing", source(topic))
            .on("OrderPlaced", (tx, message) -> arrived.add(message)));
    await(() -> !arrived.isEmpty(), "one message");

    ReceivedMessage message = arrived.iterator().next();
    assertThat(message.id()).isEqualTo(id.toString());
    assertThat(message.topic()).isEqualTo(topic);
    assertThat(message.key()).isEqualTo("order-ø");
    assertThat(message.type()).isEqualTo("OrderPlaced");
    assertThat(message.payload().text()).isEqualTo("{\"n\":1}");
    assertThat(message.headers())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "subject",
                "4711 x",
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "tenant",
                "a",
                "content-type",
                "application/json"));
  }

  @Test
  @DisplayName("P8: a consumer that is killed again and again loses and repeats nothing")
  final void consumersAreKilled() {
    String topic = place("killed");
    for (int life = 0; life < 4; life++) {
      publishNumbers(topic, life * 100, 100);
      Concordat one = start(consumer(topic).window(20));
      awaitHandled(life * 100 + 10);
      kill(one);
    }
    start(consumer(topic));

    awaitOnceInOrder(400);
    awaitDone(topic);
  }

  @Test
  @DisplayName("P8: two consumers at once, of which one leaves, handle each message once")
  final void twoAtOnce() {
    String topic = place("two");
    Concordat one = start(consumer(topic));
    start(consumer(topic));
    publishNumbers(topic, 0, 200);
    awaitHandled(50);
    stop(one);
    publishNumbers(topic, 200, 200);

    awaitTogether(400);
    awaitDone(topic);
  }

  /** What two consumers at once leave in the ledger. */
  protected void awaitTogether(int count) {
    awaitOnceInOrder(count);
  }

  @Test
  @DisplayName("P8: a broker that is killed and comes back loses nothing and repeats nothing")
  final void theBrokerIsKilled() throws Exception {
    String topic = fresh("broker");
    createLastingPlace(topic);
    start(consumer(topic).window(50));
    publishNumbers(topic, 0, 200);
    awaitHandled(20);
    server().kill();
    publishNumbers(topic, 200, 100);
    server().restart();

    awaitOnceInOrder(300);
    awaitDone(topic);
  }

  @Test
  @DisplayName("P8: a connection that is cut loses nothing and repeats nothing")
  final void theConnectionIsCut() throws Exception {
    String topic = place("cut");
    Counting counting = new Counting();
    start(consumer(topic).window(20), counting);
    for (int i = 0; i < 300; i += 100) {
      publishNumbers(topic, i, 100);
      awaitHandled(i + 30);
      int before = counting.outages.get();
      cut(topic);
      await(() -> !seesCuts() || counting.outages.get() > before, "the cut is seen");
    }

    awaitOnceInOrder(300);
    // Whoever is closed while cut off cannot tell the broker any more; who goes on must.
    awaitTold(topic);
    awaitDone(topic);
  }

  @Test
  @DisplayName("P8: a message nobody can handle is parked with its key, and the broker is told")
  final void poison() {
    String topic = place("poison");
    bad.add("3");
    publishNumbers(topic, 0, 20);
    Concordat first = start(consumer(topic));
    await(() -> !first.consuming().deadLetters("billing", 9).isEmpty(), "a dead letter");
    awaitHandled(18);
    awaitDone(topic);
    assertThat(ledger()).doesNotContain("k3:3", "k3:13").doesNotHaveDuplicates().hasSize(18);
    bad.clear();
    Concordat concordat = start(consumer(topic));
    concordat
        .consuming()
        .replay("billing", concordat.consuming().deadLetters("billing", 9).getFirst().no());
    awaitHandled(20);
    assertThat(ledger().subList(18, 20)).containsExactly("k3:3", "k3:13");
  }

  @Test
  @DisplayName("P8: what was published twice under one id is handled once")
  final void publishedTwice() {
    String topic = place("twice");
    UUID id = UUID.randomUUID();
    publish(Message.of(topic, "Counted").key("k1").id(id).text("1"));
    publish(Message.of(topic, "Counted").key("k1").id(id).text("1"));
    publish(Message.of(topic, "Counted").key("k1").text("11"));
    start(consumer(topic));

    awaitHandled(2);
    awaitDone(topic);
    assertThat(new HashSet<>(ledger())).containsExactlyInAnyOrder("k1:1", "k1:11");
    assertThat(ledger()).hasSize(2);
  }
}
