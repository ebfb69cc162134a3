package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Page;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Relay;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unsafe settings are refused by name, and only warned of where their owner said so. */
class KafkaCheckTest {

  private static Broker broker;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @ParameterizedTest
  @CsvSource({
    "acks, 1",
    "acks, 0",
    "enable.idempotence, false",
    "max.in.flight.requests.per.connection, 6",
    "retries, 3",
    "delivery.timeout.ms, 20000",
    "partitioner.class, org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "partitioner.ignore.keys, true"
  })
  void refusesSettingsOfTheProducer(String setting, String value) {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put(setting, value);

    assertThatThrownBy(() -> KafkaSink.with(properties).open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(setting + " is " + value)
        .hasMessageContaining("allowing(\"" + setting + "\")");
  }

  @ParameterizedTest
  @CsvSource({
    "isolation.level, read_uncommitted",
    "enable.auto.commit, true",
    "auto.offset.reset, latest",
    "auto.offset.reset, by_duration:PT1H"
  })
  void refusesSettingsOfAConsumer(String setting, String value) {
    Map<String, Object> properties = soundConsumer();
    assertThat(new KafkaCheck(properties).ofProperties()).isEmpty();

    properties.put(setting, value);
    assertThat(new KafkaCheck(properties).ofProperties())
        .singleElement()
        .satisfies(found -> {
          assertThat(found.toString()).startsWith(setting + " is " + value);
          assertThat(found.refused()).isTrue();
        });
  }

  @Test
  void whatAConsumerLeavesOutIsWhatKafkaMakesOfIt() {
    assertThat(new KafkaCheck(Map.of("group.id", "billing")).ofProperties())
        .extracting(Finding::setting)
        .containsExactly("isolation.level", "enable.auto.commit", "auto.offset.reset");
    assertThat(new KafkaCheck(broker.properties()).ofProperties()).isEmpty();
  }

  private static Map<String, Object> soundConsumer() {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("group.id", "billing");
    properties.put("isolation.level", "read_committed");
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    return properties;
  }

  @Test
  void refusesATransactionLongerThanTheBrokersLet() {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("transactional.id", "t");
    assertThat(new KafkaCheck(properties).ofTopics(Set.of())).isEmpty();

    properties.put("transaction.timeout.ms", "900001");
    assertThat(new KafkaCheck(properties).ofTopics(Set.of()))
        .singleElement()
        .hasToString(
            "transaction.timeout.ms is 900001, and the brokers' transaction.max.timeout.ms is"
                + " 900000: no transaction begins, so nothing is sent; it must not be more");
  }

  @Test
  void aNumberThatIsNoneIsSaid() {
    assertThatThrownBy(() -> new KafkaCheck(Map.of("retries", "many")).ofProperties())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("retries is 'many'");
  }

  @ParameterizedTest
  @CsvSource({
    "replication.factor, 1, min.insync.replicas",
    "min.insync.replicas, 1, replication.factor"
  })
  void refusesTopicsThatLoseMessages(String refused, String value, String allowed)
      throws Exception {
    broker.create("plain-" + refused, Map.of());

    assertThatThrownBy(() ->
            KafkaSink.with(broker.properties()).topics("plain-" + refused).allowing(allowed).open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(refused + " is " + value + " (topic plain-" + refused + ")")
        .hasMessageNotContaining(allowed + " is");
  }

  @Test
  void refusesAnUncleanElection() throws Exception {
    broker.create("unclean", Map.of("unclean.leader.election.enable", "true"));

    assertThatThrownBy(() -> broker.sink().topics("unclean").open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("unclean.leader.election.enable is true");
  }

  @Test
  void refusesATopicThatIsNotThere() {
    assertThatThrownBy(() -> broker.sink().topics("nowhere").open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("topic is nowhere");
  }

  @Test
  void saysWhatItFoundAsAListAndOpensWhereItIsAllowed() throws Exception {
    broker.create("allowed", Map.of("min.insync.replicas", "2"));

    try (KafkaSink sink = broker.sink().topics("allowed").open()) {
      sink.check();
      assertThat(sink.findings())
          .singleElement()
          .satisfies(found -> {
            assertThat(found.setting()).isEqualTo("replication.factor");
            assertThat(found.value()).isEqualTo("1 (topic allowed)");
            assertThat(found.refused()).isFalse();
          });
    }
  }

  @Test
  void opensWithoutABrokerAndSaysSoWhenAsked() {
    Map<String, Object> nobody = Map.of("bootstrap.servers", "127.0.0.1:1");

    try (KafkaSink sink = KafkaSink.with(nobody).open()) {
      assertThatThrownBy(sink::findings)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("could not be asked");
    }
  }

  @Test
  void takesNoTransactionsAndNothingTheClientRefuses() {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("transactional.id", "t");
    assertThatThrownBy(() -> KafkaSink.with(properties))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("transactional.id");

    properties.remove("transactional.id");
    properties.put("retries", "0");
    assertThatThrownBy(() -> KafkaSink.with(properties).allowing("retries").open())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("client refuses");
  }

  @Test
  void aFindingSaysItsCost() {
    assertThat(Finding.unsafe("acks", "1", "messages are lost"))
        .hasToString("acks is 1: messages are lost");
  }

  @Test
  void refusesCursorsThatAreForgotten() throws Exception {
    broker.create("forgetful", Map.of());

    assertThatThrownBy(() -> broker.sink().cursorTopic("forgetful").openTransactional("shop"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("cleanup.policy is delete (topic forgetful)");
  }

  @Test
  void refusesTransactionsThatHoldReadersUpForLong() {
    Map<String, Object> properties = new HashMap<>(broker.properties());
    properties.put("transaction.timeout.ms", 900_000);

    assertThatThrownBy(() -> KafkaSink.with(properties).openTransactional("shop"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("transaction.timeout.ms is 900000");
  }

  @Test
  void createsTheTopicOfCursorsSafely() {
    try (var sink = broker.sink().cursorTopic("own.cursors").openTransactional("shop")) {
      assertThat(sink.findings())
          .extracting(Finding::setting)
          .containsOnly("replication.factor", "min.insync.replicas");
    }
    assertThatThrownBy(() -> broker.sink().openTransactional("a/b"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'a/b'");
  }

  @Test
  void theCodeOfThePageRuns() throws Exception {
    broker.create("orders", Map.of("min.insync.replicas", "2"));
    String servers = broker.kafka.bootstrapServers();

    assertThatThrownBy(() -> code(servers)).hasMessageContaining("replication.factor");
    Page.assertRun("docs/messages.md", "Kafka", KafkaCheckTest.class);
  }

  private static Relay code(String servers) {
    KafkaSink kafka =
        KafkaSink.with(Map.of("bootstrap.servers", servers))
            .topics("orders")
            .source("/shop")
            .open();
    Relay toKafka = Relay.named("kafka", kafka);
    return toKafka;
  }
}
