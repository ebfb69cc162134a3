package dev.concordat.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Page;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Relay;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unsafe streams are refused by name, and only warned of where their owner said so. */
class NatsCheckTest {

  private static Broker broker;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static void assertRefused(NatsSinkBuilder builder, String what) {
    assertThatThrownBy(builder::open)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("allowing(");
  }

  @Test
  void refusesASubjectWithoutAStream() {
    assertRefused(broker.sink().subjects("nowhere"), "stream is not there for subject nowhere");
  }

  @Test
  void refusesAStreamInMemoryUnlessItIsAllowed() throws Exception {
    broker.create("memory", stream -> stream.storageType(StorageType.Memory));

    assertRefused(broker.sink().subjects("memory"), "storage is memory (stream memory)");
    try (NatsSink sink = broker.sink().subjects("memory").allowing("storage").open()) {
      sink.check();
      assertThat(sink.findings()).noneMatch(Finding::refused);
      assertThat(sink.findings()).extracting(Finding::setting).contains("storage");
    }
  }

  @Test
  void refusesAShortDuplicateWindow() throws Exception {
    broker.create("short", stream -> stream.duplicateWindow(Duration.ofSeconds(30)));

    assertRefused(broker.sink().subjects("short"), "duplicate_window is PT30S (stream short)");
  }

  @Test
  void refusesAStreamThatConfirmsNothing() throws Exception {
    broker.create("silent", stream -> stream.noAck(true));

    assertRefused(broker.sink().subjects("silent"), "no_ack is true (stream silent)");
  }

  @Test
  void refusesAnotherStreamThanTheExpected() throws Exception {
    broker.create("there", stream -> stream);

    assertRefused(
        broker.sink().subjects("there").expectedStream("orders"),
        "expected stream is orders, but [there] for subject there");
  }

  @Test
  void saysWhatAStreamLetsGo() throws Exception {
    broker.create(
        "passing",
        stream ->
            stream
                .maxAge(Duration.ofHours(1))
                .maxMessages(5)
                .retentionPolicy(RetentionPolicy.Interest));

    try (NatsSink sink = broker.sink().subjects("passing").open()) {
      assertThat(sink.findings())
          .extracting(Finding::setting)
          .containsExactlyInAnyOrder("num_replicas", "retention", "max_age", "discard");
    }
  }

  @Test
  void looksAtAStreamWithoutASubject() throws Exception {
    broker.create("alone", stream -> stream.noAck(true));

    assertThat(broker.sink().expectedStream("alone").findings())
        .extracting(Finding::setting)
        .containsExactly("no_ack", "num_replicas");
    assertRefused(broker.sink().expectedStream("nobody"), "stream is nobody, and there is none");
  }

  @Test
  void saysHowOthersConsume() throws Exception {
    broker.create("consumed", stream -> stream);
    try (Connection connection = Nats.connect(broker.nats.url())) {
      JetStreamManagement management = connection.jetStreamManagement();
      management.addOrUpdateConsumer(
          "consumed",
          ConsumerConfiguration.builder().durable("careless").ackPolicy(AckPolicy.None).build());
      management.addOrUpdateConsumer(
          "consumed", ConsumerConfiguration.builder().durable("thrice").maxDeliver(3).build());
    }

    assertThat(broker.sink().subjects("consumed").findings())
        .filteredOn(found -> found.value().contains("consumer "))
        .extracting(found -> found.setting() + " " + found.value())
        .containsExactlyInAnyOrder(
            "ack_policy none (consumer careless of stream consumed)",
            "max_deliver 3 (consumer thrice of stream consumed)");
  }

  @Test
  void opensWithoutABrokerAndSaysSoWhenAsked() {
    try (NatsSink sink = NatsSink.at("nats://127.0.0.1:1").open()) {
      assertThatThrownBy(sink::check)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("could not be asked");
    }
  }

  @Test
  void theCodeOfThePageRuns() throws Exception {
    broker.create("shipments", stream -> stream);
    String url = broker.nats.url();

    NatsSink nats = NatsSink.at(url).subjects("shipments").source("/shop").open();
    Relay toNats = Relay.named("nats", nats);

    assertThat(toNats.name()).isEqualTo("nats");
    nats.close();
    Page.assertRun("docs/messages.md", "NATS", NatsCheckTest.class);
  }
}
