package dev.concordat.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.SinkContract.Arrived;
import dev.concordat.local.LocalNats;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** One NATS for a class of tests, and what they do with its own client. */
final class Broker implements AutoCloseable {

  final LocalNats nats = LocalNats.start();

  NatsSinkBuilder sink() {
    return NatsSink.with(
        Options.builder().server(nats.url()).reconnectWait(Duration.ofMillis(100)).build());
  }

  @FunctionalInterface
  interface Use {
    void on(Connection connection) throws Exception;
  }

  void use(Use use) throws Exception {
    try (Connection connection = Nats.connect(nats.url())) {
      use.on(connection);
    }
  }

  /** A stream of the same name as its subject. */
  void create(String subject, UnaryOperator<StreamConfiguration.Builder> settings)
      throws Exception {
    try (Connection connection = Nats.connect(nats.url())) {
      connection
          .jetStreamManagement()
          .addStream(
              settings
                  .apply(
                      StreamConfiguration.builder()
                          .name(subject)
                          .subjects(subject)
                          .storageType(StorageType.File))
                  .build());
    }
  }

  void delete(String stream) throws Exception {
    try (Connection connection = Nats.connect(nats.url())) {
      connection.jetStreamManagement().deleteStream(stream);
    }
  }

  List<Arrived> read(String stream) throws Exception {
    List<Arrived> all = new ArrayList<>();
    try (Connection connection = Nats.connect(nats.url())) {
      JetStreamManagement management = connection.jetStreamManagement();
      long last = management.getStreamInfo(stream).getStreamState().getLastSequence();
      for (long i = 1; i <= last; i++) {
        all.add(arrived(management.getMessage(stream, i)));
      }
    }
    return all;
  }

  private static Arrived arrived(MessageInfo message) {
    Map<String, String> headers = new HashMap<>();
    message.getHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
    return new Arrived(
        headers.get("ce-id"),
        decoded(headers.get(Envelopes.KEY)),
        new String(message.getData(), UTF_8),
        headers);
  }

  private static String decoded(String value) {
    return value == null ? null : URLDecoder.decode(value, UTF_8);
  }

  @Override
  public void close() {
    nats.close();
  }
}
