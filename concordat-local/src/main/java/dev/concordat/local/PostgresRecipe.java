package dev.concordat.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PostgreSQL ready to be started on one folder: the programs, the account, the settings. */
final class PostgresRecipe implements Recipe {
  private static final Pattern OTHER_VERSION =
      Pattern.compile("by PostgreSQL version (\\S+),.*compatible with this version (\\S+)\\.");

  private final Path binaries;
  private final DataFolder folder;
  private final Account account;
  private final Map<String, String> settings;
  private final Duration timeout;

  PostgresRecipe(DataFolder folder, Map<String, String> settings, Duration timeout) {
    this.binaries = Binaries.unpacked();
    this.folder = folder;
    this.account = Account.choose(binaries, folder.folder(), folder.isFresh());
    this.settings = Map.copyOf(settings);
    this.timeout = timeout;
  }

  @Override
  public DataFolder folder() {
    return folder;
  }

  @Override
  public Duration timeout() {
    return timeout;
  }

  @Override
  public void prepare() {
    if (folder.isFresh()) {
      folder.create(this::initialize);
    } else {
      new PostgresPredecessor(folder.data()).await();
    }
  }

  private void initialize(Path data) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(binaries.resolve("bin/initdb").toString(), "-D", data.toString()));
    command.addAll(List.of("-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale"));
    if (folder.deletedAtTheEnd() != null) {
      command.add("--no-sync"); // nobody will look for it after a power cut
    }
    Shell.Result result = Shell.run(Shell.join(account.prefix(), command));
    if (!result.isDone()) {
      throw new LocalServerException(
          "PostgreSQL could not create its data in " + folder.folder() + ": " + result.output());
    }
  }

  @Override
  public Launch launch(int port) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(binaries.resolve("bin/postgres").toString()));
    command.addAll(List.of("-D", folder.data().toString(), "-p", Integer.toString(port)));
    command.addAll(List.of("-c", "listen_addresses=127.0.0.1"));
    command.addAll(List.of("-c", "unix_socket_directories="));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    return new Launch(account, command, Map.of());
  }

  /** PostgreSQL notes in a file of its data folder that it accepts connections. */
  @Override
  public boolean isReady(ServerProcess process, int port) {
    try {
      Path file = folder.data().resolve("postmaster.pid");
      List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      return lines.size() >= 8
          && lines.get(0).strip().equals(Long.toString(process.pid()))
          && lines.get(7).startsWith("ready");
    } catch (IOException e) {
      return false; // not written yet
    }
  }

  @Override
  public boolean isPortTaken(String log) {
    return log.contains("could not bind") && log.contains("Address already in use");
  }

  @Override
  public String stopSignal() {
    return "INT"; // rolls back what is open, where TERM would wait for clients to leave
  }

  @Override
  public Optional<String> explain(String log) {
    Matcher version = OTHER_VERSION.matcher(log);
    if (version.find()) {
      return Optional.of(otherVersion(version.group(1), version.group(2)));
    }
    if (log.contains("postmaster.pid\" already exists") || log.contains("still in use")) {
      return Optional.of(
          "Another PostgreSQL server runs in "
              + folder.folder()
              + ": stop it first, or choose another folder.");
    }
    return Optional.empty();
  }

  private String otherVersion(String theirs, String ours) {
    return "The data in "
        + folder.folder()
        + " belong to PostgreSQL "
        + theirs
        + ", and this is PostgreSQL "
        + ours
        + ": choose another folder, or move the data with pg_dump and psql.";
  }
}
