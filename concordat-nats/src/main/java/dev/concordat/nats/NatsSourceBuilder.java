package dev.concordat.nats;

import dev.concordat.core.RefusedException;
import io.nats.client.Options;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A {@link NatsSource} to be. */
public final class NatsSourceBuilder {

  private static final int MOST = 10_000;
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final Options options;
  private final Set<String> subjects = new HashSet<>();
  private final Set<String> allowed = new HashSet<>();
  private String stream = "";
  private String durable = "";
  private int atOnce = 1;
  private Duration ackWait = Duration.ofSeconds(30);

  NatsSourceBuilder(Options options) {
    this.options = options;
  }

  /** The stream to read. */
  public NatsSourceBuilder stream(String name) {
    stream = name;
    return this;
  }

  /** The stream's durable consumer, which is created if there is none; its readers share it. */
  public NatsSourceBuilder durable(String name) {
    durable = name;
    return this;
  }

  /** Only what was sent to these subjects; everything in the stream unless said. */
  public NatsSourceBuilder subjects(String... names) {
    subjects.addAll(List.of(names));
    return this;
  }

  /**
   * How many messages may be on their way at once, for all readers of the durable consumer together
   * ({@code max_ack_pending}). 1 unless said, which keeps them in order. With more they come
   * faster, and out of order when one is delivered again or when there are several readers.
   */
  public NatsSourceBuilder atOnce(int messages) {
    if (messages < 1 || messages > MOST) {
      throw new RefusedException("1 to " + MOST + " messages at once, not " + messages);
    }
    atOnce = messages;
    return this;
  }

  /**
   * After how long a message is delivered again whose reader was killed, 30 seconds unless said.
   * One that is only slow says in time that it goes on.
   */
  public NatsSourceBuilder ackWait(Duration time) {
    if (time.compareTo(SHORTEST) < 0) {
      throw new RefusedException("at least " + SHORTEST + " until a message comes again");
    }
    ackWait = time;
    return this;
  }

  /** Settings that are only warned of, by their names in {@link NatsSource#findings}. */
  public NatsSourceBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The source, which a consumer opens.
   *
   * @throws RefusedException if stream or durable consumer were not named
   */
  public NatsSource build() {
    if (stream.isBlank() || durable.isBlank()) {
      throw new RefusedException(
          "name the stream to read and its durable consumer:"
              + " stream(\"orders\").durable(\"billing\")");
    }
    return new NatsSource(this);
  }

  Options options() {
    return options;
  }

  String stream() {
    return stream;
  }

  String durable() {
    return durable;
  }

  Set<String> subjects() {
    return Set.copyOf(subjects);
  }

  int atOnce() {
    return atOnce;
  }

  Duration ackWait() {
    return ackWait;
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }
}
