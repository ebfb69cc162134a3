package dev.concordat.examples.broker;

import dev.concordat.kafka.KafkaSink;
import dev.concordat.kafka.KafkaSource;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** To Kafka: an ear is a consumer group. */
record KafkaWire(String address, Topology topology) implements Wire {

  private static final int PARTITIONS = 3;
  private static final short COPIES = 1;

  private Map<String, Object> properties() {
    return Map.of("bootstrap.servers", address, "reconnect.backoff.max.ms", "500");
  }

  @Override
  public void create() {
    List<NewTopic> topics =
        topology.topics().stream()
            .map(name -> new NewTopic(topic(name), PARTITIONS, COPIES))
            .toList();
    try (Admin admin = Admin.create(properties())) {
      admin.createTopics(topics).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("cannot create the topics at Kafka: " + e.getMessage(), e);
    }
  }

  @Override
  public String topic(String name) {
    return topology.prefixed(name);
  }

  /** One broker has one copy of everything: enough for a scenario, and refused anywhere else. */
  @Override
  public Sink sink() {
    return KafkaSink.with(properties())
        .allowing("replication.factor", "min.insync.replicas")
        .open();
  }

  /** A member with a name of its own: whoever succeeds a dead one has its partitions at once. */
  @Override
  public Map<String, Object> clientProperties(String member) {
    Map<String, Object> properties = new HashMap<>(properties());
    properties.put("group.instance.id", member);
    return properties;
  }

  @Override
  public Source source(String ear) {
    return KafkaSource.with(clientProperties(ear))
        .group(topology.prefixed(ear))
        .topics(topology.topics(ear).stream().map(this::topic).toArray(String[]::new))
        .build();
  }
}
