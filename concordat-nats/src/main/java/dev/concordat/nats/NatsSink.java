package dev.concordat.nats;

import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Sink;
import io.nats.client.Connection;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to JetStream of NATS: the message's topic is the subject. A message is delivered
 * when the subject's stream has acknowledged it.
 *
 * <p>A message whose subject no stream covers is rejected. When NATS does not answer, the message
 * is sent again under the same {@code Nats-Msg-Id}, its id and its subject, by which the stream
 * drops it within its duplicate window.
 */
public final class NatsSink implements Sink {

  private final BrokerCheck check;
  private final Examination examination;
  private final Link link;
  private final Envelopes envelopes;
  private final @Nullable String stream;
  private final @Nullable Expected expected;
  private final Semaphore room;
  private final Set<String> named;
  private final Set<String> examined = ConcurrentHashMap.newKeySet();

  NatsSink(NatsSinkBuilder builder) {
    this.stream = builder.stream();
    this.expected = builder.expected();
    this.check = new BrokerCheck("NATS", builder.allowed());
    this.link = new Link(builder.options());
    this.examination = new Examination(link, stream);
    this.envelopes = new Envelopes(builder.source());
    this.room = new Semaphore(builder.inFlight());
    this.named = builder.subjects();
  }

  /** A sink to be built, for a server at that address, as {@code nats://host}. */
  public static NatsSinkBuilder at(String url) {
    try {
      return with(Options.builder().server(url).build());
    } catch (RuntimeException e) {
      throw new RefusedException("this is not an address of NATS: " + e.getMessage(), e);
    }
  }

  /** A sink to be built, which connects with these options, and again for ever. */
  public static NatsSinkBuilder with(Options options) {
    return new NatsSinkBuilder(options);
  }

  NatsSink opened() {
    if (check.enforceIfThere(this::examine)) {
      examined.addAll(named);
    }
    return this;
  }

  /**
   * Looks at the streams of the subjects that were named or sent to.
   *
   * @throws RefusedException if they lose or repeat messages and were not allowed, or if NATS does
   *     not answer
   */
  public void check() {
    check.enforce(this::examine);
  }

  /** The same as a list, refusing nothing. */
  public List<Finding> findings() {
    return check.findings(this::examine);
  }

  private List<Finding> examine() throws Exception {
    Set<String> subjects = new HashSet<>(named);
    subjects.addAll(examined);
    return examination.of(subjects);
  }

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    Map<String, Answer> barred = new HashMap<>();
    if (expected != null) {
      expected.begin();
    }
    for (StoredMessage message : messages) {
      String subject = message.topic();
      Optional<String> defect = Envelopes.defect(message);
      if (defect.isPresent()) {
        receipts.rejected(message, defect.get());
        continue;
      }
      if (!examined.contains(subject) && !barred.containsKey(subject)) {
        examine(subject).ifPresent(answer -> barred.put(subject, answer));
      }
      Answer answer = barred.get(subject);
      if (answer == null) {
        send(message, receipts);
      } else {
        answer.tell(message, receipts);
      }
    }
  }

  /**
   * Whether a stream covers the subject is asked before anything is sent to it, and again when
   * nobody took a message: a stream that has no leader for a while does not answer either.
   */
  private Optional<Answer> examine(String subject) {
    boolean[] there = {true};
    Optional<String> hindrance =
        check.hindrance(() -> {
          List<Finding> findings = examination.of(Set.of(subject));
          there[0] = findings.stream().noneMatch(Examination::isMissing);
          return there[0] ? findings : List.of();
        });
    if (hindrance.isPresent()) {
      return hindrance.map(Answer::unavailable);
    }
    if (there[0]) {
      examined.add(subject);
      return Optional.empty();
    }
    return Optional.of(
        Answer.rejected(
            "no stream covers subject " + subject + ": create one, then replay the message"));
  }

  private void send(StoredMessage message, Receipts receipts) {
    try {
      Connection connection = link.connected();
      Headers headers = envelopes.headers(message);
      long size = (long) headers.serializedLength() + message.payload().length();
      if (size > connection.getMaxPayload()) {
        Answer.tooLarge(size, connection.getMaxPayload()).tell(message, receipts);
        return;
      }
      room.acquire();
      publish(connection, message, headers, receipts);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      receipts.unavailable(message, "the relay ends");
    } catch (IOException | RuntimeException e) {
      receipts.unavailable(message, Answer.said(e));
    }
  }

  /** Whoever is here has room, and gives it back with the answer. */
  private void publish(
      Connection connection, StoredMessage message, Headers headers, Receipts receipts)
      throws IOException {
    boolean numbered = false;
    boolean under = false;
    try {
      PublishOptions options = publishing(connection);
      numbered = true;
      var answer =
          connection
              .jetStream()
              .publishAsync(message.topic(), headers, message.payload().toArray(), options);
      under = true;
      var unused = answer.whenComplete((ack, failure) -> answered(message, ack, failure, receipts));
    } finally {
      if (!under) {
        room.release();
        if (numbered && expected != null) {
          expected.answered(false);
        }
      }
    }
  }

  private PublishOptions publishing(Connection connection) throws IOException {
    PublishOptions.Builder options = PublishOptions.builder();
    if (stream != null) {
      options.expectedStream(stream);
    }
    if (expected != null) {
      options.expectedLastSequence(expected.next(connection));
    }
    return options.build();
  }

  private void answered(
      StoredMessage message,
      @Nullable PublishAck ack,
      @Nullable Throwable failure,
      Receipts receipts) {
    room.release();
    if (expected != null) {
      expected.answered(ack != null && !ack.isDuplicate());
    }
    if (failure == null) {
      receipts.delivered(message);
      return;
    }
    if (Answer.mayHaveNoStream(failure)) {
      examined.remove(message.topic());
    }
    Answer.to(failure).tell(message, receipts);
  }

  @Override
  public void close() {
    link.close();
  }
}
