package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.Bytes;
import dev.concordat.core.NotNowException;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.messaging.CloudEvent;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Source.Lanes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One membership of a group, from its subscription to its end. */
final class Reading implements ConsumerRebalanceListener {

  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  private static final String PREFIX = "ce_";
  private static final Duration GOODBYE = Duration.ofSeconds(5);
  private static final Duration BETWEEN_COMMITS = Duration.ofMillis(100);
  private static final Duration BETWEEN_REMINDERS = Duration.ofMinutes(1);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  /** A partition that is ours, and whose last owner still handles a message of it. */
  private record Held(long since, String why) {}

  private record Waiting(Partition partition, ConsumerRecord<byte[], byte[]> sent) {}

  private final KafkaConsumer<byte[], byte[]> client;
  private final Lanes lanes;
  private final ReaderSettings settings;
  private final boolean keepsOffsets;
  private final boolean gapsAllowed;
  private final Map<TopicPartition, Partition> ours = new HashMap<>();
  private final Map<TopicPartition, String> stuck = new HashMap<>();
  private final SequencedMap<TopicPartition, Held> held = new LinkedHashMap<>();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private long lastCommit = System.nanoTime();
  private long lastReminder = System.nanoTime();
  private long lastTry = System.nanoTime();

  Reading(
      KafkaConsumer<byte[], byte[]> client,
      Lanes lanes,
      ReaderSettings settings,
      boolean keepsOffsets,
      boolean gapsAllowed) {
    this.client = client;
    this.lanes = lanes;
    this.settings = settings;
    this.keepsOffsets = keepsOffsets;
    this.gapsAllowed = gapsAllowed;
  }

  /** Asks Kafka each time, for the group takes a member for dead that does not ask. */
  List<Delivery> receive(int most, Duration patience) {
    takeHeld();
    if (most > 0 && waiting.isEmpty()) {
      client.resume(client.assignment().stream().filter(one -> !isIdle(one)).toList());
      fetch(patience);
    } else {
      client.pause(client.assignment());
      fetch(Duration.ZERO);
    }
    if (isPast(lastCommit, BETWEEN_COMMITS)) {
      lastCommit = System.nanoTime();
      commit();
    }
    if (isPast(lastReminder, BETWEEN_REMINDERS)) {
      lastReminder = System.nanoTime();
      remind();
    }
    List<Delivery> deliveries = new ArrayList<>();
    while (deliveries.size() < most && !waiting.isEmpty()) {
      deliveries.add(delivery(waiting.remove()));
    }
    return deliveries;
  }

  private static boolean isPast(long since, Duration time) {
    return System.nanoTime() - since >= time.toNanos();
  }

  private void fetch(Duration patience) {
    ConsumerRecords<byte[], byte[]> fetched;
    try {
      fetched = client.poll(patience);
    } catch (NoOffsetForPartitionException e) {
      begin(e.partitions());
      return;
    } catch (OffsetOutOfRangeException e) {
      e.offsetOutOfRangePartitions().forEach(this::gap);
      return;
    }
    for (TopicPartition name : fetched.partitions()) {
      Partition partition = ours.get(name);
      if (partition != null) {
        for (ConsumerRecord<byte[], byte[]> sent : fetched.records(name)) {
          partition.fetched(sent.offset());
          waiting.add(new Waiting(partition, sent));
        }
      }
    }
    fetched
        .nextOffsets()
        .forEach((name, next) -> {
          Partition partition = ours.get(name);
          if (partition != null) {
            partition.passed(next.offset());
          }
        });
  }

  /** Nobody remembers anything of the group there. */
  private void begin(Collection<TopicPartition> partitions) {
    switch (settings.reset()) {
      case "none" -> throw new NoOffsetForPartitionException(Set.copyOf(partitions));
      case "latest" -> client.seekToEnd(partitions);
      default -> client.seekToBeginning(partitions);
    }
  }

  /** Everything behind the end would be taken for what was handled, if offsets are all we know. */
  private void gap(TopicPartition partition, long offset) {
    long first = client.beginningOffsets(Set.of(partition), GOODBYE).getOrDefault(partition, 0L);
    boolean removed = offset < first;
    if (gapsAllowed && (removed || !keepsOffsets)) {
      LOG.error(
          "partition {} is to be read from offset {}, which is not there, and goes on at {}:"
              + " messages may have been lost",
          partition,
          offset,
          first);
      client.seek(partition, first);
      return;
    }
    client.seek(partition, offset);
    client.pause(Set.of(partition));
    String why = removed ? removed(partition, offset, first) : beyond(partition, offset);
    stuck.put(partition, why);
    lanes.stuck(partition.toString(), why);
  }

  private static String removed(TopicPartition partition, long offset, long first) {
    return "messages of partition "
        + partition
        + " were removed before they were handled: group is at offset "
        + offset
        + ", and the first that is there is "
        + first
        + ". Raise retention.ms or retention.bytes of the topic; then go on without them by"
        + " building the source with allowing(\""
        + KafkaSource.GAP
        + "\")";
  }

  private String beyond(TopicPartition partition, long offset) {
    return "partition "
        + partition
        + " ends before offset "
        + offset
        + ", where it is to be read on: the topic was made anew, or a broker lost messages that it"
        + " had confirmed. Find out which; then "
        + (keepsOffsets
            ? "give the consumer another name, under which it begins anew"
            : "reset the offsets of group "
                + settings.group()
                + ", or build the source with"
                + " allowing(\""
                + KafkaSource.GAP
                + "\") to read it from its beginning");
  }

  private static Delivery delivery(Waiting one) {
    return new Delivery(
        one.partition().lane(), one.sent().offset(), message(one.sent()), null, one.partition());
  }

  private static ReceivedMessage message(ConsumerRecord<byte[], byte[]> sent) {
    Map<String, String> headers = new HashMap<>();
    sent.headers().forEach(header -> headers.put(header.key(), text(header.value())));
    byte[] key = sent.key();
    byte[] value = sent.value();
    return CloudEvent.received(
        sent.topic(),
        key == null ? null : text(key),
        headers,
        value == null ? Bytes.EMPTY : Bytes.taking(value),
        PREFIX,
        sent.topic() + "/" + sent.partition() + "/" + sent.offset());
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, UTF_8);
  }

  void done(List<Delivery> deliveries) {
    for (Delivery delivery : deliveries) {
      if (delivery.receipt() instanceof Partition partition) {
        partition.done(delivery.offset());
      }
    }
  }

  /** A commit that fails is repeated by the next one. */
  private void commit() {
    Map<TopicPartition, OffsetAndMetadata> due = due(ours.keySet());
    if (!due.isEmpty()) {
      client.commitAsync(
          due,
          (offsets, failure) -> {
            if (failure != null) {
              LOG.debug("offsets were not committed, and will be with the next", failure);
              ours.values().forEach(Partition::notCommitted);
            }
          });
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> due(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> due = new HashMap<>();
    for (TopicPartition name : partitions) {
      Partition partition = ours.get(name);
      long offset = partition == null ? -1 : partition.toCommit();
      if (partition != null && offset >= 0) {
        partition.committing(offset);
        due.put(name, new OffsetAndMetadata(offset));
      }
    }
    return due;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
    assigned.forEach(this::take);
  }

  private void take(TopicPartition name) {
    Partition partition = new Partition(name);
    OptionalLong from;
    try {
      from = lanes.taken(partition.lane());
    } catch (NotNowException e) {
      LOG.debug("partition {} is asked for again", name, e);
      client.pause(Set.of(name));
      held.computeIfAbsent(
          name, key -> new Held(System.nanoTime(), String.valueOf(e.getMessage())));
      return;
    }
    held.remove(name);
    ours.put(name, partition);
    if (from.isPresent()) {
      client.seek(name, from.getAsLong());
    } else if (keepsOffsets) {
      begin(List.of(name));
    }
  }

  /** One at a time, for each may have to wait, and the others are to go on. */
  private void takeHeld() {
    if (!held.isEmpty() && isPast(lastTry, BETWEEN_TRIES)) {
      TopicPartition name = held.firstEntry().getKey();
      take(name);
      Held still = held.remove(name);
      if (still != null) {
        held.put(name, still);
      }
      lastTry = System.nanoTime();
    }
  }

  private boolean isIdle(TopicPartition name) {
    return stuck.containsKey(name) || held.containsKey(name);
  }

  private void remind() {
    stuck.forEach((partition, why) -> lanes.stuck(partition.toString(), why));
    held.forEach((partition, one) -> {
      if (isPast(one.since(), BETWEEN_REMINDERS)) {
        lanes.stuck(partition.toString(), one.why());
      }
    });
  }

  /** What was handled and cannot be committed now is delivered again, and known. */
  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
    Map<TopicPartition, OffsetAndMetadata> due = due(revoked);
    try {
      if (!due.isEmpty()) {
        client.commitSync(due, GOODBYE);
      }
    } catch (KafkaException e) {
      LOG.debug("offsets were not committed before their partitions went", e);
    }
    onPartitionsLost(revoked);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> lost) {
    for (TopicPartition name : lost) {
      Partition partition = ours.remove(name);
      stuck.remove(name);
      held.remove(name);
      if (partition != null) {
        waiting.removeIf(one -> one.partition().name.equals(name));
        lanes.lost(partition.lane());
      }
    }
  }

  void close() {
    try {
      client.close(CloseOptions.timeout(GOODBYE));
    } catch (KafkaException e) {
      LOG.debug("Kafka's client did not close in order", e);
    }
  }
}
