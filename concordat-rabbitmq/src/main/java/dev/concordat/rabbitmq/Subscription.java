package dev.concordat.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.concordat.messaging.Delivery;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One channel on which queues are read, from its opening to its end. */
final class Subscription {

  private static final int CLOSE_MS = 5_000;

  private final Connection connection;
  private final Channel channel;
  private final int prefetch;
  private final BlockingQueue<Delivery> arrived = new LinkedBlockingQueue<>();

  /** The numbers of what was handed out and is not done with; used by the receiver only. */
  private final TreeSet<Long> open = new TreeSet<>();

  private volatile @Nullable String ended;

  Subscription(ConnectionFactory connections, int prefetch) throws IOException, TimeoutException {
    this.connection = connections.newConnection("concordat-source");
    try {
      this.channel = connection.createChannel();
    } catch (IOException | RuntimeException e) {
      connection.abort(CLOSE_MS);
      throw e;
    }
    this.prefetch = prefetch;
  }

  void begin(Set<String> queues) throws IOException {
    channel.basicQos(prefetch);
    for (String queue : queues) {
      channel.basicConsume(queue, false, new Reader(queue));
    }
  }

  /** Called by the connection's thread. */
  private final class Reader extends DefaultConsumer {
    private final String queue;

    Reader(String queue) {
      super(channel);
      this.queue = queue;
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, BasicProperties properties, byte[] body) {
      arrived.add(Arrival.delivery(queue, envelope, properties, body));
    }

    @Override
    public void handleCancel(String tag) {
      ended =
          "RabbitMQ ended the subscription of queue " + queue + ": it was deleted, or has moved";
    }

    @Override
    public void handleShutdownSignal(String tag, ShutdownSignalException signal) {
      ended = Line.said(signal);
    }
  }

  List<Delivery> receive(int most, Duration patience) throws IOException, InterruptedException {
    List<Delivery> deliveries = new ArrayList<>();
    Delivery first = most == 0 ? null : arrived.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    String reason = ended;
    if (reason != null) {
      throw new IOException(reason);
    }
    if (first != null) {
      deliveries.add(first);
      arrived.drainTo(deliveries, most - 1);
      deliveries.forEach(delivery -> open.add(number(delivery)));
    }
    return deliveries;
  }

  /** All up to the first that is not done with go in one acknowledgement. */
  void done(List<Delivery> deliveries) throws IOException {
    TreeSet<Long> done = new TreeSet<>();
    deliveries.forEach(delivery -> {
      if (open.remove(number(delivery))) {
        done.add(number(delivery));
      }
    });
    Long last = open.isEmpty() ? done.isEmpty() ? null : done.last() : done.lower(open.first());
    if (last != null) {
      channel.basicAck(last, true);
      done.headSet(last, true).clear();
    }
    for (long number : done) {
      channel.basicAck(number, false);
    }
  }

  private static long number(Delivery delivery) {
    return delivery.receipt() instanceof Long number ? number : 0;
  }

  void close() {
    connection.abort(CLOSE_MS);
  }
}
