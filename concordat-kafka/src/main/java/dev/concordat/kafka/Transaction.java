package dev.concordat.kafka;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.jspecify.annotations.Nullable;

/** One transaction of a producer, and what became of its records. */
final class Transaction {

  private final Producer<byte[], byte[]> producer;
  private final Map<Object, Exception> failures = new ConcurrentHashMap<>();
  private boolean committing;

  Transaction(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  void begin() {
    producer.beginTransaction();
  }

  /**
   * @param of what the record is of, to ask {@link #failureOf} with
   * @throws KafkaException if the transaction can only be aborted
   */
  void send(Object of, ProducerRecord<byte[], byte[]> sent) {
    Future<?> future;
    try {
      future = producer.send(sent, (metadata, failure) -> failed(of, failure));
    } catch (KafkaException e) {
      throw e;
    } catch (RuntimeException e) {
      failed(of, e);
      throw new KafkaException("Kafka's client failed: " + e, e);
    }
    if (future.state() == Future.State.FAILED) {
      throw new KafkaException("a record was not taken", future.exceptionNow());
    }
  }

  /** Those that were only part of what was aborted have no failure of their own. */
  private void failed(Object of, @Nullable Exception failure) {
    if (failure != null && !(failure instanceof TransactionAbortedException)) {
      failures.putIfAbsent(of, failure);
    }
  }

  /**
   * What was read is committed with it, unless the group has gone on without this member.
   *
   * @throws KafkaException if the transaction can only be aborted
   */
  void sendOffsets(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
    producer.sendOffsetsToTransaction(offsets, group);
  }

  void commit() {
    committing = true;
    producer.commitTransaction();
  }

  /**
   * Aborts after a failure. Returns false if that cannot be done, or if it may be committed; then
   * the producer is of no more use.
   */
  boolean abort(RuntimeException failure) {
    if (Answer.isFatal(failure) || mayBeCommitted(failure)) {
      return false;
    }
    try {
      producer.abortTransaction();
      return true;
    } catch (KafkaException | IllegalStateException e) {
      return false;
    }
  }

  /** Kafka's client asks for no commit once one of the records has failed. */
  private boolean mayBeCommitted(RuntimeException failure) {
    return committing
        && failures.isEmpty()
        && (failure instanceof TimeoutException || failure instanceof InterruptException);
  }

  @Nullable Exception failureOf(Object of) {
    return failures.get(of);
  }

  /** The first failure of a record, if there is one: it says more than what followed from it. */
  Exception cause(Exception otherwise) {
    return failures.values().stream().findFirst().orElse(otherwise);
  }
}
