package dev.concordat.nats;

import dev.concordat.messaging.Finding;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Looks at the streams of subjects. */
final class Examination {

  private static final String MISSING = "stream";
  private static final int COPIES = 3;

  /** Longer than a relay's lease, after which another sends again what the last had sent. */
  private static final Duration WINDOW = Duration.ofMinutes(2);

  private final Link link;
  private final @Nullable String expected;

  Examination(Link link, @Nullable String expected) {
    this.link = link;
    this.expected = expected;
  }

  static boolean isMissing(Finding found) {
    return found.setting().equals(MISSING);
  }

  List<Finding> of(Set<String> subjects) throws Exception {
    JetStreamManagement management = link.connected().jetStreamManagement();
    List<Finding> findings = new ArrayList<>();
    Set<String> streams = new TreeSet<>();
    for (String subject : new TreeSet<>(subjects)) {
      List<String> covering = management.getStreamNames(subject);
      streams.addAll(covering);
      if (covering.isEmpty()) {
        findings.add(missing(subject));
      } else if (expected != null && !covering.contains(expected)) {
        findings.add(another(subject, covering, expected));
      }
    }
    if (expected != null && subjects.isEmpty()) {
      findings.addAll(streamItself(management, expected, streams));
    }
    for (String stream : streams) {
      findings.addAll(of(management.getStreamInfo(stream).getConfiguration()));
      findings.addAll(consumers(management, stream));
    }
    return findings;
  }

  private static List<Finding> streamItself(
      JetStreamManagement management, String stream, Set<String> streams) throws Exception {
    if (management.getStreamNames().contains(stream)) {
      streams.add(stream);
      return List.of();
    }
    return List.of(
        Finding.unsafe(
            MISSING, stream + ", and there is none", "nothing can be sent to it: create it"));
  }

  /** How others consume loses nothing of the stream, so it is said and not refused. */
  private static List<Finding> consumers(JetStreamManagement management, String stream)
      throws Exception {
    List<Finding> findings = new ArrayList<>();
    for (ConsumerInfo consumer : management.getConsumers(stream)) {
      ConsumerConfiguration settings = consumer.getConsumerConfiguration();
      String where = " (consumer " + consumer.getName() + " of stream " + stream + ")";
      if (settings.getDurable() != null && settings.getAckPolicy() == AckPolicy.None) {
        findings.add(
            Finding.noted(
                "ack_policy", "none" + where, "what it had and did not handle never comes again"));
      }
      if (settings.getMaxDeliver() > 0) {
        findings.add(
            Finding.noted(
                "max_deliver",
                settings.getMaxDeliver() + where,
                "what it could not handle so often never comes to it again"));
      }
    }
    return findings;
  }

  private static Finding missing(String subject) {
    return Finding.unsafe(
        MISSING,
        "not there for subject " + subject,
        "messages to it become dead letters until somebody creates one");
  }

  private static Finding another(String subject, List<String> covering, String expected) {
    return Finding.unsafe(
        "expected stream",
        expected + ", but " + covering + " for subject " + subject,
        "the stream does not take the message");
  }

  private static List<Finding> of(StreamConfiguration stream) {
    List<Finding> findings = new ArrayList<>();
    String where = " (stream " + stream.getName() + ")";
    if (stream.getStorageType() == StorageType.Memory) {
      findings.add(
          Finding.unsafe(
              "storage",
              "memory" + where,
              "what it confirmed is lost when its server ends; it should be file"));
    }
    if (stream.getNoAck()) {
      findings.add(
          Finding.unsafe(
              "no_ack", "true" + where, "nothing is confirmed, so all is sent for ever"));
    }
    Duration window = stream.getDuplicateWindow();
    if (window.compareTo(WINDOW) < 0) {
      findings.add(
          Finding.unsafe(
              "duplicate_window",
              window + where,
              "what is sent again later is there twice; it should be at least " + WINDOW));
    }
    if (stream.getReplicas() < COPIES) {
      findings.add(
          Finding.noted(
              "num_replicas",
              stream.getReplicas() + where,
              "whoever loses that server's disk loses messages; it should be 3"));
    }
    findings.addAll(retention(stream, where));
    return findings;
  }

  /** Streams end what they hold on purpose, so that is said and not refused. */
  private static List<Finding> retention(StreamConfiguration stream, String where) {
    List<Finding> findings = new ArrayList<>();
    if (stream.getRetentionPolicy() == RetentionPolicy.Interest) {
      findings.add(
          Finding.noted(
              "retention", "interest" + where, "messages vanish at once while nobody consumes"));
    }
    if (stream.getRetentionPolicy() == RetentionPolicy.WorkQueue) {
      findings.add(
          Finding.noted("retention", "workqueue" + where, "messages vanish when one has them"));
    }
    Duration age = stream.getMaxAge();
    if (age.isPositive()) {
      findings.add(
          Finding.noted("max_age", age + where, "older messages vanish, whether read or not"));
    }
    boolean limited =
        stream.getMaxMsgs() > 0 || stream.getMaxBytes() > 0 || stream.getMaxMsgsPerSubject() > 0;
    if (limited && stream.getDiscardPolicy() == DiscardPolicy.Old) {
      findings.add(
          Finding.noted(
              "discard", "old" + where, "when it is full, the oldest vanish, read or not"));
    }
    return findings;
  }
}
