package dev.concordat.kafka;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Looks at settings of Kafka as a {@link KafkaSink} does when it opens, and sends and reads
 * nothing.
 */
public final class KafkaCheck {

  private final Map<String, Object> properties;
  private final Examination examination;

  /**
   * A check that asks nobody yet.
   *
   * @param properties of Kafka's clients, those of a producer and of a consumer together if need
   *     be; at least {@code bootstrap.servers}
   */
  public KafkaCheck(Map<String, ?> properties) {
    this.properties = new HashMap<>(properties);
    this.examination = new Examination(this.properties);
  }

  /**
   * What can be seen without a broker: the producer's settings, and the consumer's if any of the
   * properties is a consumer's alone.
   *
   * @throws RefusedException if a number is none
   */
  public List<Finding> ofProperties() {
    List<Finding> findings = new ArrayList<>(examination.ofProducer());
    if (properties.keySet().stream().anyMatch(KafkaCheck::isConsumers)) {
      findings.addAll(new ConsumerExamination(properties).findings());
    }
    return findings;
  }

  private static boolean isConsumers(String setting) {
    return ConsumerConfig.configNames().contains(setting)
        && !ProducerConfig.configNames().contains(setting)
        && !AdminClientConfig.configNames().contains(setting);
  }

  /**
   * What the brokers say of themselves and of those topics; and of the topic in which transactions
   * note what they deliver, if there is one and a transactional id is among the properties.
   *
   * @throws RefusedException if none answers within seconds
   */
  public List<Finding> ofTopics(Set<String> topics) {
    return new BrokerCheck("Kafka", Set.of())
        .findings(() -> {
          Set<String> others = new HashSet<>(topics);
          others.remove(CursorTopic.NAME);
          List<Finding> findings = new ArrayList<>(examination.ofCluster(others));
          if (others.size() < topics.size() || sendsInTransactions()) {
            findings.addAll(ofNotes(topics.contains(CursorTopic.NAME)));
          }
          return findings;
        });
  }

  private boolean sendsInTransactions() {
    return properties.containsKey(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
  }

  /** One that is not there is created by whoever sends in transactions, and soundly. */
  private List<Finding> ofNotes(boolean named) throws Exception {
    List<Finding> findings = new ArrayList<>(examination.ofTopic(CursorTopic.NAME));
    if (findings.stream().anyMatch(Examination::isMissing)) {
      return named ? findings : List.of();
    }
    findings.addAll(examination.ofCompaction(CursorTopic.NAME));
    return findings;
  }
}
