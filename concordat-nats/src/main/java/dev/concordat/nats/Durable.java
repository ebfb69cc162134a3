package dev.concordat.nats;

import dev.concordat.messaging.Finding;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** A durable consumer as it should be, and what it is. */
record Durable(String stream, String name, Set<String> subjects, int atOnce, Duration ackWait) {

  private static final int NO_CONSUMER = 10014;
  private static final int NO_STREAM = 10059;

  static Durable of(NatsSourceBuilder builder) {
    return new Durable(
        builder.stream(),
        builder.durable(),
        builder.subjects(),
        builder.atOnce(),
        builder.ackWait());
  }

  String lane() {
    return stream + "/" + name;
  }

  /** What is there, created if there is nothing. */
  ConsumerConfiguration there(JetStreamManagement management)
      throws IOException, JetStreamApiException {
    Optional<ConsumerConfiguration> found = found(management);
    return found.isPresent()
        ? found.get()
        : management.createConsumer(stream, wanted()).getConsumerConfiguration();
  }

  private ConsumerConfiguration wanted() {
    return ConsumerConfiguration.builder()
        .durable(name)
        .ackPolicy(AckPolicy.Explicit)
        .ackWait(ackWait)
        .deliverPolicy(DeliverPolicy.All)
        .maxAckPending(atOnce)
        .maxDeliver(-1)
        .filterSubjects(List.copyOf(subjects))
        .build();
  }

  /**
   * Whether there is something to be delivered, and room for it.
   *
   * @throws JetStreamApiException if the consumer is gone
   */
  boolean mustDeliver(JetStreamManagement management) throws IOException, JetStreamApiException {
    ConsumerInfo info = management.getConsumerInfo(stream, name);
    return info.getNumPending() > 0 && info.getNumAckPending() < atOnce;
  }

  private Optional<ConsumerConfiguration> found(JetStreamManagement management)
      throws IOException, JetStreamApiException {
    try {
      return Optional.of(management.getConsumerInfo(stream, name).getConsumerConfiguration());
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_CONSUMER) {
        return Optional.empty();
      }
      throw e;
    }
  }

  List<Finding> findings(JetStreamManagement management) throws IOException, JetStreamApiException {
    try {
      return found(management).map(this::findings).orElse(List.of());
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_STREAM) {
        return List.of(
            Finding.unsafe(
                "stream", stream + ", and there is none", "nothing can be received: create it"));
      }
      throw e;
    }
  }

  private List<Finding> findings(ConsumerConfiguration there) {
    List<Finding> findings = new ArrayList<>();
    if (there.getAckPolicy() != AckPolicy.Explicit) {
      add(
          findings,
          "ack_policy",
          there.getAckPolicy(),
          "messages count as handled that were not, and a crash loses them; it must be explicit");
    }
    if (there.getMaxDeliver() > 0) {
      add(
          findings,
          "max_deliver",
          there.getMaxDeliver(),
          "what was delivered so often without an answer never comes again; it must be -1, for"
              + " consumers count their attempts themselves");
    }
    if (there.getDeliverPolicy() != DeliverPolicy.All) {
      add(
          findings,
          "deliver_policy",
          there.getDeliverPolicy(),
          "what was in the stream before is never handled; it should be all");
    }
    if (there.getMaxAckPending() != atOnce) {
      add(
          findings,
          "max_ack_pending",
          there.getMaxAckPending(),
          "the source is built for "
              + atOnce
              + " at once, and with more than 1 messages come out of order when one comes again;"
              + " build it with atOnce(…) of the same number");
    }
    Set<String> filters =
        there.getFilterSubjects() == null ? Set.of() : Set.copyOf(there.getFilterSubjects());
    if (!filters.isEmpty() && !filters.equals(subjects)) {
      add(
          findings,
          "filter_subjects",
          filters,
          "the source is built for " + subjects + ", and what is not among the former never comes");
    }
    if (there.getDeliverSubject() != null) {
      add(findings, "deliver_subject", there.getDeliverSubject(), "it pushes, and is not to pull");
    }
    return findings;
  }

  private void add(List<Finding> findings, String setting, Object value, String cost) {
    String where = " (consumer " + name + " of stream " + stream + ")";
    findings.add(Finding.unsafe(setting, value.toString().toLowerCase(Locale.ROOT) + where, cost));
  }
}
