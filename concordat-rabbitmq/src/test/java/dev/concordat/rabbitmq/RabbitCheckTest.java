package dev.concordat.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Page;
import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Relay;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Unsafe queues are refused by name, and only warned of where their owner said so. */
class RabbitCheckTest {

  private static Broker broker;

  @BeforeAll
  static void start() {
    broker = new Broker();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static void assertRefused(RabbitSinkBuilder builder, String what) {
    assertThatThrownBy(builder::open)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("allowing(");
  }

  @Test
  void refusesAQueueThatIsNotThere() {
    assertRefused(broker.sink().queues("nowhere"), "queue is nowhere, and there is none");
  }

  @Test
  void refusesAQueueThatDoesNotLast() throws Exception {
    broker.use(channel -> channel.queueDeclare("fleeting", false, false, false, Map.of()));

    assertRefused(broker.sink().queues("fleeting"), "durable is false (queue fleeting)");
  }

  @Test
  void refusesAQueueThatGoesWithItsConsumers() throws Exception {
    broker.use(channel -> channel.queueDeclare("leaving", true, false, true, Map.of()));

    assertRefused(broker.sink().queues("leaving"), "auto_delete is true (queue leaving)");
  }

  @Test
  void refusesAClassicQueueUnlessItIsAllowed() throws Exception {
    broker.declare("classic", "classic");

    assertRefused(broker.sink().queues("classic"), "x-queue-type is classic (queue classic)");
    try (RabbitSink sink = broker.sink().queues("classic").allowing("x-queue-type").open()) {
      sink.check();
      assertThat(sink.findings())
          .singleElement()
          .satisfies(found -> assertThat(found.refused()).isFalse());
    }
  }

  @Test
  void hasNothingAgainstAQuorumQueue() throws Exception {
    broker.declare("quorum", "quorum");

    try (RabbitSink sink = broker.sink().queues("quorum").open()) {
      assertThat(sink.findings()).isEmpty();
    }
  }

  @Test
  void findsOutTheArgumentsOfAQueue() throws Exception {
    Map<String, Object> full = Map.of("x-max-length", 5, "x-single-active-consumer", true);
    broker.use(channel -> channel.queueDeclare("full", true, false, false, full));
    Map<String, Object> passing = Map.of("x-queue-type", "quorum", "x-expires", 3_600_000);
    broker.use(channel -> channel.queueDeclare("passing", true, false, false, passing));
    Map<String, Object> sound =
        Map.of("x-queue-type", "quorum", "x-dead-letter-exchange", "dead", "x-delivery-limit", 5);
    broker.use(channel -> channel.queueDeclare("sound", true, false, false, sound));

    assertThat(broker.sink().queues("full", "passing", "sound").findings())
        .extracting(found -> found.setting() + " " + found.value() + " " + found.refused())
        .containsExactly(
            "x-queue-type classic (queue full) true",
            "x-max-length 5 (queue full) false",
            "x-expires 3600000 (queue passing) false");
  }

  @Test
  void saysThatAStreamKnowsNothingAgain() throws Exception {
    broker.declare("stream", "stream");

    assertThat(broker.sink().queues("stream").findings())
        .singleElement()
        .satisfies(found -> {
          assertThat(found.value()).isEqualTo("stream (queue stream)");
          assertThat(found.refused()).isFalse();
        });
  }

  @Test
  void saysWhereTheUnroutableGoes() throws Exception {
    Map<String, Object> beside = Map.of("alternate-exchange", "beside");
    broker.use(channel -> channel.exchangeDeclare("main", "direct", true, false, beside));
    broker.use(channel -> channel.exchangeDeclare("leaving", "topic", true, true, Map.of()));

    assertThat(broker.sink().exchange("main").findings())
        .extracting(found -> found.setting() + " " + found.value())
        .containsExactly(
            "type direct (exchange main)", "alternate-exchange beside (exchange main)");
    assertRefused(broker.sink().exchange("leaving"), "auto_delete is true (exchange leaving)");
  }

  @Test
  void refusesAnExchangeThatIsNotThereOrDoesNotLast() throws Exception {
    broker.use(channel -> channel.exchangeDeclare("fleeting", "topic", false));

    assertRefused(broker.sink().exchange("nowhere"), "exchange is nowhere");
    assertRefused(broker.sink().exchange("fleeting"), "durable is false (exchange fleeting)");
  }

  @Test
  void opensWithoutABrokerAndSaysSoWhenAsked() {
    try (RabbitSink sink = RabbitSink.at("amqp://127.0.0.1:1").open()) {
      assertThatThrownBy(sink::check)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("could not be asked");
    }
    assertThatThrownBy(() -> RabbitSink.at("http://somewhere"))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void theCodeOfThePageRuns() throws Exception {
    broker.declare("invoices", "quorum");
    String uri = broker.rabbit.uri();

    RabbitSink rabbit = RabbitSink.at(uri).queues("invoices").source("/shop").open();
    Relay toRabbit = Relay.named("rabbit", rabbit);

    assertThat(toRabbit.name()).isEqualTo("rabbit");
    rabbit.close();
    Page.assertRun("docs/messages.md", "RabbitMQ", RabbitCheckTest.class);
  }
}
