package dev.concordat.kafka;

import dev.concordat.core.StoredMessage;
import dev.concordat.kafka.Answer.Kind;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The topics of a sink: which were looked at, and which are not there. */
final class Topics {

  private final BrokerCheck check;
  private final Examination examination;
  private final Set<String> named;
  private final Set<String> examined = ConcurrentHashMap.newKeySet();
  private final Set<String> missing = ConcurrentHashMap.newKeySet();

  Topics(BrokerCheck check, Examination examination, Set<String> named) {
    this.check = check;
    this.examination = examination;
    this.named = named;
  }

  /** Refuses what can be seen without asking Kafka. */
  void refuse() {
    check.refuse(examination.ofProducer());
  }

  /** Looks at the named topics, if Kafka answers. */
  void open() {
    if (check.enforceIfThere(this::examine)) {
      examined.addAll(named);
    }
  }

  List<Finding> examine() throws Exception {
    Set<String> topics = new HashSet<>(named);
    topics.addAll(examined);
    return examination.of(topics);
  }

  /** The topics that are new, or were missing, are asked for before anything is sent to them. */
  Map<String, Answer> barred(List<StoredMessage> messages) {
    Map<String, Answer> barred = new HashMap<>();
    Set<String> asked = new HashSet<>();
    for (StoredMessage message : messages) {
      String topic = message.topic();
      if (!examined.contains(topic) && asked.add(topic)) {
        Answer answer = examine(topic);
        if (answer != null) {
          barred.put(topic, answer);
        }
      }
    }
    return barred;
  }

  /** The producer has waited for it in vain. */
  void missed(String topic) {
    examined.remove(topic);
    missing.add(topic);
  }

  /**
   * A topic that is not there for the first time may only be new: then the producer waits for it as
   * long as {@code max.block.ms} says.
   */
  private @Nullable Answer examine(String topic) {
    boolean[] there = {true};
    Optional<String> hindrance =
        check.hindrance(() -> {
          List<Finding> findings = examination.of(Set.of(topic));
          there[0] = findings.stream().noneMatch(Examination::isMissing);
          return there[0] ? findings : List.of();
        });
    if (hindrance.isPresent()) {
      return new Answer(Kind.UNAVAILABLE, hindrance.get());
    }
    if (there[0]) {
      examined.add(topic);
      missing.remove(topic);
    }
    return missing.contains(topic) ? Answer.noSuchTopic(topic) : null;
  }
}
