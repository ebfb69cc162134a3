package dev.concordat.kafka;

import dev.concordat.kafka.PipelineWork.Item;
import dev.concordat.kafka.PipelineWork.PoisonException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of a pipeline, until it fails, and its producers. All in one thread: the group's
 * partitions change only while it polls, and then no transaction is open.
 */
final class PipelineSession implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A transaction is no larger than this, nor is more made before it is written. */
  private static final int MOST = 1000;

  private static final long MOST_BYTES = 8 * 1024 * 1024;
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** Whoever does not poll for {@code max.poll.interval.ms}, five minutes, leaves the group. */
  private static final Duration POLL_AGAIN = Duration.ofSeconds(30);

  private final PipelineSettings settings;
  private final PipelineWork work;
  private final CountDownLatch closing;
  private final Consumer<byte[], byte[]> consumer;
  private @Nullable Producer<byte[], byte[]> producer;
  private boolean broken;

  PipelineSession(PipelineSettings settings, PipelineWork work, CountDownLatch closing) {
    this.settings = settings;
    this.work = work;
    this.closing = closing;
    this.consumer = new KafkaConsumer<>(settings.consumer());
    consumer.subscribe(settings.from());
  }

  /** Whether its consumer is of no more use. */
  boolean isBroken() {
    return broken;
  }

  /**
   * The producer; another one if the last failed. Its beginning ends the last one's transaction,
   * committed or not, and only then is known how far was read.
   */
  private Producer<byte[], byte[]> producer() {
    Producer<byte[], byte[]> ready = producer;
    if (ready != null) {
      return ready;
    }
    Producer<byte[], byte[]> next = new KafkaProducer<>(settings.producer());
    try {
      next.initTransactions();
      consumer
          .committed(consumer.assignment(), PATIENCE)
          .forEach((partition, end) -> {
            if (end != null) {
              consumer.seek(partition, end);
            }
          });
    } catch (RuntimeException e) {
      next.close(Duration.ZERO);
      throw e;
    }
    producer = next;
    return next;
  }

  /** So that the consumer stays in the group while the producer is replaced. */
  private void discardProducer() {
    Producer<byte[], byte[]> last = producer;
    producer = null;
    if (last != null) {
      last.close(Duration.ZERO);
    }
  }

  /**
   * Reads, transforms and writes once.
   *
   * @throws KafkaException if Kafka does not do it; another turn does it again
   */
  void turn() throws PoisonException, InterruptedException {
    Deque<ConsumerRecord<byte[], byte[]>> rest = new ArrayDeque<>();
    Producer<byte[], byte[]> ready = producer();
    poll().forEach(rest::add);
    long begin = System.nanoTime();
    while (!rest.isEmpty()) {
      if (closing.getCount() == 0 || System.nanoTime() - begin > POLL_AGAIN.toNanos()) {
        rewind(rest);
        return;
      }
      chunk(rest, ready);
    }
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(POLL);
    } catch (KafkaException e) {
      broken = true;
      throw e;
    }
  }

  /** What was made before the poison is written before it is told of. */
  private void chunk(Deque<ConsumerRecord<byte[], byte[]>> rest, Producer<byte[], byte[]> ready)
      throws PoisonException, InterruptedException {
    List<Item> items = new ArrayList<>();
    PoisonException poison = null;
    long bytes = 0;
    int count = 0;
    long begin = System.nanoTime();
    while (!rest.isEmpty()
        && count < MOST
        && bytes < MOST_BYTES
        && System.nanoTime() - begin < LONGEST.toNanos()) {
      Optional<Item> item;
      try {
        item = work.item(rest.getFirst(), closing);
      } catch (PoisonException e) {
        poison = e;
        break;
      }
      if (item.isEmpty()) {
        break;
      }
      rest.removeFirst();
      items.add(item.get());
      bytes += item.get().bytes();
      count += 1 + item.get().written.size();
    }
    boolean written = items.isEmpty() || write(items, rest, ready);
    if (poison != null && written) {
      throw poison;
    }
  }

  /** False if the group has gone on without us: then the next poll takes part again. */
  private boolean write(
      List<Item> items, Deque<ConsumerRecord<byte[], byte[]>> rest, Producer<byte[], byte[]> ready)
      throws PoisonException {
    Transaction transaction = new Transaction(ready);
    try {
      transaction.begin();
      for (Item item : items) {
        item.written.forEach(one -> transaction.send(item, one));
      }
      transaction.sendOffsets(ends(items), consumer.groupMetadata());
      transaction.commit();
      return true;
    } catch (KafkaException e) {
      boolean aborted = transaction.abort(e);
      List<Item> mended = aborted ? mended(items, transaction) : null;
      if (mended != null) {
        return write(mended, rest, ready);
      }
      items.reversed().forEach(item -> rest.addFirst(item.read));
      rewind(rest);
      rest.clear();
      if (!aborted) {
        discardProducer();
      }
      if (aborted && e instanceof CommitFailedException) {
        return false;
      }
      throw e;
    }
  }

  /** Dead letters in place of what Kafka will never take; null if there was nothing of the kind. */
  private @Nullable List<Item> mended(List<Item> items, Transaction transaction)
      throws PoisonException {
    boolean changed = false;
    List<Item> mended = new ArrayList<>();
    for (Item item : items) {
      Exception failure = transaction.failureOf(item);
      if (failure != null && isPoison(failure)) {
        mended.add(work.instead(item, failure));
        changed = true;
      } else {
        mended.add(item);
      }
    }
    return changed ? mended : null;
  }

  private static boolean isPoison(Exception failure) {
    return failure instanceof RecordTooLargeException
        || failure instanceof InvalidRecordException
        || failure instanceof SerializationException;
  }

  private static Map<TopicPartition, OffsetAndMetadata> ends(List<Item> items) {
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    for (Item item : items) {
      OffsetAndMetadata end =
          new OffsetAndMetadata(item.read.offset() + 1, item.read.leaderEpoch(), "");
      ends.put(new TopicPartition(item.read.topic(), item.read.partition()), end);
    }
    return ends;
  }

  /** So that these are read again, if the partitions stay ours. */
  private void rewind(Collection<ConsumerRecord<byte[], byte[]>> unread) {
    Map<TopicPartition, Long> first = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> one : unread) {
      first.merge(new TopicPartition(one.topic(), one.partition()), one.offset(), Math::min);
    }
    first.keySet().retainAll(consumer.assignment());
    first.forEach(consumer::seek);
  }

  /** What is open is aborted by whoever goes on, or by Kafka; leaving the group takes a moment. */
  @Override
  public void close() {
    discardProducer();
    consumer.close(CloseOptions.timeout(PATIENCE));
  }
}
