package dev.concordat.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.messaging.BrokerCheck;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Finding;
import dev.concordat.messaging.Source;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Receives messages from queues of RabbitMQ, each acknowledged when it is done with. A lane is a
 * queue; the routing key is the message's topic.
 *
 * <p>A message is known by its attribute {@code cloudEvents:id}, or else by its message id. One
 * that has neither waits for a person; it is known by what it says, so two that say the same are
 * one.
 *
 * <p>The order of a key holds if the queue has a single active consumer ({@code
 * x-single-active-consumer}). Without it several consumers have messages of one key at the same
 * time. Messages that were not done with when a connection ends go back to their places.
 *
 * <p>RabbitMQ tells no offsets, so a consumer of it goes by ids.
 */
public final class RabbitSource implements Source {

  private final ConnectionFactory connections;
  private final Set<String> queues;
  private final int prefetch;
  private final BrokerCheck check;
  private final Examination examination;
  private @Nullable Subscription subscription;

  RabbitSource(RabbitSourceBuilder builder) {
    this.connections = Connections.patient(builder.connections());
    this.queues = builder.queues();
    this.prefetch = builder.prefetch();
    this.check = BrokerCheck.ofSource("RabbitMQ", builder.allowed());
    this.examination = Examination.ofReader(connections, builder.arguments());
  }

  /** A source to be built, for a broker at that address, as {@code amqp://user:password@host}. */
  public static RabbitSourceBuilder at(String uri) {
    return with(Connections.at(uri));
  }

  /** A source to be built, which connects in that way. */
  public static RabbitSourceBuilder with(ConnectionFactory connections) {
    return new RabbitSourceBuilder(connections);
  }

  /**
   * What there is to say of the queues, refusing nothing. Policies are not seen.
   *
   * @throws dev.concordat.core.RefusedException if RabbitMQ does not answer
   */
  public List<Finding> findings() {
    return check.findings(() -> examination.of(queues));
  }

  @Override
  public boolean hasOffsets() {
    return false;
  }

  @Override
  public void open(Lanes lanes, boolean keepsOffsets) throws Exception {
    check.enforceOrLater(() -> examination.of(queues));
    Subscription opened = new Subscription(connections, prefetch);
    subscription = opened;
    queues.forEach(lanes::taken);
    opened.begin(queues);
  }

  @Override
  public List<Delivery> receive(int most, Duration patience)
      throws IOException, InterruptedException {
    return opened().receive(most, patience);
  }

  @Override
  public void done(List<Delivery> deliveries) throws IOException {
    opened().done(deliveries);
  }

  private Subscription opened() {
    if (subscription == null) {
      throw new IllegalStateException("the source is not open");
    }
    return subscription;
  }

  @Override
  public void close() {
    Subscription last = subscription;
    subscription = null;
    if (last != null) {
      last.close();
    }
  }
}
