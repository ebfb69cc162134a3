package dev.concordat.kafka;

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

  private final String system;
  private final BrokerCheck check;
  private final Topics topics;
  private final CursorTopic cursors;
  private final Records records;
  private final Map<String, Object> properties;
  private volatile boolean cursorsExamined;

  TransactionalKafkaSink(KafkaSinkBuilder builder, String system) {
    this.system = system;
    this.properties = builder.transactionalProperties();
    this.check = new BrokerCheck("Kafka", builder.allowed());
    Examination examination = new Examination(properties);
    this.topics = new Topics(check, examination, builder.topics());
    this.cursors = new CursorTopic(builder.cursorTopic(), examination, properties);
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
    return LaneSender.open(id, records, topics, cursors, withId(id));
  }

  private Map<String, Object> withId(String id) {
    Map<String, Object> all = new HashMap<>(properties);
    all.put(TRANSACTIONAL_ID_CONFIG, id);
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
