package dev.concordat.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Divides one set of properties among the clients of Kafka that are made of them. */
final class Clients {

  private Clients() {}

  /** Without what only a producer knows; interceptors are a producer's. */
  static Map<String, Object> consumer(Map<String, Object> properties) {
    Map<String, Object> all =
        known(properties, ConsumerConfig.configNames(), ProducerConfig.configNames());
    all.remove(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
    return all;
  }

  /** Without what only a consumer knows. */
  static Map<String, Object> producer(Map<String, Object> properties) {
    return known(properties, ProducerConfig.configNames(), ConsumerConfig.configNames());
  }

  /** What nobody knows may be meant for a plug-in of either. */
  private static Map<String, Object> known(
      Map<String, Object> properties, Set<String> names, Set<String> othersNames) {
    Map<String, Object> all = new HashMap<>();
    properties.forEach((name, value) -> {
      if (names.contains(name) || !othersNames.contains(name)) {
        all.put(name, value);
      }
    });
    return all;
  }
}
