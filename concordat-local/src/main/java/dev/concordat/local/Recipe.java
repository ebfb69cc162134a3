package dev.concordat.local;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What one kind of server does in its own way; the rest is the same for all of them. */
interface Recipe {
  /** The folder the server is started on. */
  DataFolder folder();

  /** How long a start may take, recovery after a crash included. */
  default Duration timeout() {
    return Duration.ofSeconds(60);
  }

  /** Creates the data if there are none, or waits until nobody else uses them. */
  void prepare();

  /** The server on a port of 127.0.0.1, with what must run beside it running already. */
  Launch launch(int port) throws IOException;

  /** Asks the server itself whether it serves, and makes sure that it is this one. */
  boolean isReady(ServerProcess process, int port);

  /** Whether a start failed because another program took a port meanwhile. */
  boolean isPortTaken(String log);

  /** What a failed start means and what to do, if the log says something well known. */
  default Optional<String> explain(String log) {
    return Optional.empty();
  }

  /** The signal that asks the server to stop in order. */
  default String stopSignal() {
    return "TERM";
  }

  /** Ends what ran beside the server; the server itself has ended. */
  default void end() {}
}
