package dev.concordat.messaging;

import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Consumers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The consumers of one process, and what people may do with what they could not handle. */
public final class Consuming {

  private final Engine engine;
  private final List<Consumer> consumers;
  private final List<ConsumerListener> listeners;
  private final Runnable committed;
  private final List<ConsumerRunner> runners = new ArrayList<>();

  /**
   * Used through the door.
   *
   * @param committed called after each transaction that handled something
   */
  @SuppressWarnings("exports")
  public Consuming(
      Engine engine,
      List<Consumer> consumers,
      List<ConsumerListener> listeners,
      Runnable committed) {
    this.engine = engine;
    this.consumers = List.copyOf(consumers);
    this.listeners = List.copyOf(listeners);
    this.committed = committed;
    Set<String> names = new HashSet<>();
    for (Consumer consumer : consumers) {
      if (!names.add(consumer.name())) {
        throw new RefusedException("two consumers are named '" + consumer.name() + "'");
      }
    }
  }

  /**
   * Begins to receive and handle.
   *
   * @throws RefusedException if a source's settings lose or repeat messages
   */
  public void start() {
    for (Consumer consumer : consumers) {
      ConsumerRunner runner = new ConsumerRunner(engine, consumer, listeners, committed);
      runners.add(runner);
      runner.start();
    }
  }

  /** How all consumers of this database stand. */
  public List<Consumers.Standing> standings() {
    return engine.soon(() -> engine.store().consumers().standings());
  }

  /** What a consumer could not handle and what waits for people, oldest first. */
  public List<Consumers.DeadLetter> deadLetters(String consumer, int most) {
    return engine.soon(() -> engine.store().consumers().deadLetters(consumer, most));
  }

  /** What a consumer could not handle so far and tries again by itself, oldest first. */
  public List<Consumers.DeadLetter> retrying(String consumer, int most) {
    return engine.soon(() -> engine.store().consumers().retrying(consumer, most));
  }

  /**
   * Lets a message that could not be handled be tried at once; those behind it follow.
   *
   * @param no its number among the dead letters, or among those that are tried again
   * @throws RefusedException if there is none of that number
   */
  public void replay(String consumer, long no) {
    if (!engine.store().consumers().replay(consumer, no)) {
      throw none(consumer, no);
    }
  }

  /**
   * Gives a message up that could not be handled: it counts as handled, and those behind it go on.
   *
   * @param no its number among the dead letters, or among those that are tried again
   * @throws RefusedException if there is none of that number
   */
  public void discard(String consumer, long no) {
    if (!engine.store().consumers().discard(consumer, no)) {
      throw none(consumer, no);
    }
  }

  private static RefusedException none(String consumer, long no) {
    return new RefusedException(
        "consumer '"
            + consumer
            + "' has no message "
            + no
            + " that waits for a person or is tried again");
  }

  /** Ends the consumers in order: running handlers end, and the brokers are told what is done. */
  public void close() {
    runners.forEach(ConsumerRunner::stop);
    runners.forEach(ConsumerRunner::close);
  }

  /** Ends as a killed process would. For crash tests. */
  public void kill() {
    runners.forEach(ConsumerRunner::kill);
  }
}
