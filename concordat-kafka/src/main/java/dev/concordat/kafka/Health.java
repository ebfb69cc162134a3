package dev.concordat.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/** Whether Kafka can take records at present. Says nothing where it may not be asked. */
final class Health {

  private final Examination examination;

  Health(Examination examination) {
    this.examination = examination;
  }

  /** What keeps those topics from taking records at present, by topic. */
  Map<String, String> hindrances(Set<String> topics) {
    Map<String, String> hindrances = new HashMap<>();
    try (Admin admin = examination.admin()) {
      Map<String, KafkaFuture<TopicDescription>> described =
          admin.describeTopics(topics).topicNameValues();
      for (String topic : topics) {
        String hindrance = hindrance(admin, topic, Objects.requireNonNull(described.get(topic)));
        if (hindrance != null) {
          hindrances.put(topic, hindrance);
        }
      }
    } catch (KafkaException e) {
      // Whether it can be sent to, sending shows.
    }
    return hindrances;
  }

  private static @Nullable String hindrance(
      Admin admin, String topic, KafkaFuture<TopicDescription> described) {
    try {
      List<TopicPartitionInfo> partitions = described.get().partitions();
      int inSync = inSync(admin, topic);
      for (TopicPartitionInfo one : partitions) {
        int needed = Math.min(inSync, one.replicas().size());
        String partition = "partition " + one.partition() + " of topic " + topic;
        if (one.leader() == null || one.leader().isEmpty()) {
          return partition + " has no leader: bring its brokers back";
        }
        if (one.isr().size() < needed) {
          return partition
              + " has fewer replicas in sync ("
              + one.isr().size()
              + ") than min.insync.replicas ("
              + needed
              + "): bring its brokers back";
        }
      }
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } catch (ExecutionException e) {
      return null;
    }
  }

  private static int inSync(Admin admin, String topic) throws InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      ConfigEntry entry =
          Objects.requireNonNull(admin.describeConfigs(Set.of(resource)).values().get(resource))
              .get()
              .get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
      return entry == null || entry.value() == null ? 1 : Integer.parseInt(entry.value());
    } catch (ExecutionException e) {
      return 1;
    }
  }

  /** Where Kafka cannot end the last transaction of that id, which then begins no other; or "". */
  String unended(String transactionalId) {
    try (Admin admin = examination.admin()) {
      TransactionDescription found =
          admin.describeTransactions(Set.of(transactionalId)).description(transactionalId).get();
      List<String> partitions = new ArrayList<>();
      found.topicPartitions().forEach(one -> partitions.add(one.toString()));
      return partitions.isEmpty()
          ? ""
          : new TreeSet<>(partitions)
              .stream()
                  .collect(
                      Collectors.joining(
                          ", ",
                          ". Kafka has not ended the lane's last transaction at ",
                          "; if one of them has too few replicas in sync, the lane waits until its"
                              + " brokers are back"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } catch (ExecutionException | KafkaException e) {
      return "";
    }
  }
}
