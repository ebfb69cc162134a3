package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** PostgreSQL ready to be started on one folder: the programs, the account, the settings. */
final class Server {
  private final Path binaries;
  private final DataFolder folder;
  private final Account account;
  private final Map<String, String> settings;
  private final Duration timeout;

  Server(DataFolder folder, Map<String, String> settings, Duration timeout) {
    this.binaries = Binaries.unpacked();
    this.folder = folder;
    this.account = Account.choose(binaries, folder.folder(), folder.isFresh());
    this.settings = Map.copyOf(settings);
    this.timeout = timeout;
  }

  /** What became of a start. */
  sealed interface Attempt {
    /** It accepts connections. */
    record Running(Postmaster postmaster) implements Attempt {}

    /** It ended, or took too long and was killed. */
    record Failed(StartFailure failure) implements Attempt {}
  }

  /** Creates the data if there are none, or waits until nobody else uses them. */
  void prepare() {
    if (folder.isFresh()) {
      folder.initialize(binaries, account);
    } else {
      folder.awaitPredecessor();
    }
  }

  /** Starts the server and waits until it accepts connections. */
  Attempt run(int port) {
    long logged = folder.prepareLog();
    Postmaster postmaster = launch(port);
    if (postmaster.awaitReady(folder.data(), timeout)) {
      return new Attempt.Running(postmaster);
    }
    String state =
        postmaster.isAlive() ? "not within " + timeout.toSeconds() + " s" : "it ended at once";
    postmaster.kill();
    return new Attempt.Failed(new StartFailure(folder, port, state, folder.logSince(logged)));
  }

  private Postmaster launch(int port) {
    try {
      return Postmaster.start(account, command(port), folder.log(), folder.deletedAtTheEnd());
    } catch (IOException e) {
      throw new LocalPostgresException("PostgreSQL could not be started: " + e.getMessage(), e);
    }
  }

  private List<String> command(int port) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(binaries.resolve("bin/postgres").toString()));
    command.addAll(List.of("-D", folder.data().toString(), "-p", Integer.toString(port)));
    command.addAll(List.of("-c", "listen_addresses=127.0.0.1"));
    command.addAll(List.of("-c", "unix_socket_directories="));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    return List.copyOf(command);
  }
}
