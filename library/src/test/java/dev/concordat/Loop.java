package dev.concordat;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** Topics in memory: what a relay sends is what sources deliver, or what is made of it. */
final class Loop implements Sink {

  private final Map<String, List<ReceivedMessage>> topics = new ConcurrentHashMap<>();

  /** What becomes of messages on their way: lost, doubled, turned about. */
  volatile UnaryOperator<List<ReceivedMessage>> road = UnaryOperator.identity();

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    for (StoredMessage sent : messages) {
      ReceivedMessage message =
          new ReceivedMessage(
              sent.id().toString(),
              sent.topic(),
              sent.key(),
              sent.type(),
              sent.headers(),
              sent.payload());
      topic(sent.topic()).addAll(road.apply(List.of(message)));
      receipts.delivered(sent);
    }
  }

  List<ReceivedMessage> topic(String name) {
    return topics.computeIfAbsent(name, key -> new CopyOnWriteArrayList<>());
  }

  Source source(String topic) {
    return new From(topic(topic));
  }

  private static final class From implements Source {
    private final List<ReceivedMessage> log;
    private int next;

    From(List<ReceivedMessage> log) {
      this.log = log;
    }

    @Override
    public boolean hasOffsets() {
      return false;
    }

    @Override
    public void open(Lanes lanes, boolean keepsOffsets) {
      OptionalLong unused = lanes.taken("the only one");
      next = 0;
    }

    @Override
    public List<Delivery> receive(int most, Duration patience) {
      List<Delivery> all = new ArrayList<>();
      while (next < log.size() && all.size() < most) {
        all.add(new Delivery("the only one", 0, log.get(next++), null, null));
      }
      if (all.isEmpty()) {
        LockSupport.parkNanos(Math.min(patience.toNanos(), 1_000_000));
      }
      return all;
    }

    @Override
    public void done(List<Delivery> deliveries) {}

    @Override
    public void close() {}
  }
}
