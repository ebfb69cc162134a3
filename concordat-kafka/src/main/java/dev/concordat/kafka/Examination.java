package dev.concordat.kafka;

import static org.apache.kafka.clients.producer.ProducerConfig.ACKS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION;
import static org.apache.kafka.clients.producer.ProducerConfig.PARTITIONER_CLASS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.RETRIES_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTIONAL_ID_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTION_TIMEOUT_CONFIG;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Looks at a producer's settings and at topics. */
final class Examination {

  private static final String MISSING = "topic";
  private static final int COPIES = 3;
  private static final int IN_SYNC = 2;
  private static final int IN_FLIGHT = 5;
  private static final long DELIVERY_MS = 30_000;
  private static final long TRANSACTION_MS = 60_000;
  private static final String MAX_TRANSACTION = "transaction.max.timeout.ms";

  /** Shorter than a relay's lease, whose thread waits for the answer. */
  private static final int ANSWER_MS = 5_000;

  private final Map<String, Object> producer;
  private final Map<String, Object> admin = new HashMap<>();

  Examination(Map<String, Object> producer) {
    this.producer = producer;
    producer.forEach((name, value) -> {
      if (AdminClientConfig.configNames().contains(name)
          || !(ProducerConfig.configNames().contains(name)
              || ConsumerConfig.configNames().contains(name))) {
        admin.put(name, value);
      }
    });
    admin.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MS);
    admin.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MS);
  }

  static boolean isMissing(Finding found) {
    return found.setting().equals(MISSING);
  }

  /** The producer's settings, and what the brokers and those topics have. */
  List<Finding> of(Set<String> topics) throws Exception {
    List<Finding> findings = new ArrayList<>(ofProducer());
    findings.addAll(ofCluster(topics));
    return findings;
  }

  /** What only the brokers can tell. */
  List<Finding> ofCluster(Set<String> topics) throws Exception {
    List<Finding> findings = new ArrayList<>();
    try (Admin client = admin()) {
      Node node = client.describeCluster().nodes().get().iterator().next();
      if (producer.containsKey(TRANSACTIONAL_ID_CONFIG)) {
        findings.addAll(ofTransactions(client, node));
      }
      for (String topic : new TreeSet<>(topics)) {
        findings.addAll(ofTopic(client, topic));
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    return findings;
  }

  /** What the brokers have of that topic alone. */
  List<Finding> ofTopic(String topic) throws Exception {
    try (Admin client = admin()) {
      return ofTopic(client, topic);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** What needs no broker to be seen. */
  List<Finding> ofProducer() {
    List<Finding> findings = new ArrayList<>();
    String acks = text(ACKS_CONFIG, "all");
    if (!acks.equals("all") && !acks.equals("-1")) {
      findings.add(
          Finding.unsafe(
              ACKS_CONFIG, acks, "messages are lost when a broker fails; it must be 'all'"));
    }
    if (!Boolean.parseBoolean(text(ENABLE_IDEMPOTENCE_CONFIG, "true"))) {
      findings.add(
          Finding.unsafe(
              ENABLE_IDEMPOTENCE_CONFIG,
              "false",
              "a retry of the client's repeats messages and may change their order"));
    }
    long inFlight = number(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, IN_FLIGHT);
    if (inFlight > IN_FLIGHT) {
      findings.add(
          Finding.unsafe(
              MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
              String.valueOf(inFlight),
              "above 5 a broker cannot recognise what is repeated"));
    }
    findings.addAll(patience());
    findings.addAll(partitioner());
    long transaction = number(TRANSACTION_TIMEOUT_CONFIG, 0);
    if (transaction > TRANSACTION_MS) {
      findings.add(
          Finding.unsafe(
              TRANSACTION_TIMEOUT_CONFIG,
              String.valueOf(transaction),
              "readers of what is committed wait so long for a process that died; it should be at"
                  + " most "
                  + TRANSACTION_MS));
    }
    return findings;
  }

  /** Kafka's own partitioner hashes the key; the order of a key rests on it. */
  private List<Finding> partitioner() {
    List<Finding> findings = new ArrayList<>();
    String partitioner = name(producer.get(PARTITIONER_CLASS_CONFIG));
    if (!partitioner.isEmpty()) {
      findings.add(
          Finding.unsafe(
              PARTITIONER_CLASS_CONFIG,
              partitioner,
              "unless it sends all records of a key to one partition, their order is lost; leave it"
                  + " out"));
    }
    if (Boolean.parseBoolean(text(PARTITIONER_IGNORE_KEYS_CONFIG, "false"))) {
      findings.add(
          Finding.unsafe(
              PARTITIONER_IGNORE_KEYS_CONFIG,
              "true",
              "records of one key go to several partitions, and their order is lost"));
    }
    return findings;
  }

  private static String name(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Class<?> type -> type.getName();
      default -> value.toString().strip();
    };
  }

  private List<Finding> patience() {
    List<Finding> findings = new ArrayList<>();
    long retries = number(RETRIES_CONFIG, Integer.MAX_VALUE);
    if (retries < Integer.MAX_VALUE) {
      findings.add(
          Finding.unsafe(
              RETRIES_CONFIG,
              String.valueOf(retries),
              "when they are used up the relay sends anew, which a broker cannot recognise: the"
                  + " message is there twice; leave it out"));
    }
    long delivery = number(DELIVERY_TIMEOUT_MS_CONFIG, Long.MAX_VALUE);
    if (delivery < DELIVERY_MS) {
      findings.add(
          Finding.unsafe(
              DELIVERY_TIMEOUT_MS_CONFIG,
              String.valueOf(delivery),
              "after it the relay sends anew, which a broker cannot recognise: every short outage"
                  + " repeats messages; it should be at least "
                  + DELIVERY_MS));
    }
    return findings;
  }

  /** Only a compacted topic keeps the last record of every key. */
  List<Finding> ofCompaction(String topic) throws Exception {
    try (Admin client = admin()) {
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      Config config = client.describeConfigs(Set.of(resource)).all().get().get(resource);
      String policy = config == null ? "" : value(config, TopicConfig.CLEANUP_POLICY_CONFIG, "");
      return policy.equals(TopicConfig.CLEANUP_POLICY_COMPACT)
          ? List.of()
          : List.of(
              Finding.unsafe(
                  TopicConfig.CLEANUP_POLICY_CONFIG,
                  policy + " (topic " + topic + ")",
                  "what was delivered is forgotten, and then sent again; it must be 'compact'"));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  Admin admin() {
    return Admin.create(admin);
  }

  private String text(String setting, String otherwise) {
    Object value = producer.get(setting);
    return value == null ? otherwise : String.valueOf(value).strip();
  }

  private long number(String setting, long otherwise) {
    String value = text(setting, String.valueOf(otherwise));
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new RefusedException(setting + " is '" + value + "', which is no number", e);
    }
  }

  private List<Finding> ofTransactions(Admin client, Node node) throws Exception {
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    Config config;
    try {
      config = client.describeConfigs(Set.of(broker)).all().get().values().iterator().next();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        return List.of(
            Finding.noted(
                "acl",
                "without DESCRIBE_CONFIGS on the cluster",
                TRANSACTION_TIMEOUT_CONFIG + " is not checked against " + MAX_TRANSACTION));
      }
      throw e;
    }
    long timeout = number(TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MS);
    String most = value(config, MAX_TRANSACTION, String.valueOf(Long.MAX_VALUE));
    return timeout <= Long.parseLong(most)
        ? List.of()
        : List.of(
            Finding.unsafe(
                TRANSACTION_TIMEOUT_CONFIG,
                timeout + ", and the brokers' " + MAX_TRANSACTION + " is " + most,
                "no transaction begins, so nothing is sent; it must not be more"));
  }

  private static List<Finding> ofTopic(Admin client, String topic) throws Exception {
    try {
      Map<String, TopicDescription> all =
          client.describeTopics(Set.of(topic)).allTopicNames().get();
      List<Finding> findings = new ArrayList<>(copies(topic, all.values()));
      findings.addAll(settings(client, topic));
      return findings;
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case UnknownTopicOrPartitionException missing -> List.of(missing(topic));
        case InvalidTopicException invalid -> List.of(missing(topic));
        case AuthorizationException hidden ->
            List.of(
                Finding.noted(
                    "acl", "without DESCRIBE on topic " + topic, "its settings are not checked"));
        case null, default -> throw e;
      };
    }
  }

  private static Finding missing(String topic) {
    return Finding.unsafe(
        MISSING,
        topic + ", and there is none",
        "messages to it become dead letters until somebody creates it");
  }

  private static List<Finding> copies(String topic, Iterable<TopicDescription> descriptions) {
    int fewest = Integer.MAX_VALUE;
    for (TopicDescription description : descriptions) {
      for (TopicPartitionInfo partition : description.partitions()) {
        fewest = Math.min(fewest, partition.replicas().size());
      }
    }
    return fewest >= COPIES
        ? List.of()
        : List.of(
            Finding.unsafe(
                "replication.factor",
                fewest + " (topic " + topic + ")",
                fewest == 1
                    ? "whoever loses that broker's disk loses messages; it should be 3"
                    : "one broker down is one too few for min.insync.replicas; it should be 3"));
  }

  private static List<Finding> settings(Admin client, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config;
    try {
      config = client.describeConfigs(Set.of(resource)).all().get().values().iterator().next();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        return List.of(
            Finding.noted(
                "acl",
                "without DESCRIBE_CONFIGS on topic " + topic,
                "min.insync.replicas and unclean.leader.election.enable are not checked"));
      }
      throw e;
    }
    List<Finding> findings = new ArrayList<>();
    String inSync = value(config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "1");
    if (Integer.parseInt(inSync) < IN_SYNC) {
      findings.add(
          Finding.unsafe(
              TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
              inSync + " (topic " + topic + ")",
              "a message is confirmed when a single broker has it, and lost with it; it should be"
                  + " 2"));
    }
    String unclean = value(config, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, "false");
    if (Boolean.parseBoolean(unclean)) {
      findings.add(
          Finding.unsafe(
              TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
              "true (topic " + topic + ")",
              "a broker that missed confirmed messages may become the leader, and they are gone"));
    }
    return findings;
  }

  private static String value(Config config, String setting, String otherwise) {
    ConfigEntry entry = config.get(setting);
    return entry == null || entry.value() == null ? otherwise : entry.value();
  }
}
