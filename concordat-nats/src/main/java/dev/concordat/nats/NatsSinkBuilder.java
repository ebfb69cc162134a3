package dev.concordat.nats;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import io.nats.client.Options;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link NatsSink} to be. */
public final class NatsSinkBuilder {

  private static final int IN_FLIGHT = 1000;

  private final Options options;
  private final Set<String> subjects = new HashSet<>();
  private final Set<String> allowed = new HashSet<>();
  private String source = "/concordat";
  private @Nullable String stream;
  private boolean exclusive;
  private int inFlight = IN_FLIGHT;

  NatsSinkBuilder(Options options) {
    this.options = options;
  }

  /** Subjects to be looked at when the sink opens; others are when they are first sent to. */
  public NatsSinkBuilder subjects(String... names) {
    subjects.addAll(List.of(names));
    return this;
  }

  /** The stream that has to take the messages; any unless said. */
  public NatsSinkBuilder expectedStream(String name) {
    stream = name;
    return this;
  }

  /**
   * The stream that has to take the messages, which nobody writes to but this sink, for a relay
   * with one lane. Each message says which sequence the stream ends with ({@code
   * Nats-Expected-Last-Sequence}), so a relay that slept while another took its lane is refused
   * when it goes on. Where somebody else writes to the stream as well, messages are refused and
   * sent again, and it is slow.
   */
  public NatsSinkBuilder exclusiveStream(String name) {
    exclusive = true;
    return expectedStream(name);
  }

  /** The attribute {@code ce-source} of what is sent; {@code /concordat} unless said. */
  public NatsSinkBuilder source(String uri) {
    source = uri;
    return this;
  }

  /** How many messages may be under way; the next waits. 1000 unless said. */
  public NatsSinkBuilder inFlight(int messages) {
    if (messages < 1) {
      throw new RefusedException("at least one message must be under way, not " + messages);
    }
    inFlight = messages;
    return this;
  }

  /** Settings that are only warned of, by their names in {@link NatsSink#findings}. */
  public NatsSinkBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * The sink. If NATS does not answer, it is looked at before the first message is sent.
   *
   * @throws RefusedException if settings lose or repeat messages and were not allowed
   */
  public NatsSink open() {
    return new NatsSink(this).opened();
  }

  /**
   * What there is to say of the settings, refusing and opening nothing.
   *
   * @throws RefusedException if NATS does not answer
   */
  public List<Finding> findings() {
    try (NatsSink sink = new NatsSink(this)) {
      return sink.findings();
    }
  }

  Options options() {
    return options;
  }

  Set<String> subjects() {
    return Set.copyOf(subjects);
  }

  Set<String> allowed() {
    return Set.copyOf(allowed);
  }

  String source() {
    return source;
  }

  @Nullable String stream() {
    return stream;
  }

  @Nullable Expected expected() {
    return exclusive && stream != null ? new Expected(stream) : null;
  }

  int inFlight() {
    return inFlight;
  }
}
