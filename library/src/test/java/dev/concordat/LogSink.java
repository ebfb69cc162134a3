package dev.concordat;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.CloudEvent;
import dev.concordat.messaging.Sink;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** A sink that writes into logs, each of which reads a {@link LogSource}. */
final class LogSink implements Sink {

  private final Map<String, LogSource.Log> logs = new ConcurrentHashMap<>();
  private final Function<StoredMessage, Integer> times;

  /** With how often each message arrives. */
  LogSink(Function<StoredMessage, Integer> times) {
    this.times = times;
  }

  /** What is sent to one of these topics goes there, too. */
  LogSource.Log log(String reader, String... topics) {
    LogSource.Log log = new LogSource.Log(2);
    for (String topic : topics) {
      logs.put(topic + " to " + reader, log);
    }
    return log;
  }

  @Override
  public void send(List<StoredMessage> messages, Receipts receipts) {
    for (StoredMessage message : messages) {
      for (int i = 0; i < times.apply(message); i++) {
        logs.forEach((place, log) -> {
          if (place.startsWith(message.topic() + " to ")) {
            log.add(
                CloudEvent.received(
                    message.topic(),
                    message.key(),
                    CloudEvent.headers(message, "ce_", "/test"),
                    message.payload(),
                    "ce_",
                    "none"));
          }
        });
      }
      receipts.delivered(message);
    }
  }
}
