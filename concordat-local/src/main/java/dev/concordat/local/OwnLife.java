package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A server that this program started: begun, killed, restarted, ended. */
final class OwnLife implements Life {
  static final int ANY_PORT = 0;
  private static final int PORT_ATTEMPTS = 5;

  private final ReentrantLock lock = new ReentrantLock();
  private final Recipe recipe;
  private final DataFolder folder;
  private int port;
  private @Nullable ServerProcess process;
  private boolean isClosed;

  private OwnLife(Recipe recipe) {
    this.recipe = recipe;
    this.folder = recipe.folder();
  }

  /** Starts a server on a port, or on {@link #ANY_PORT}. */
  static OwnLife begin(Recipe recipe, int port) {
    OwnLife life = new OwnLife(recipe);
    recipe.prepare();
    life.begin(port);
    return life;
  }

  /**
   * Another program may take a free port between our look and the server's bind: then look again.
   * Servers have ports beside the one they are known by, so a restart may have to look again too.
   */
  private void begin(int wanted) {
    for (int attempt = 1; ; attempt++) {
      port = wanted == ANY_PORT ? Ports.free() : wanted;
      Optional<StartFailure> failure = attempt();
      if (failure.isEmpty()) {
        return;
      }
      boolean mayRepeat =
          failure.get().isPortTaken() && (wanted == ANY_PORT || Ports.isFree(wanted));
      if (!mayRepeat || attempt == PORT_ATTEMPTS) {
        throw failure.get().explained();
      }
    }
  }

  /** Starts the server and waits until it serves. */
  private Optional<StartFailure> attempt() {
    long logged = folder.prepareLog();
    ServerProcess started = launch();
    if (started.awaitReady(() -> recipe.isReady(started, port), recipe.timeout())) {
      process = started;
      return Optional.empty();
    }
    String state =
        started.isAlive() ? "not within " + recipe.timeout().toSeconds() + " s" : "it ended";
    started.kill();
    recipe.end();
    return Optional.of(new StartFailure(recipe, port, state, folder.logSince(logged)));
  }

  private ServerProcess launch() {
    try {
      return ServerProcess.start(recipe.launch(port), folder);
    } catch (IOException e) {
      recipe.end();
      String name = folder.product().name();
      throw new LocalServerException(name + " could not be started: " + e.getMessage(), e);
    }
  }

  @Override
  public int port() {
    lock.lock();
    try {
      return port;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Path folder() {
    return folder.folder();
  }

  @Override
  public long pid() {
    lock.lock();
    try {
      return process == null ? 0 : process.pid();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isRunning() {
    lock.lock();
    try {
      return process != null && process.isAlive();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void kill() {
    end(false);
  }

  @Override
  public void stop() {
    end(true);
  }

  private void end(boolean inOrder) {
    lock.lock();
    try {
      if (process != null && process.isAlive()) {
        if (inOrder) {
          process.stop(recipe.stopSignal());
        } else {
          process.kill();
        }
      }
      recipe.end();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void restart() {
    lock.lock();
    try {
      if (isClosed) {
        String name = folder.product().name();
        throw new IllegalStateException("this " + name + " is closed; start a new one");
      }
      stop();
      begin(port);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!isClosed) {
        isClosed = true;
        end(folder.deletedAtTheEnd() == null);
        folder.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
