package dev.concordat.local;

import java.nio.file.Path;

/**
 * A real server on this machine that belongs to this program and ends with it, in whatever way that
 * happens.
 *
 * <p>All but PostgreSQL may also run elsewhere, if the environment says so. Then nothing is
 * started, closing does nothing, and everything else below is refused with a {@link
 * LocalServerException}.
 *
 * <p>Works on Linux and macOS, as an ordinary user and as root. Safe for use by many threads.
 */
public abstract sealed class LocalServer implements AutoCloseable
    permits LocalKafka, LocalMariaDb, LocalNats, LocalPostgres, LocalRabbit {
  private final Life life;

  LocalServer(Life life) {
    this.life = life;
  }

  final Life life() {
    return life;
  }

  /**
   * The port the server listens on, the same over restarts.
   *
   * @return a port of 127.0.0.1
   */
  public int port() {
    return life.port();
  }

  /**
   * Where the server keeps its data and its log.
   *
   * @return the folder that was given, or the temporary one
   */
  public Path dataFolder() {
    return life.folder();
  }

  /**
   * The server's process, for tests that want to see it live or die.
   *
   * @return the process id, or of the last process if none runs
   */
  public long pid() {
    return life.pid();
  }

  /**
   * Whether the server's process runs.
   *
   * @return false after {@link #kill()} and {@link #stop()}, and if it died on its own
   */
  public boolean isRunning() {
    return life.isRunning();
  }

  /**
   * Kills the server with SIGKILL and waits until all its processes are gone. Does nothing if it
   * does not run.
   */
  public void kill() {
    life.kill();
  }

  /** Stops the server in order. Does nothing if it does not run. */
  public void stop() {
    life.stop();
  }

  /**
   * Starts the server again on the same data and port, after stopping it if it still runs.
   *
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public void restart() {
    life.restart();
  }

  /**
   * Stops the server and gives its folder free. A temporary folder is deleted, and its server
   * killed: nobody will miss what it did not write.
   */
  @Override
  public void close() {
    life.close();
  }
}
