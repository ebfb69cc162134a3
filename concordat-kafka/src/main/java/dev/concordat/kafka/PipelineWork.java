package dev.concordat.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.core.RetryPolicy;
import dev.concordat.kafka.KafkaPipeline.Transformation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a pipeline makes of a record; and what it does with one of which it can make nothing. */
final class PipelineWork {

  private static final Logger LOG = LoggerFactory.getLogger(PipelineWork.class);

  private final String name;
  private final Transformation transformation;
  private final RetryPolicy retry;
  private final @Nullable String deadLetters;

  PipelineWork(
      String name, Transformation transformation, RetryPolicy retry, @Nullable String deadLetters) {
    this.name = name;
    this.transformation = transformation;
    this.retry = retry;
    this.deadLetters = deadLetters;
  }

  /** A record, what is to be written for it, and whether it was poison. */
  static final class Item {
    final ConsumerRecord<byte[], byte[]> read;
    final List<ProducerRecord<byte[], byte[]>> written;
    final boolean dead;

    Item(
        ConsumerRecord<byte[], byte[]> read,
        List<ProducerRecord<byte[], byte[]>> written,
        boolean dead) {
      this.read = read;
      this.written = List.copyOf(written);
      this.dead = dead;
    }

    long bytes() {
      long bytes = 0;
      for (ProducerRecord<byte[], byte[]> one : written) {
        bytes += one.value() == null ? 0 : one.value().length;
      }
      return bytes;
    }
  }

  /** A record could be neither transformed nor set aside. */
  static final class PoisonException extends Exception {
    private static final long serialVersionUID = 1L;

    PoisonException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * @param closing ends the waits between attempts
   * @return empty if it is closing
   * @throws PoisonException if nothing can be made of it, and it has no place to go
   */
  Optional<Item> item(ConsumerRecord<byte[], byte[]> read, CountDownLatch closing)
      throws PoisonException, InterruptedException {
    long begin = System.nanoTime();
    for (int attempts = 1; true; attempts++) {
      try {
        return Optional.of(new Item(read, transformation.apply(read), false));
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        double random = ThreadLocalRandom.current().nextDouble();
        Optional<Duration> wait =
            retry.delay(attempts, Duration.ofNanos(System.nanoTime() - begin), random);
        if (wait.isEmpty()) {
          return Optional.of(dead(read, e));
        }
        if (closing.await(wait.get().toNanos(), TimeUnit.NANOSECONDS)) {
          return Optional.empty();
        }
      }
    }
  }

  /** Instead of what Kafka will never take. */
  Item instead(Item item, Exception failure) throws PoisonException {
    if (item.dead) {
      throw new PoisonException(
          where(item.read) + " could not be set aside in topic " + deadLetters + ": " + failure,
          failure);
    }
    return dead(item.read, failure);
  }

  private Item dead(ConsumerRecord<byte[], byte[]> read, Exception failure) throws PoisonException {
    if (deadLetters == null) {
      throw new PoisonException(where(read) + " cannot be transformed: " + failure, failure);
    }
    LOG.warn(
        "Pipeline '{}': {} cannot be transformed. It goes to topic {}, and the rest go on: {}",
        name,
        where(read),
        deadLetters,
        failure.toString());
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(deadLetters, null, read.key(), read.value(), read.headers());
    header(letter, "reason", failure.toString());
    header(letter, "pipeline", name);
    header(letter, "topic", read.topic());
    header(letter, "partition", String.valueOf(read.partition()));
    header(letter, "offset", String.valueOf(read.offset()));
    return new Item(read, List.of(letter), true);
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String what, String value) {
    letter.headers().remove("dead_" + what).add("dead_" + what, value.getBytes(UTF_8));
  }

  private static String where(ConsumerRecord<byte[], byte[]> read) {
    return "record " + read.offset() + " of " + read.topic() + "-" + read.partition();
  }
}
