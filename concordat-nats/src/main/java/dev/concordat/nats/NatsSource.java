package dev.concordat.nats;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Source;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.ErrorListenerLoggerImpl;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Receives messages from a stream of JetStream of NATS, through a durable pull consumer, each
 * acknowledged when it is done with. The one lane is that consumer; the subject is the message's
 * topic.
 *
 * <p>A message is known by its attribute {@code ce-id}, or else by its {@code Nats-Msg-Id}, or else
 * by its place, {@code stream/sequence}: that guards against a second delivery, not against a
 * publisher that sent it twice later than the stream's duplicate window.
 *
 * <p>What is delivered again comes after what is on its way already. So messages keep their order
 * only while a single one is on its way, which is what happens unless {@link
 * NatsSourceBuilder#atOnce} says otherwise.
 *
 * <p>A consumer of it goes by ids.
 */
public final class NatsSource implements Source {

  private final Options options;
  private final Durable durable;
  private final BrokerCheck check;
  private @Nullable Pulling pulling;

  NatsSource(NatsSourceBuilder builder) {
    this.options = options(builder.options());
    this.durable = Durable.of(builder);
    this.check = BrokerCheck.ofSource("NATS", builder.allowed());
  }

  /**
   * The source connects again itself, and hears what ends. Unless somebody listens, the client
   * would log each of its requests that found nothing.
   */
  private static Options options(Options given) {
    Options.Builder ours = new Options.Builder(given).maxReconnects(0);
    return given.getErrorListener() instanceof ErrorListenerLoggerImpl
        ? ours.errorListener(new ErrorListener() {}).build()
        : ours.build();
  }

  /** A source to be built, for a server at that address, as {@code nats://host}. */
  public static NatsSourceBuilder at(String url) {
    try {
      return with(Options.builder().server(url).build());
    } catch (RuntimeException e) {
      throw new RefusedException("this is not an address of NATS: " + e.getMessage(), e);
    }
  }

  /** A source to be built, which connects with these options. */
  public static NatsSourceBuilder with(Options options) {
    return new NatsSourceBuilder(options);
  }

  /**
   * What there is to say of the durable consumer, refusing nothing and creating nothing.
   *
   * @throws RefusedException if NATS does not answer
   */
  public List<Finding> findings() {
    return check.findings(() -> {
      try (Connection connection = Nats.connect(options)) {
        return durable.findings(connection.jetStreamManagement());
      }
    });
  }

  @Override
  public boolean hasOffsets() {
    return false;
  }

  @Override
  public void open(Lanes lanes, boolean keepsOffsets) throws Exception {
    Connection connection = Nats.connect(options);
    Pulling opened = new Pulling(connection, durable.lane());
    pulling = opened;
    check.enforceOrLater(() -> durable.findings(connection.jetStreamManagement()));
    lanes.taken(durable.lane());
    opened.begin(durable);
  }

  @Override
  public List<Delivery> receive(int most, Duration patience) throws Exception {
    return opened().receive(most, patience);
  }

  @Override
  public void done(List<Delivery> deliveries) {
    opened().done(deliveries);
  }

  private Pulling opened() {
    if (pulling == null) {
      throw new IllegalStateException("the source is not open");
    }
    return pulling;
  }

  @Override
  public void close() {
    Pulling last = pulling;
    pulling = null;
    if (last != null) {
      last.close();
    }
  }
}
