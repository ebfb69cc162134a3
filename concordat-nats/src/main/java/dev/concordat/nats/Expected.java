package dev.concordat.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import java.io.IOException;

/**
 * Where a stream has to end when the next message comes, if nobody but one sender writes to it. A
 * message that expects another end is refused by NATS, so what a sender says that lost its place
 * while it slept is not taken. After a refusal nothing more is sent until all that is under way is
 * answered and the sender begins anew: else a message could overtake the one that was refused.
 */
final class Expected {

  private static final long UNKNOWN = -1;

  private final String stream;
  private long last = UNKNOWN;
  private int underWay;
  private boolean refused;

  Expected(String stream) {
    this.stream = stream;
  }

  /** The sender begins with what is to be sent next. */
  synchronized void begin() {
    if (refused && underWay == 0) {
      refused = false;
      last = UNKNOWN;
    }
  }

  /** The sequence that the stream ends with, of all that was sent before. */
  synchronized long next(Connection connection) throws IOException {
    if (refused) {
      throw new IOException("a message before it was not taken as the next of " + stream);
    }
    if (last == UNKNOWN) {
      last = asked(connection);
    }
    underWay++;
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

  /**
   * A message that was sent is answered.
   *
   * @param asNext whether it became the next; if it was known, or refused, those behind it do not
   */
  synchronized void answered(boolean asNext) {
    underWay--;
    refused |= !asNext;
  }
}
