package dev.concordat.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.Concordat;
import dev.concordat.kafka.KafkaSink;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Relay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * How long after its commit returned a message is with a consumer of Kafka's, at a thousand per
 * second, beside what the plain producer sends to the same consumer.
 */
final class KafkaDelay {

  private static final Duration POLL = Duration.ofSeconds(1);

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  KafkaDelay(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  private record Round(Latencies plain, Latencies relayed) {}

  Row run() throws Exception {
    try (KafkaBed kafka = new KafkaBed()) {
      String relayed = kafka.topic("relayed");
      String plain = kafka.topic("plain");
      Map<String, Long> arrived = new ConcurrentHashMap<>();
      KafkaConsumer<byte[], byte[]> consumer = kafka.consumer(List.of(relayed, plain));
      Thread reader = Thread.ofPlatform().start(() -> read(consumer, arrived));
      try (Bed bed = new Bed(postgres, "latency_kafka", Pace.CLIENTS);
          KafkaProducer<byte[], byte[]> producer = kafka.producer();
          KafkaSink sink = kafka.sink(relayed);
          Concordat concordat =
              Concordat.on(bed.concordat()).relay(Relay.named("bench", sink)).start()) {
        Pace.Sending plainly = text -> send(producer, plain, text);
        Pace.Sending publishing = text -> Delay.publish(bed.concordat(), concordat, relayed, text);
        return row(rounds(plainly, publishing, arrived));
      } finally {
        consumer.wakeup();
        reader.join();
      }
    }
  }

  private List<Round> rounds(
      Pace.Sending plainly, Pace.Sending publishing, Map<String, Long> arrived)
      throws InterruptedException {
    long nanos = plan.slice().toNanos();
    List<Round> rounds = new ArrayList<>();
    for (int i = -1; i < plan.rounds(); i++) {
      Round round =
          new Round(
              Pace.measure("plain" + i, nanos, plainly, arrived),
              Pace.measure("relayed" + i, nanos, publishing, arrived));
      if (i >= 0) {
        rounds.add(round);
        said.accept(
            String.format(
                "latency-kafka, round %d: p50 %.2f ms, p99 %.2f ms; plain producer %.2f, %.2f",
                i + 1,
                round.relayed().percentile(0.5),
                round.relayed().percentile(0.99),
                round.plain().percentile(0.5),
                round.plain().percentile(0.99)));
      }
    }
    return rounds;
  }

  private static Row row(List<Round> rounds) {
    return Row.of("latency-kafka")
        .with("concordat_per_s", (double) Pace.PER_SECOND)
        .with("p50_ms", percentile(rounds, round -> round.relayed().percentile(0.5)))
        .with("p99_ms", percentile(rounds, round -> round.relayed().percentile(0.99)))
        .with("raw_p50_ms", percentile(rounds, round -> round.plain().percentile(0.5)))
        .with("raw_p99_ms", percentile(rounds, round -> round.plain().percentile(0.99)));
  }

  private static @Nullable Double percentile(List<Round> rounds, ToDoubleFunction<Round> of) {
    return Numbers.median(rounds, of);
  }

  private static long send(KafkaProducer<byte[], byte[]> producer, String topic, String text) {
    long now = System.nanoTime();
    byte[] bytes = text.getBytes(UTF_8);
    var unused = producer.send(new ProducerRecord<>(topic, bytes, bytes));
    return now;
  }

  private static void read(KafkaConsumer<byte[], byte[]> consumer, Map<String, Long> arrived) {
    try (consumer) {
      while (true) {
        var records = consumer.poll(POLL);
        long now = System.nanoTime();
        records.forEach(record -> arrived.put(new String(record.value(), UTF_8), now));
      }
    } catch (WakeupException e) {
      // It is over.
    }
  }
}
