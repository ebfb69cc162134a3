package dev.concordat.kafka;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink.Receipts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The topics at which transactions of a lane failed, known to one sender of it after the other.
 * Each goes in transactions of its own, after all others, so that it holds up nobody else; once one
 * of them is committed, it is forgotten.
 */
final class IllTopics {

  private static final Duration LOOK = Duration.ofSeconds(1);

  /** So a topic that is tried in vain costs a lane at most a third of its time. */
  private static final int REST = 2;

  private record Illness(String reason, long nextTry) {}

  private final Health health;
  private final Map<String, Illness> ill = new ConcurrentHashMap<>();

  IllTopics(Health health) {
    this.health = health;
  }

  /**
   * Those that may be sent, the healthy topics' first. What cannot be taken is told so, without
   * trying: a transaction that Kafka cannot end would stop the lane.
   *
   * @param used the topics that the sender has committed something to
   */
  List<List<StoredMessage>> apart(
      List<StoredMessage> messages, Set<String> used, Receipts receipts) {
    Map<String, List<StoredMessage>> byTopic = new LinkedHashMap<>();
    List<StoredMessage> healthy = new ArrayList<>();
    look(messages, used);
    long now = System.nanoTime();
    for (StoredMessage message : messages) {
      Illness illness = ill.get(message.topic());
      if (illness == null) {
        healthy.add(message);
      } else if (illness.nextTry() - now > 0) {
        receipts.unavailable(message, illness.reason());
      } else {
        byTopic.computeIfAbsent(message.topic(), topic -> new ArrayList<>()).add(message);
      }
    }
    List<List<StoredMessage>> all = new ArrayList<>();
    all.add(healthy);
    all.addAll(byTopic.values());
    return all;
  }

  private void look(List<StoredMessage> messages, Set<String> used) {
    long now = System.nanoTime();
    Set<String> asked = new HashSet<>();
    for (StoredMessage message : messages) {
      Illness illness = ill.get(message.topic());
      boolean due =
          illness == null ? !used.contains(message.topic()) : illness.nextTry() - now <= 0;
      if (due) {
        asked.add(message.topic());
      }
    }
    if (!asked.isEmpty()) {
      long next = System.nanoTime() + LOOK.toNanos();
      health
          .hindrances(asked)
          .forEach((topic, reason) -> ill.put(topic, new Illness(reason, next)));
    }
  }

  /**
   * A transaction failed. One with other topics is no proof, so it is tried again at once.
   *
   * @param tookNanos how long that took
   */
  void failed(Collection<String> topics, String reason, long tookNanos) {
    long now = System.nanoTime();
    for (String topic : topics) {
      boolean alone = ill.containsKey(topic);
      ill.put(topic, new Illness(reason, alone ? now + REST * tookNanos : now));
    }
  }

  void healed(Collection<String> topics) {
    ill.keySet().removeAll(topics);
  }
}
