package dev.concordat.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Free TCP ports on this machine. */
final class Ports {
  private static final int FIRST = 10_240;

  /**
   * Below the ports that systems hand out to connecting sockets. A server that is restarted on a
   * port from that range may find it taken by one of its own clients, which connected to itself.
   */
  private static final int END = 32_768;

  private static final int ATTEMPTS = 200;

  private Ports() {}

  static int free() {
    RandomGenerator random = RandomGenerator.getDefault();
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = random.nextInt(FIRST, END);
      if (isFree(port)) {
        return port;
      }
    }
    throw new LocalServerException(
        "No free port between " + FIRST + " and " + END + ": choose one yourself.");
  }

  /** A free port for a second use, when the first is chosen but not taken yet. */
  static int freeBeside(int... chosen) {
    int port = free();
    while (isAmong(port, chosen)) {
      port = free();
    }
    return port;
  }

  private static boolean isAmong(int port, int[] chosen) {
    return IntStream.of(chosen).anyMatch(other -> other == port);
  }

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
