package dev.concordat.nats;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection, made when it is first needed; from then on it comes back by itself. */
final class Link {

  private final Options options;
  private @Nullable Connection connection;
  private boolean closed;

  Link(Options given) {
    this.options = new Options.Builder(given).maxReconnects(-1).build();
  }

  /**
   * A connection that is there at this moment: what is published while it is not would wait in the
   * client, unseen.
   */
  synchronized Connection connected() throws IOException, InterruptedException {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    Connection current = connection;
    if (current == null || current.getStatus() == Connection.Status.CLOSED) {
      current = Nats.connect(options);
      connection = current;
    }
    if (current.getStatus() != Connection.Status.CONNECTED) {
      throw new IOException("not connected to NATS (" + current.getStatus() + ")");
    }
    return current;
  }

  void close() {
    Connection last;
    synchronized (this) {
      closed = true;
      last = connection;
      connection = null;
    }
    if (last != null) {
      try {
        last.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
