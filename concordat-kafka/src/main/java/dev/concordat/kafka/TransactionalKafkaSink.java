package dev.concordat.kafka;

import static org.apache.kafka.clients.producer.ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.LINGER_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.MAX_BLOCK_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG;
import static org.apache.kafka.clients.producer.ProducerConfig.TRANSACTIONAL_ID_CONFIG;

import dev.concordat.core.NotNowException;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Sink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Sends messages to Kafka effectively once: each batch of a lane in one transaction of Kafka's,
 * together with a note of what it delivers in a compacted topic. Whoever claims the lane next reads
 * the note, and sends nothing of it again.
 *
 * <p>Only readers with {@code isolation.level=read_committed} see each message once, and in the
 * order of its key; others also see what was aborted. A message is known by its id and topic. What
 * was delivered and noted in the database is forgotten here: if the database is restored from an
 * old dump, it is sent again.
 *
 * <p>The way of KIP-618, by which Kafka Connect's sources do the same; but with ids in place of
 * positions, which come again after a restore.
 */
public final class TransactionalKafkaSink implements Sink {

  private static final int LEAST_COMMIT_MS = 500;

  /** Above it, what Kafka's client does unasked is enough. */
  private static final int MOST_COMMIT_MS = 120_000;

  private final String system;
  private final BrokerCheck check;
  private final Topics topics;
  private final CursorTopic cursors;
  private final Records records;
  private final Map<String, Object> properties;
  private final Health health;
  private final Map<String, IllTopics> illTopics = new ConcurrentHashMap<>();
  private volatile boolean cursorsExamined;

  TransactionalKafkaSink(KafkaSinkBuilder builder, String system) {
    this.system = system;
    this.properties = builder.transactionalProperties();
    this.check = new BrokerCheck("Kafka", builder.allowed());
    Examination examination = new Examination(properties);
    this.topics = new Topics(check, examination, builder.topics());
    this.cursors = new CursorTopic(builder.cursorTopic(), examination, properties);
    this.health = new Health(examination);
    this.records = new Records(builder.source());
  }

  TransactionalKafkaSink opened() {
    topics.refuse();
    new Producers(withId("validated")).validate();
    topics.open();
    cursorsExamined = check.enforceIfThere(cursors::examine);
    return this;
  }

  /** As {@link KafkaSink#check}; also the topic of the notes, which is created if need be. */
  public void check() {
    check.enforce(this::examine);
  }

  /** The same as a list, refusing nothing. */
  public List<Finding> findings() {
    return check.findings(this::examine);
  }

  private List<Finding> examine() throws Exception {
    List<Finding> findings = new ArrayList<>(topics.examine());
    findings.addAll(cursors.examine());
    return findings.stream().distinct().toList();
  }

  @Override
  public Sender claimed(String relay, int lane) {
    if (!cursorsExamined) {
      check
          .hindrance(cursors::examine)
          .ifPresent(reason -> {
            throw new NotNowException(reason);
          });
      cursorsExamined = true;
    }
    String id = system + "/" + relay + "/" + lane;
    IllTopics ill = illTopics.computeIfAbsent(id, same -> new IllTopics(health));
    try {
      return LaneSender.open(id, records, topics, cursors, ill, failingBeforeCommit(withId(id)));
    } catch (NotNowException e) {
      throw new NotNowException(e.getMessage() + health.unended(id), e);
    }
  }

  private Map<String, Object> withId(String id) {
    Map<String, Object> all = new HashMap<>(properties);
    all.put(TRANSACTIONAL_ID_CONFIG, id);
    return all;
  }

  /**
   * A record that is not taken has to fail before the commit that waits for it does: only then can
   * the transaction be aborted, and the others go on. Nothing is repeated by that.
   */
  private static Map<String, Object> failingBeforeCommit(Map<String, Object> all) {
    long commit = Long.parseLong(String.valueOf(all.get(MAX_BLOCK_MS_CONFIG)).strip());
    boolean ours =
        Stream.of(DELIVERY_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS_CONFIG, LINGER_MS_CONFIG)
            .noneMatch(all::containsKey);
    if (ours && commit >= LEAST_COMMIT_MS && commit <= MOST_COMMIT_MS) {
      all.put(DELIVERY_TIMEOUT_MS_CONFIG, (int) (commit * 8 / 10));
      all.put(REQUEST_TIMEOUT_MS_CONFIG, (int) (commit * 7 / 10));
    }
    return all;
  }

  /**
   * Not without a lane.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    throw new UnsupportedOperationException("messages are sent under the claim of a lane");
  }
}
