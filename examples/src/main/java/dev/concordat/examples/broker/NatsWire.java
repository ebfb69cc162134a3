package dev.concordat.examples.broker;

import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import dev.concordat.nats.NatsSink;
import dev.concordat.nats.NatsSource;
import dev.concordat.nats.NatsSourceBuilder;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;

/** To NATS: one stream for all subjects, and for each ear a durable consumer. */
record NatsWire(String address, Topology topology) implements Wire {

  private Options options() {
    return Options.builder().server(address).reconnectWait(Duration.ofMillis(200)).build();
  }

  @Override
  public void create() {
    try (Connection connection = Nats.connect(options())) {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(topology.token())
                  .subjects(topology.token() + ".>")
                  .storageType(StorageType.File)
                  .build());
    } catch (Exception e) {
      throw new IllegalStateException("cannot create the stream: " + e.getMessage(), e);
    }
  }

  @Override
  public String topic(String name) {
    return topology.token() + "." + name;
  }

  @Override
  public Sink sink() {
    return NatsSink.with(options()).expectedStream(topology.token()).open();
  }

  /**
   * A killed reader's messages come again soon, so that whoever succeeds it need not wait. Servers
   * before 2.10 know one filter or none; with none, the consumer passes over what is not for it.
   */
  @Override
  public Source source(String ear) {
    List<String> topics = topology.topics(ear);
    NatsSourceBuilder all =
        NatsSource.with(options()).stream(topology.token())
            .durable(ear)
            .ackWait(Duration.ofSeconds(2));
    return (topics.size() == 1 ? all.subjects(topic(topics.getFirst())) : all).build();
  }
}
