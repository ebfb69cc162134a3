package dev.concordat.test;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.StoredMessage;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.json.JsonCodec;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Consuming;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Messaging;
import dev.concordat.messaging.Participant;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import dev.concordat.saga.Sagas;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A participant beside the saga on the same store: a real relay and real consumers, and topics in
 * memory between them, which deliver every message twice.
 */
final class Loopback implements Beside {

  private static final Duration QUIET = Duration.ofMillis(20);

  private final Participant participant;
  private final String topic;

  Loopback(Participant participant, String topic) {
    this.participant = participant;
    this.topic = topic;
  }

  @Override
  public Running begin(Store store) {
    Topics topics = new Topics();
    Engine engine =
        new Engine(
            store, new SystemPlatform(), EngineConfig.DEFAULT.withListens(false), List.of(), false);
    Sagas sagas = new Sagas(List.of(), new JsonCodec(), 1024, Map.of(), List.of());
    sagas.drivenBy(engine);
    Relay relay = Relay.named("loop", topics).idle(Duration.ofMillis(1));
    Messaging messaging =
        new Messaging(engine, List.of(relay), List.of(), Duration.ofDays(1), true);
    Consumer replies =
        Consumer.named("replies", topics.source("replies")).otherwise(sagas.replies()::take);
    Consumer commands = participant.consumer(engine, topics.source(topic));
    Consuming consuming =
        new Consuming(engine, List.of(replies, commands), List.of(), messaging::wake);
    messaging.start();
    consuming.start();
    return new Running() {
      @Override
      public boolean isIdle() {
        return topics.isIdle();
      }

      @Override
      public void close() {
        consuming.close();
        messaging.close();
        engine.close();
      }
    };
  }

  private static final class Topics implements Sink {
    private final Map<String, List<ReceivedMessage>> topics = new ConcurrentHashMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile long lastMoved = System.nanoTime();

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
        underWay.addAndGet(2);
        lastMoved = System.nanoTime();
        topic(sent.topic()).addAll(List.of(message, message));
        receipts.delivered(sent);
      }
    }

    /** A relay looks every millisecond, so what it has not seen by then is not there. */
    boolean isIdle() {
      return underWay.get() == 0 && System.nanoTime() - lastMoved > QUIET.toNanos();
    }

    private List<ReceivedMessage> topic(String name) {
      return topics.computeIfAbsent(name, key -> new CopyOnWriteArrayList<>());
    }

    Source source(String name) {
      List<ReceivedMessage> log = topic(name);
      return new Source() {
        private int next;

        @Override
        public boolean hasOffsets() {
          return false;
        }

        @Override
        public void open(Lanes lanes, boolean keepsOffsets) {
          OptionalLong unused = lanes.taken("one");
        }

        @Override
        public List<Delivery> receive(int most, Duration patience) {
          List<Delivery> all = new ArrayList<>();
          while (next < log.size() && all.size() < most) {
            all.add(new Delivery("one", 0, log.get(next++), null, null));
          }
          if (all.isEmpty()) {
            LockSupport.parkNanos(200_000);
          }
          return all;
        }

        @Override
        public void done(List<Delivery> deliveries) {
          lastMoved = System.nanoTime();
          underWay.addAndGet(-deliveries.size());
        }

        @Override
        public void close() {}
      };
    }
  }
}
