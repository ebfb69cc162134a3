package dev.concordat.rabbitmq;

import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.core.RefusedException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;

/** How sinks and sources connect. */
final class Connections {

  private static final int ANSWER_MS = 5_000;

  private Connections() {}

  static ConnectionFactory at(String uri) {
    ConnectionFactory connections = new ConnectionFactory();
    try {
      connections.setUri(uri);
      return connections;
    } catch (URISyntaxException | GeneralSecurityException | RuntimeException e) {
      throw new RefusedException("this is not an address of RabbitMQ's: " + e.getMessage(), e);
    }
  }

  /**
   * The client's own recovery would keep what was unconfirmed to itself; and whoever waits longer
   * than a relay's lease, waits for nothing.
   */
  static ConnectionFactory patient(ConnectionFactory given) {
    ConnectionFactory ours = given.clone();
    ours.setAutomaticRecoveryEnabled(false);
    ours.setTopologyRecoveryEnabled(false);
    ours.setConnectionTimeout(ANSWER_MS);
    ours.setHandshakeTimeout(ANSWER_MS);
    ours.setChannelRpcTimeout(ANSWER_MS);
    return ours;
  }
}
