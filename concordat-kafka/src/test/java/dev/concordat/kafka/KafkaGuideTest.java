package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Page;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Relay;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code of the guide about Kafka's transactions compiles and runs, and is what stands there. */
class KafkaGuideTest {

  @ParameterizedTest
  @ValueSource(strings = {"Kafka, effectively once", "From Kafka to Kafka"})
  void theGuideIsThisCode(String section) throws Exception {
    Page.assertRun("docs/messages.md", section, KafkaGuideTest.class);
  }

  @Test
  void itRuns() {
    try (Broker broker = new Broker()) {
      String servers = broker.kafka.bootstrapServers();

      assertThatThrownBy(() -> once(servers))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("topic is orders");
      assertThatThrownBy(() -> pipeline(servers))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("topic is orders.enriched");
    }
  }

  private static void once(String servers) {
    TransactionalKafkaSink once =
        KafkaSink.with(Map.of("bootstrap.servers", servers))
            .topics("orders")
            .source("/shop")
            .openTransactional("shop");
    Relay onceToKafka = Relay.named("kafka-once", once);
    assertThat(onceToKafka.name()).isEqualTo("kafka-once");
  }

  private static void pipeline(String servers) {
    KafkaPipeline pipeline =
        KafkaPipeline.named("enrich")
            .from("orders")
            .to("orders.enriched")
            .with(Map.of("bootstrap.servers", servers))
            .transform(
                read -> List.of(new ProducerRecord<>("orders.enriched", read.key(), read.value())))
            .deadLetters("orders.dead")
            .start();
    assertThat(pipeline.failure()).isEmpty();
  }
}
