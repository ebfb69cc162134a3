package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Concordat;
import dev.concordat.Page;
import dev.concordat.SourceContract;
import dev.concordat.core.RefusedException;
import dev.concordat.local.LocalServer;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract, with a real Kafka, and what is Kafka's own. */
class KafkaSourceTest extends SourceContract {

  private static Broker broker;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  protected Sink openSink() {
    return broker.sink().open();
  }

  @Override
  protected Source source(String topic) {
    return broker.source(topic).build();
  }

  @Override
  protected void createPlace(String topic) throws Exception {
    broker.create(topic, Map.of());
  }

  @Override
  protected long undone(String topic) throws Exception {
    return broker.lag(topic);
  }

  @Override
  protected LocalServer server() {
    return broker.kafka;
  }

  /** Kafka's clients come back unseen, so what is cut is their membership. */
  @Override
  protected void cut(String topic) throws Exception {
    broker.expel(topic);
  }

  @Override
  protected boolean seesCuts() {
    return false;
  }

  @Test
  @DisplayName("P8: with offsets in the database, two members share, one dies, and each is once")
  void offsetsInTheDatabase() {
    String topic = place("offsets");
    Concordat one = start(consumer(topic).offsetsInDatabase());
    publishNumbers(topic, 0, 200);
    awaitHandled(50);
    start(consumer(topic).offsetsInDatabase());
    publishNumbers(topic, 200, 200);
    awaitHandled(250);
    kill(one);
    publishNumbers(topic, 400, 100);

    awaitOnceInOrder(500);
    awaitDone(topic);
  }

  @Test
  @DisplayName("P10: a partition whose last owner stands still does not hold up the others")
  void aHeldPartitionIsWaitedFor() throws SQLException {
    String topic = place("held");
    publishNumbers(topic, 0, 60);
    Concordat first = start(consumer(topic).offsetsInDatabase());
    awaitOnceInOrder(60);
    stop(first);
    try (Connection still = connect()) {
      still.setAutoCommit(false);
      int held = lock(still, topic + "-0");
      assertThat(held).isBetween(1, 59);
      publishNumbers(topic, 60, 60);
      start(consumer(topic).offsetsInDatabase());
      awaitHandled(120 - held);
      assertThat(ledger()).hasSize(120 - held);
      still.rollback();
    }
    awaitOnceInOrder(120);
    awaitDone(topic);
  }

  /** As a transaction that handles does; says how many messages of the lane were handled. */
  private static int lock(Connection connection, String lane) throws SQLException {
    String sql = "SELECT next FROM concordat.consumer_lane WHERE lane = ? FOR NO KEY UPDATE";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, lane);
      try (var row = statement.executeQuery()) {
        assertThat(row.next()).isTrue();
        return row.getInt(1);
      }
    }
  }

  @Test
  @DisplayName("P8: a handler slower than max.poll.interval.ms keeps its partition, and is once")
  void aSlowHandlerIsWaitedFor() {
    Duration most = Duration.ofSeconds(1);
    String topic = place("slow");
    AtomicInteger begun = new AtomicInteger();
    CountDownLatch goOn = new CountDownLatch(1);
    Map<String, Object> silent = Map.of("max.poll.interval.ms", (int) most.toMillis());
    Consumer slow =
        Consumer.named("billing", broker.source(topic, silent).build())
            .on(
                "Counted",
                (tx, message) -> {
                  begun.incrementAndGet();
                  assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
                  handle(tx, message);
                });
    publishNumbers(topic, 0, 1);
    start(slow);
    await(() -> begun.get() == 1, "begun");
    long longer = System.nanoTime() + 4 * most.toNanos();
    await(() -> System.nanoTime() > longer, "longer than Kafka lets a member be silent");
    goOn.countDown();

    awaitOnceInOrder(1);
    awaitDone(topic);
    assertThat(begun).as("it was not delivered again").hasValue(1);
  }

  @Test
  @DisplayName("P8: two members both work")
  void bothWork() {
    String topic = place("both");
    Counting one = new Counting();
    Counting other = new Counting();
    start(consumer(topic), one);
    start(consumer(topic), other);
    int published = 0;
    while (one.handled() == 0 || other.handled() == 0) {
      publishNumbers(topic, published, 20);
      published += 20;
      awaitHandled(published);
    }

    awaitOnceInOrder(published);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("P8: a partition whose messages were removed unhandled stands still, and says so")
  void aGapIsReported(boolean offsets) throws Exception {
    String topic = place("gap");
    publishNumbers(topic, 0, 20);
    Concordat first = start(configured(consumer(topic), offsets));
    awaitOnceInOrder(20);
    awaitDone(topic);
    stop(first);
    publishNumbers(topic, 20, 20);
    broker.awaitAndRemove(topic, 40);
    publishNumbers(topic, 40, 20);

    Map<String, String> stuck = new ConcurrentHashMap<>();
    ConsumerListener hearing =
        new ConsumerListener() {
          @Override
          public void stuck(String consumer, String lane, String reason) {
            stuck.put(lane, reason);
          }
        };
    Concordat second = start(configured(consumer(topic), offsets), hearing);
    await(() -> stuck.size() == Broker.PARTITIONS, "heard of");
    assertThat(stuck.get(topic + "-0"))
        .startsWith("messages of partition " + topic + "-0 were removed before they were handled")
        .contains("allowing(\"offset out of range\")");
    assertThat(ledger()).hasSize(20);
    stop(second);

    Source allowing = broker.source(topic).allowing("offset out of range").build();
    start(configured(consumer(allowing), offsets));
    awaitHandled(40);
    awaitDone(topic);
    assertThat(ledger()).hasSize(40).doesNotHaveDuplicates().contains("k0:0", "k9:59");
  }

  private static Consumer configured(Consumer consumer, boolean offsets) {
    return offsets ? consumer.offsetsInDatabase() : consumer;
  }

  @Test
  void settingsThatLoseMessagesAreRefused() {
    KafkaSourceBuilder unsafe =
        KafkaSource.with(
                Map.of(
                    "bootstrap.servers",
                    "localhost:1",
                    "enable.auto.commit",
                    "true",
                    "isolation.level",
                    "read_uncommitted",
                    "auto.offset.reset",
                    "latest"))
            .group("g")
            .topics("t");

    assertThatThrownBy(unsafe::build)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(
            "enable.auto.commit is true: offsets are committed of messages that are not")
        .hasMessageContaining("isolation.level is read_uncommitted: messages of transactions")
        .hasMessageContaining("auto.offset.reset is latest: where a group has no offset")
        .hasMessageContaining("Nothing was received from Kafka")
        .hasMessageContaining("where the source is built: allowing(")
        .hasMessageContaining("allowing(\"enable.auto.commit\")");
    assertThat(
            unsafe.allowing("enable.auto.commit", "isolation.level", "auto.offset.reset").build())
        .isNotNull();
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> KafkaSource.with(broker.properties()).topics("t").build())
        .hasMessageContaining("group(\"billing\")");
    assertThatThrownBy(() -> KafkaSource.with(broker.properties()).group("g").build())
        .hasMessageContaining("topics(\"orders\")");
    assertThat(broker.source("no-such-topic").build().findings())
        .extracting(Object::toString)
        .containsExactly(
            "topic is no-such-topic, and there is none: nothing comes from it until somebody"
                + " creates it");
  }

  /** The tables of the example. */
  private static final class Table {
    void insert(Connection tx, String key) throws SQLException {
      try (var row = tx.prepareStatement("INSERT INTO ledger (what) VALUES (?)")) {
        row.setString(1, key);
        row.execute();
      }
    }
  }

  @Test
  void theSourceOfTheGuideIsBuilt() throws Exception {
    String servers = broker.kafka.bootstrapServers();
    Table invoices = new Table();

    KafkaSource orders =
        KafkaSource.with(Map.of("bootstrap.servers", servers))
            .group("billing")
            .topics("orders")
            .build();
    Consumer billing =
        Consumer.named("billing", orders)
            .on("OrderPlaced", (tx, message) -> invoices.insert(tx, message.key()));
    assertThat(billing.name()).isNotEmpty();
    Page.assertRun("docs/messages.md", "Receiving from Kafka", KafkaSourceTest.class);
  }
}
