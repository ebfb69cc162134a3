package dev.concordat.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Reads from topics of Kafka, makes of each record none or more others, and writes those; what is
 * written and how far was read are committed together, in one transaction of Kafka's. So within
 * Kafka each record has its effect once, however often the process dies.
 *
 * <p>Its limits: only readers with {@code isolation.level=read_committed} see what is written once.
 * The transformation itself may run several times for one record, so whatever it does outside Kafka
 * (in a database, by a call, in a file) is done again. Both ends must be in one Kafka.
 *
 * <p>Several may run under one name, in one process or in many: Kafka divides the partitions among
 * them. One that fell out of the group, because it slept or was slow, cannot commit any more. The
 * records of a partition are transformed one after the other, in their order.
 */
public final class KafkaPipeline implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PipelineRunner runner;
  private final Thread thread;

  KafkaPipeline(String name, PipelineRunner runner) {
    this.runner = runner;
    this.thread = Thread.ofPlatform().name("concordat-pipeline-" + name).unstarted(runner::run);
  }

  KafkaPipeline started() {
    thread.start();
    return this;
  }

  /**
   * A pipeline to be built.
   *
   * @param name the consumer group's: how far it has read is kept under it
   */
  public static KafkaPipelineBuilder named(String name) {
    return new KafkaPipelineBuilder(name);
  }

  /** Makes other records of a record. */
  @FunctionalInterface
  public interface Transformation {

    /**
     * What is to be written for it: to which topic, with which key and value. May be called again
     * with the same record, so it should have no effects of its own.
     *
     * @throws Exception if it cannot be transformed; it is tried again, and then is poison
     */
    List<ProducerRecord<byte[], byte[]>> apply(ConsumerRecord<byte[], byte[]> read)
        throws Exception;
  }

  /** Whether it works, or waits for Kafka to come back. */
  public boolean isRunning() {
    return thread.isAlive();
  }

  /** Why it stopped by itself: a record could be neither transformed nor set aside. */
  public Optional<Throwable> failure() {
    return runner.failure();
  }

  /** Ends in order: what was begun is committed or undone, and others may go on at once. */
  @Override
  public void close() {
    runner.stop();
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
