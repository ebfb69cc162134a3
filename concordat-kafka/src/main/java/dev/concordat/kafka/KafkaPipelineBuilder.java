package dev.concordat.kafka;

import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.kafka.KafkaPipeline.Transformation;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link KafkaPipeline} to be. */
public final class KafkaPipelineBuilder {

  private final String name;
  private final Set<String> from = new HashSet<>();
  private final Set<String> to = new HashSet<>();
  private final Set<String> allowed = new HashSet<>();
  private Map<String, Object> properties = Map.of();
  private @Nullable Transformation transformation;
  private @Nullable String deadLetters;
  private RetryPolicy retry =
      RetryPolicy.exponential(Duration.ofMillis(100)).upTo(Duration.ofSeconds(1)).attempts(3);

  KafkaPipelineBuilder(String name) {
    if (name.isBlank()) {
      throw new RefusedException("a pipeline needs a name, under which it goes on where it was");
    }
    this.name = name;
  }

  /** The topics to be read. */
  public KafkaPipelineBuilder from(String... topics) {
    from.addAll(List.of(topics));
    return this;
  }

  /** Topics that are written to, to be looked at before it starts. */
  public KafkaPipelineBuilder to(String... topics) {
    to.addAll(List.of(topics));
    return this;
  }

  /**
   * Of Kafka's clients, the consumer's and the producer's: at least {@code bootstrap.servers}.
   * {@code interceptor.classes} are the producer's.
   */
  public KafkaPipelineBuilder with(Map<String, ?> clientProperties) {
    properties = new HashMap<>(clientProperties);
    return this;
  }

  /** What is made of each record. */
  public KafkaPipelineBuilder transform(Transformation newTransformation) {
    transformation = newTransformation;
    return this;
  }

  /**
   * How often a record that cannot be transformed is tried again, before it is poison; three times
   * in all unless said. The record waits in the meantime and all that follow with it, so keep it
   * well below {@code max.poll.interval.ms}.
   */
  public KafkaPipelineBuilder retry(RetryPolicy policy) {
    retry = policy;
    return this;
  }

  /**
   * Where poison goes, with headers that say why and whence. Unless said, the pipeline stops at it.
   */
  public KafkaPipelineBuilder deadLetters(String topic) {
    deadLetters = topic;
    return this;
  }

  /** Settings that are only warned of. */
  public KafkaPipelineBuilder allowing(String... settings) {
    allowed.addAll(List.of(settings));
    return this;
  }

  /**
   * Begins. If Kafka does not answer, it is waited for.
   *
   * @throws RefusedException if settings lose or repeat records and were not allowed
   */
  public KafkaPipeline start() {
    if (from.isEmpty() || transformation == null) {
      throw new RefusedException(
          "pipeline '" + name + "' needs from(…) and transform(…): what to read, what to make");
    }
    Set<String> written = new HashSet<>(to);
    if (deadLetters != null) {
      written.add(deadLetters);
    }
    PipelineSettings settings = new PipelineSettings(name, properties, allowed, from, written);
    settings.refuse();
    PipelineWork work =
        new PipelineWork(name, Objects.requireNonNull(transformation), retry, deadLetters);
    return new KafkaPipeline(name, new PipelineRunner(name, settings, work)).started();
  }
}
