package dev.concordat.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server that somebody else runs and a variable of the environment names.
 *
 * @param variable which may have one address or several, with commas between them
 * @param product what it is
 * @param port where it listens if the address does not say
 */
record NamedServer(String variable, String product, int port) {

  static final NamedServer KAFKA = new NamedServer("CONCORDAT_KAFKA_BOOTSTRAP", "Kafka", 9092);
  static final NamedServer RABBITMQ = new NamedServer("CONCORDAT_RABBITMQ_URL", "RabbitMQ", 5672);
  static final NamedServer NATS = new NamedServer("CONCORDAT_NATS_URL", "NATS", 4222);
  static final NamedServer MARIADB = new NamedServer("CONCORDAT_MARIADB_URL", "MariaDB", 3306);

  private static final int PATIENCE_MILLIS = 3000;

  /**
   * Asks whether anybody listens there, if the environment names it at all. Clients would find out
   * as well, but only after everything else was started and after long patience.
   *
   * @throws Problem if nobody does, naming the variable; not the address, for that may have a
   *     password in it
   */
  void requireListening(Map<String, String> environment) {
    List<String> addresses =
        Arrays.stream(environment.getOrDefault(variable, "").split(","))
            .map(String::strip)
            .filter(address -> !address.isEmpty())
            .toList();
    if (!addresses.isEmpty() && addresses.stream().noneMatch(this::isListening)) {
      throw new Problem(
          Exit.UNREACHABLE,
          variable
              + " names a "
              + product
              + ", and nobody answers there: start it, or unset the variable to have one of its"
              + " own. Nothing was started.",
          null);
    }
  }

  private boolean isListening(String address) {
    InetSocketAddress place = place(address);
    if (place == null) {
      // The client will say what it does not like.
      return true;
    }
    try (Socket socket = new Socket()) {
      socket.connect(place, PATIENCE_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Where that is, or null if it cannot be read. */
  private @Nullable InetSocketAddress place(String address) {
    String bare = address.replaceFirst("^.*//", "").replaceFirst("[/?].*$", "");
    try {
      URI uri = URI.create("any://" + bare);
      String host = uri.getHost();
      return host == null
          ? null
          : new InetSocketAddress(host, uri.getPort() < 0 ? port : uri.getPort());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
