package dev.concordat.kafka;

import dev.concordat.core.StoredMessage;
import dev.concordat.kafka.Answer.Kind;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Sink;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to Kafka: the message's topic is Kafka's, its key the record's. A message is
 * delivered when all in-sync replicas have it.
 *
 * <p>A record that Kafka will never take is rejected; when Kafka does not answer, or its producer
 * fails, the message is sent again. So it may be there twice, with the same {@code ce_id}.
 */
public final class KafkaSink implements Sink {

  private final BrokerCheck check;
  private final Producers producers;
  private final Records records;
  private final Topics topics;

  KafkaSink(KafkaSinkBuilder builder) {
    this.check = new BrokerCheck("Kafka", builder.allowed());
    this.topics =
        new Topics(check, new Examination(builder.producerProperties()), builder.topics());
    this.producers = new Producers(builder.producerProperties());
    this.records = new Records(builder.source());
  }

  /**
   * A sink to be built.
   *
   * @param properties of Kafka's client: at least {@code bootstrap.servers}, and what it needs to
   *     get in
   */
  public static KafkaSinkBuilder with(Map<String, ?> properties) {
    return new KafkaSinkBuilder(properties);
  }

  KafkaSink opened() {
    topics.refuse();
    producers.validate();
    topics.open();
    return this;
  }

  /**
   * Looks at the producer's settings, and at those of the topics that were named or sent to.
   *
   * @throws dev.concordat.core.RefusedException if they lose or repeat messages and were not
   *     allowed, or if Kafka does not answer
   */
  public void check() {
    check.enforce(topics::examine);
  }

  /** The same as a list, refusing nothing. */
  public List<Finding> findings() {
    return check.findings(topics::examine);
  }

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    Map<String, Answer> barred = topics.barred(messages);
    for (StoredMessage message : messages) {
      Answer answer = barred.get(message.topic());
      if (answer == null) {
        answer = send(message, receipts);
        if (answer != null) {
          barred.put(message.topic(), answer);
        }
      } else {
        answer.tell(message, receipts);
      }
    }
  }

  /** Returns what holds for all of the topic, if its records cannot even be queued. */
  private @Nullable Answer send(StoredMessage message, Receipts receipts) {
    Producer<byte[], byte[]> producer;
    try {
      producer = producers.current();
    } catch (RuntimeException e) {
      Answer answer = Answer.to(message, e);
      answer.tell(message, receipts);
      return answer;
    }
    try {
      Future<?> future =
          producer.send(
              records.of(message),
              (metadata, failure) -> answered(message, failure, producer, receipts));
      return stalled(message, future);
    } catch (RuntimeException e) {
      // The producer itself is broken, or was closed by a failure of another record.
      producers.discard(producer);
      Answer.to(message, e).tell(message, receipts);
      return null;
    }
  }

  /** Whether the producer waited in vain for the topic, or for room; so would those that follow. */
  private @Nullable Answer stalled(StoredMessage message, Future<?> future) {
    if (future.state() == Future.State.FAILED
        && future.exceptionNow() instanceof TimeoutException e) {
      Answer answer = Answer.to(message, e);
      if (answer.kind() == Kind.REJECTED) {
        topics.missed(message.topic());
      }
      return answer;
    }
    return null;
  }

  private void answered(
      StoredMessage message,
      @Nullable Exception failure,
      Producer<byte[], byte[]> producer,
      Receipts receipts) {
    if (failure == null) {
      receipts.delivered(message);
      return;
    }
    if (Answer.isFatal(failure)) {
      producers.discard(producer);
    }
    Answer.to(message, failure).tell(message, receipts);
  }

  @Override
  public void close() {
    producers.close();
  }
}
