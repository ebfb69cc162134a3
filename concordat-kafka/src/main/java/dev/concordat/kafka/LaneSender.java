package dev.concordat.kafka;

import static java.util.stream.Collectors.toSet;

import dev.concordat.core.NotNowException;
import dev.concordat.core.StoredMessage;
import dev.concordat.kafka.Answer.Kind;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Sink.Receipts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private final IllTopics illTopics;
  private final DeliveredIds delivered = new DeliveredIds(HOLD);
  private final Set<String> used = new HashSet<>();
  private List<UUID> earlier = List.of();
  private boolean over;

  private LaneSender(
      String lane,
      Records records,
      Topics topics,
      CursorTopic cursors,
      IllTopics illTopics,
      Producer<byte[], byte[]> producer) {
    this.lane = lane;
    this.records = records;
    this.topics = topics;
    this.cursors = cursors;
    this.illTopics = illTopics;
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
      IllTopics illTopics,
      Map<String, Object> properties) {
    Producer<byte[], byte[]> producer = new KafkaProducer<>(properties);
    LaneSender sender = new LaneSender(lane, records, topics, cursors, illTopics, producer);
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
    long begin = System.nanoTime();
    for (List<StoredMessage> part : illTopics.apart(fresh(messages, receipts), used, receipts)) {
      send(new ArrayDeque<>(part), begin, receipts);
    }
  }

  private void send(Deque<StoredMessage> rest, long begin, Receipts receipts) {
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
    Set<String> places = batch.stream().map(StoredMessage::topic).collect(toSet());
    long begin = System.nanoTime();
    try {
      int number = delivered.free(System.nanoTime());
      List<UUID> ids = batch.stream().map(DeliveredIds::idOf).toList();
      transaction.begin();
      batch.forEach(message -> transaction.send(message.position(), records.of(message)));
      transaction.send(cursors, cursors.record(lane, number, ids));
      transaction.commit();
      delivered.put(number, ids);
      used.addAll(places);
      illTopics.healed(places);
      batch.forEach(receipts::delivered);
    } catch (RuntimeException e) {
      // After another failure than Kafka's nobody knows in what state the producer is.
      over = !(e instanceof KafkaException) || !transaction.abort(e);
      suspect(batch, transaction, e, System.nanoTime() - begin);
      judge(batch, rest, transaction, over ? e : transaction.cause(e), receipts);
    }
  }

  /** Those of which a record failed, for no fault of its own; or all, if it is not known. */
  private void suspect(
      List<StoredMessage> batch, Transaction transaction, Exception failure, long took) {
    if (Answer.isFatal(failure)) {
      return;
    }
    Set<String> suspected = new HashSet<>();
    boolean explained = false;
    for (StoredMessage message : batch) {
      Exception own = transaction.failureOf(message.position());
      explained |= own != null;
      if (own != null && Answer.to(message, own).kind() == Kind.UNAVAILABLE) {
        suspected.add(message.topic());
      }
    }
    if (!explained) {
      batch.forEach(message -> suspected.add(message.topic()));
    }
    illTopics.failed(suspected, String.valueOf(transaction.cause(failure).getMessage()), took);
  }

  /** What has a failure of its own is told it, and the others go in another transaction. */
  private void judge(
      List<StoredMessage> batch,
      Deque<StoredMessage> rest,
      Transaction transaction,
      Exception failure,
      Receipts receipts) {
    List<StoredMessage> left = new ArrayList<>();
    for (StoredMessage message : batch) {
      Answer answer = over ? null : answer(message, transaction.failureOf(message.position()));
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

  private @Nullable Answer answer(StoredMessage message, @Nullable Exception failure) {
    if (failure == null) {
      return null;
    }
    Answer answer = Answer.to(message, failure);
    if (answer.kind() == Kind.REJECTED && Answer.isMissingTopic(failure)) {
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
