package dev.concordat.local;

import java.nio.file.Path;

/** What can be asked of a server and done to it, whoever started it. */
sealed interface Life permits OwnLife, Elsewhere {
  int port();

  Path folder();

  long pid();

  boolean isRunning();

  void kill();

  void stop();

  void restart();

  void close();
}
