package dev.concordat.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.Concordat;
import dev.concordat.core.StoredMessage;
import dev.concordat.kafka.KafkaSink;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * How fast one lane of a relay brings messages to Kafka, beside the plain producer with the same
 * settings, which has all its bytes in memory: once without headers, and once with as many bytes of
 * headers as a relay's records have.
 */
final class KafkaDraining {

  private static final int KEYS = 10_000;
  private static final int BYTES = 200;
  private static final long CHECKPOINT_NANOS = 20_000_000_000L;

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;
  private final int messages;

  KafkaDraining(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
    this.messages = plan.crowd().messages();
  }

  /** Plain producers' speeds are means of right before and right after the relay's. */
  private record Round(double bare, double headed, double relayed) {}

  private record Plain(double bare, double headed) {
    Plain mean(Plain other) {
      return new Plain((bare + other.bare) / 2, (headed + other.headed) / 2);
    }
  }

  /** Counts what Kafka has confirmed. */
  private record Confirmed(Sink kafka, Counting count) implements Sink {
    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      kafka.send(
          messages,
          new Receipts() {
            @Override
            public void delivered(StoredMessage message) {
              receipts.delivered(message);
              count.add(1);
            }

            @Override
            public void unavailable(StoredMessage message, String reason) {
              receipts.unavailable(message, reason);
            }

            @Override
            public void rejected(StoredMessage message, String reason) {
              receipts.rejected(message, reason);
            }
          });
    }
  }

  List<Row> run() throws Exception {
    List<Round> rounds = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    try (Bed bed = new Bed(postgres, "relay_kafka", 2);
        KafkaBed kafka = new KafkaBed();
        KafkaProducer<byte[], byte[]> producer = kafka.producer()) {
      Filling.prepare(bed.concordat());
      String relayed = kafka.topic("relayed");
      String plain = kafka.topic("plain");
      try (KafkaSink sink = kafka.sink(relayed)) {
        Confirmed confirmed = new Confirmed(sink, new Counting());
        relay(bed.concordat(), confirmed, relayed);
        plain(producer, plain);
        Plain before = plain(producer, plain);
        for (int i = 0; i < plan.rounds(); i++) {
          double speed = relay(bed.concordat(), confirmed, relayed);
          Plain after = plain(producer, plain);
          Plain mean = before.mean(after);
          rounds.add(new Round(mean.bare(), mean.headed(), speed));
          before = after;
          tell(i, rounds.getLast());
        }
      }
      verify(kafka.count(relayed), messages * (plan.rounds() + 1L), "relayed", wrong);
      verify(kafka.count(plain), 2L * messages * (plan.rounds() + 2), "sent plainly", wrong);
    }
    return List.of(
        row("relay-kafka", rounds, Round::bare).withVoid(wrong),
        row("relay-kafka-headers", rounds, Round::headed).withVoid(wrong));
  }

  private static void verify(long there, long sent, String what, List<String> wrong) {
    if (there != sent) {
      wrong.add(String.format("of %d messages %s, the topic has %d", sent, what, there));
    }
  }

  private void tell(int round, Round one) {
    said.accept(
        String.format(
            "relay-kafka, round %d: %,.0f messages per second, %.3f of the plain producer,"
                + " %.3f of it with headers",
            round + 1, one.relayed(), one.relayed() / one.bare(), one.relayed() / one.headed()));
  }

  private static Row row(String name, List<Round> rounds, ToDoubleFunction<Round> raw) {
    ToDoubleFunction<Round> ratio = round -> round.relayed() / raw.applyAsDouble(round);
    return Row.of(name)
        .with("raw_per_s", Numbers.median(rounds, raw))
        .with("concordat_per_s", Numbers.median(rounds, Round::relayed))
        .with("ratio", Numbers.median(rounds, ratio))
        .with("ratio_min", Numbers.min(rounds, ratio))
        .with("ratio_max", Numbers.max(rounds, ratio));
  }

  private double relay(DataSource pool, Confirmed sink, String topic) throws Exception {
    Filling.fill(pool, topic, messages);
    long had = sink.count().count();
    long from = System.nanoTime();
    try (Concordat concordat =
        Concordat.on(pool).relay(Relay.named("bench", sink)).pollingOnly().start()) {
      sink.count().await(had + messages);
      double speed = messages * 1e9 / (System.nanoTime() - from);
      awaitCheckpoint(concordat);
      return speed;
    }
  }

  /** What was confirmed since the last checkpoint would be sent again by the next round. */
  private static void awaitCheckpoint(Concordat concordat) {
    long end = System.nanoTime() + CHECKPOINT_NANOS;
    while (concordat.messaging().progress().stream().anyMatch(lane -> lane.behind() > 0)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("no checkpoint within 20 seconds");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Plain plain(KafkaProducer<byte[], byte[]> producer, String topic) {
    return new Plain(send(producer, topic, false), send(producer, topic, true));
  }

  private double send(KafkaProducer<byte[], byte[]> producer, String topic, boolean headed) {
    byte[][] keys = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = ("order-" + i).getBytes(UTF_8);
    }
    byte[] payload = new byte[BYTES];
    List<RecordHeader> headers = headed ? headers() : List.of();
    AtomicReference<Exception> failed = new AtomicReference<>();
    long from = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      var sent = new ProducerRecord<>(topic, keys[i % KEYS], payload);
      headers.forEach(header -> sent.headers().add(header));
      var unused =
          producer.send(
              sent,
              (metadata, failure) -> {
                if (failure != null) {
                  failed.set(failure);
                }
              });
    }
    producer.flush();
    double speed = messages * 1e9 / (System.nanoTime() - from);
    if (failed.get() != null) {
      throw new IllegalStateException("the plain producer failed", failed.get());
    }
    return speed;
  }

  /** As many bytes as CloudEvents' headers take. */
  private static List<RecordHeader> headers() {
    return List.of(
        header("ce_specversion", "1.0"),
        header("ce_id", new UUID(1, 2).toString()),
        header("ce_type", "OrderPlaced"),
        header("ce_source", "/concordat"),
        header("ce_time", "2025-01-01T00:00:00.000000Z"));
  }

  private static RecordHeader header(String name, String value) {
    return new RecordHeader(name, value.getBytes(UTF_8));
  }
}
