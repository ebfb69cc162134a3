package dev.concordat.kafka;

import dev.concordat.core.NotNowException;
import dev.concordat.core.StoredMessage;
import dev.concordat.kafka.Answer.Kind;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Sink.Receipts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one lane's messages, each batch in one transaction of Kafka's with the note of what it
 * delivers. Opening it ends every other sender of the lane: Kafka takes nothing more from them.
 *
 * <p>When it is not known whether a transaction was committed, the sender is over. The next one
 * reads the notes, and so knows.
 */
final class LaneSender implements Sink.Sender {

  private static final int MOST = 1000;
  private static final int MOST_BYTES = 8 * 1024 * 1024;

  /** Well below a relay's lease, whose thread waits for the answers. */
  private static final Duration TURN = Duration.ofSeconds(2);

  /** Ten times what PostgreSQL may lose in a crash as it is set by default. */
  private static final Duration HOLD = Duration.ofSeconds(6);

  private final String lane;
  private final Records records;
  private final Topics topics;
  private final CursorTopic cursors;
  private final Producer<byte[], byte[]> producer;
  private final DeliveredIds delivered = new DeliveredIds(HOLD);
  private List<UUID> earlier = List.of();
  private boolean over;

  private LaneSender(
      String lane,
      Records records,
      Topics topics,
      CursorTopic cursors,
      Producer<byte[], byte[]> producer) {
    this.lane = lane;
    this.records = records;
    this.topics = topics;
    this.cursors = cursors;
    this.producer = producer;
  }

  /**
   * @param properties of the producer, with the lane's {@code transactional.id}
   */
  static LaneSender open(
      String lane,
      Records records,
      Topics topics,
      CursorTopic cursors,
      Map<String, Object> properties) {
    Producer<byte[], byte[]> producer = new KafkaProducer<>(properties);
    LaneSender sender = new LaneSender(lane, records, topics, cursors, producer);
    try {
      sender.begin();
      return sender;
    } catch (Exception e) {
      sender.close();
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new NotNowException(
          "Kafka did not let lane " + lane + " begin, and nothing was sent: " + e.getMessage(), e);
    }
  }

  /** First nobody else may send, then what was sent is read: so nothing comes in between. */
  private void begin() throws Exception {
    producer.initTransactions();
    cursors.readInto(delivered, lane);
    earlier = delivered.all();
  }

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    Deque<StoredMessage> rest = new ArrayDeque<>(fresh(messages, receipts));
    long begin = System.nanoTime();
    while (!rest.isEmpty()) {
      if (over || System.nanoTime() - begin > TURN.toNanos()) {
        String reason = over ? "the lane is claimed anew" : "Kafka is slow";
        rest.forEach(message -> receipts.unavailable(message, reason));
        return;
      }
      send(head(rest), rest, receipts);
    }
  }

  /** Without what is there already, or cannot be sent. */
  private List<StoredMessage> fresh(List<StoredMessage> messages, Receipts receipts) {
    List<StoredMessage> unsent = new ArrayList<>();
    for (StoredMessage message : messages) {
      if (delivered.contains(message)) {
        receipts.delivered(message);
      } else {
        unsent.add(message);
      }
    }
    Map<String, Answer> barred = topics.barred(unsent);
    if (barred.isEmpty()) {
      return unsent;
    }
    List<StoredMessage> free = new ArrayList<>();
    for (StoredMessage message : unsent) {
      Answer answer = barred.get(message.topic());
      if (answer == null) {
        free.add(message);
      } else {
        answer.tell(message, receipts);
      }
    }
    return free;
  }

  private static List<StoredMessage> head(Deque<StoredMessage> rest) {
    List<StoredMessage> batch = new ArrayList<>();
    long bytes = 0;
    while (!rest.isEmpty() && batch.size() < MOST && bytes < MOST_BYTES) {
      StoredMessage message = rest.removeFirst();
      bytes += message.payload().length();
      batch.add(message);
    }
    return batch;
  }

  private void send(List<StoredMessage> batch, Deque<StoredMessage> rest, Receipts receipts) {
    Transaction transaction = new Transaction(producer);
    try {
      int number = delivered.free(System.nanoTime());
      List<UUID> ids = batch.stream().map(DeliveredIds::idOf).toList();
      transaction.begin();
      batch.forEach(message -> transaction.send(message.position(), records.of(message)));
      transaction.send(cursors, cursors.record(lane, number, ids));
      transaction.commit();
      delivered.put(number, ids);
      batch.forEach(receipts::delivered);
    } catch (KafkaException e) {
      over = !transaction.abort(e);
      judge(batch, rest, transaction, over ? e : transaction.cause(e), receipts);
    }
  }

  /** What Kafka will never take is rejected, and the others go in another transaction. */
  private void judge(
      List<StoredMessage> batch,
      Deque<StoredMessage> rest,
      Transaction transaction,
      Exception failure,
      Receipts receipts) {
    List<StoredMessage> left = new ArrayList<>();
    for (StoredMessage message : batch) {
      Answer answer = over ? null : rejection(message, transaction.failureOf(message.position()));
      if (answer == null) {
        left.add(message);
      } else {
        answer.tell(message, receipts);
      }
    }
    if (left.size() < batch.size()) {
      left.reversed().forEach(rest::addFirst);
    } else {
      left.forEach(message -> receipts.unavailable(message, String.valueOf(failure.getMessage())));
    }
  }

  private @Nullable Answer rejection(StoredMessage message, @Nullable Exception failure) {
    if (failure == null) {
      return null;
    }
    Answer answer = Answer.to(message, failure);
    if (answer.kind() != Kind.REJECTED) {
      return null;
    }
    if (Answer.isMissingTopic(failure)) {
      topics.missed(message.topic());
    }
    return answer;
  }

  @Override
  public void settled(List<StoredMessage> messages) {
    delivered.settled(messages.stream().map(DeliveredIds::idOf).toList(), System.nanoTime());
  }

  @Override
  public void settledEarlier() {
    delivered.settled(earlier, System.nanoTime());
    earlier = List.of();
  }

  @Override
  public boolean isOver() {
    return over;
  }

  /** What is open in Kafka is aborted by the next sender, or when it has lasted too long. */
  @Override
  public void close() {
    over = true;
    producer.close(Duration.ZERO);
  }
}
