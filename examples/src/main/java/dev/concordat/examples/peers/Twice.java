package dev.concordat.examples.peers;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink;
import java.util.List;

/** Sends everything twice, as a relay does that dies before it notes how far it was. */
record Twice(Sink sink) implements Sink {

  private static final Receipts UNREAD =
      new Receipts() {
        @Override
        public void delivered(StoredMessage message) {}

        @Override
        public void rejected(StoredMessage message, String reason) {}

        @Override
        public void unavailable(StoredMessage message, String reason) {}
      };

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    sink.send(messages, UNREAD);
    sink.send(messages, receipts);
  }

  @Override
  public void close() {
    sink.close();
  }
}
