package dev.concordat;

import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Source;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A source that reads a log with partitions, as Kafka's would, and fails when it is told to. */
final class LogSource implements Source {

  /** What several sources read, one at a time. */
  static final class Log {
    private final List<List<ReceivedMessage>> partitions = new ArrayList<>();
    private final Map<String, Long> committed = new HashMap<>();
    private final AtomicInteger received = new AtomicInteger();
    volatile boolean down;

    Log(int partitions) {
      for (int i = 0; i < partitions; i++) {
        this.partitions.add(new CopyOnWriteArrayList<>());
      }
    }

    void add(String id, String key, String type, String text) {
      add(new ReceivedMessage(id, "orders", key, type, Map.of(), Bytes.utf8(text)));
    }

    void add(ReceivedMessage message) {
      int hash = String.valueOf(message.key()).hashCode();
      partitions.get(Math.floorMod(hash, partitions.size())).add(message);
    }

    /** Old messages come once more. */
    void repeatSome() {
      for (List<ReceivedMessage> partition : partitions) {
        int size = partition.size();
        for (int i = 0; i < Math.min(5, size); i++) {
          partition.add(partition.get(size / 5 * i));
        }
      }
    }

    /** The first of each id, in their order within each partition. */
    List<ReceivedMessage> distinct() {
      Map<String, ReceivedMessage> first = new LinkedHashMap<>();
      partitions.forEach(
          partition -> partition.forEach(message -> first.putIfAbsent(message.id(), message)));
      return List.copyOf(first.values());
    }

    int size() {
      return partitions.stream().mapToInt(List::size).sum();
    }

    int received() {
      return received.get();
    }

    synchronized long told() {
      return committed.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized long committed(String lane) {
      return committed.getOrDefault(lane, 0L);
    }

    private synchronized void commit(String lane, long next) {
      committed.merge(lane, next, Math::max);
    }
  }

  private final Log log;
  private final Map<String, Long> positions = new HashMap<>();
  private final Map<String, TreeSet<Long>> open = new HashMap<>();

  LogSource(Log log) {
    this.log = log;
  }

  @Override
  public boolean hasOffsets() {
    return true;
  }

  @Override
  public void open(Lanes lanes, boolean keepsOffsets) throws IOException {
    answer();
    for (int i = 0; i < log.partitions.size(); i++) {
      String lane = "orders-" + i;
      OptionalLong from = lanes.taken(lane);
      positions.put(lane, from.orElse(log.committed(lane)));
      open.put(lane, new TreeSet<>());
    }
  }

  private void answer() throws IOException {
    if (log.down) {
      throw new IOException("the log is down");
    }
  }

  @Override
  public List<Delivery> receive(int most, Duration patience) throws IOException {
    answer();
    List<Delivery> all = new ArrayList<>();
    for (int i = 0; i < log.partitions.size(); i++) {
      String lane = "orders-" + i;
      List<ReceivedMessage> partition = log.partitions.get(i);
      long next = positions.getOrDefault(lane, 0L);
      while (next < partition.size() && all.size() < most) {
        open.getOrDefault(lane, new TreeSet<>()).add(next);
        all.add(new Delivery(lane, next, partition.get((int) next), null, null));
        next++;
      }
      positions.put(lane, next);
    }
    log.received.addAndGet(all.size());
    if (all.isEmpty()) {
      LockSupport.parkNanos(Math.min(patience.toNanos(), 1_000_000));
    }
    return all;
  }

  @Override
  public void done(List<Delivery> deliveries) throws IOException {
    answer();
    for (Delivery delivery : deliveries) {
      TreeSet<Long> waiting = open.getOrDefault(delivery.lane(), new TreeSet<>());
      waiting.remove(delivery.offset());
      long next = waiting.isEmpty() ? positions.getOrDefault(delivery.lane(), 0L) : waiting.first();
      log.commit(delivery.lane(), next);
    }
  }

  @Override
  public void close() {
    positions.clear();
    open.clear();
  }
}
