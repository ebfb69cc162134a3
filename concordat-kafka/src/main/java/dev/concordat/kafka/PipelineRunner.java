package dev.concordat.kafka;

import dev.concordat.core.ConcordatException;
import dev.concordat.kafka.PipelineWork.PoisonException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a pipeline going: after a failure of Kafka's clients, with new ones. */
final class PipelineRunner {

  private static final Logger LOG = LoggerFactory.getLogger(PipelineRunner.class);
  private static final Duration WAIT = Duration.ofMillis(500);

  private final String name;
  private final PipelineSettings settings;
  private final PipelineWork work;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable Throwable failure;
  private boolean troubled;

  PipelineRunner(String name, PipelineSettings settings, PipelineWork work) {
    this.name = name;
    this.settings = settings;
    this.work = work;
  }

  void run() {
    try {
      while (isOpen()) {
        try {
          settings.examine();
          session();
        } catch (KafkaException | ConcordatException e) {
          trouble(e);
        }
      }
    } catch (PoisonException | RuntimeException | Error e) {
      failure = e;
      LOG.error(
          "Pipeline '{}' has stopped. What is committed is whole; the rest is read when it starts"
              + " again. Mend the transformation or name a topic for dead letters first: {}",
          name,
          e.getMessage(),
          e instanceof PoisonException ? null : e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void session() throws PoisonException, InterruptedException {
    try (PipelineSession session = new PipelineSession(settings, work, closing)) {
      while (isOpen() && !session.isBroken()) {
        try {
          session.turn();
          troubled = false;
        } catch (KafkaException e) {
          trouble(e);
        }
      }
    }
  }

  /** Said once, until it works again. */
  private void trouble(RuntimeException e) throws InterruptedException {
    if (!troubled) {
      LOG.warn(
          "Pipeline '{}' is held up and tries again until it works; nothing is lost: {}",
          name,
          e.toString());
    }
    troubled = true;
    boolean unused = closing.await(WAIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private boolean isOpen() {
    return closing.getCount() > 0;
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  void stop() {
    closing.countDown();
  }
}
