package dev.concordat.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import java.io.IOException;

/**
 * Where a stream has to end when the next message comes, if nobody but one sender writes to it. A
 * message that expects another end is refused by NATS, so what a sender says that lost its place
 * while it slept is not taken.
 */
final class Expected {

  private static final long UNKNOWN = -1;

  private final String stream;
  private long last = UNKNOWN;

  Expected(String stream) {
    this.stream = stream;
  }

  /** The sequence that the stream ends with, of all that was sent before. */
  synchronized long next(Connection connection) throws IOException {
    if (last == UNKNOWN) {
      last = asked(connection);
    }
    return last++;
  }

  private long asked(Connection connection) throws IOException {
    try {
      return connection
          .jetStreamManagement()
          .getStreamInfo(stream)
          .getStreamState()
          .getLastSequence();
    } catch (JetStreamApiException e) {
      throw new IOException("stream " + stream + " cannot be asked where it ends", e);
    }
  }

  /** A message did not become the one it was to be, so those behind it do not either. */
  synchronized void forget() {
    last = UNKNOWN;
  }
}
