package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** MariaDB ready to be started on one folder. */
final class MariaDbRecipe implements Recipe {
  static final String USER = "concordat";
  private static final byte PROTOCOL = 10;

  private final MariaDbPrograms programs;
  private final DataFolder folder;
  private long logged;

  MariaDbRecipe(MariaDbPrograms programs, DataFolder folder) {
    this.programs = programs;
    this.folder = folder;
  }

  @Override
  public DataFolder folder() {
    return folder;
  }

  @Override
  public void prepare() {
    if (folder.isFresh()) {
      folder.create(this::initialize);
    } else {
      folder.awaitPredecessor();
    }
  }

  /** The password lies with the data, in a folder that is closed to other users. */
  static String password(Path folder) {
    Path file = folder.resolve("data").resolve("concordat.password");
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new LocalServerException("Cannot read the password in " + file + ".", e);
    }
  }

  private void initialize(Path data) {
    Folders.create(data);
    String password = UUID.randomUUID().toString().replace("-", "");
    Folders.write(data.resolve("concordat.password"), password);
    Path script = data.resolve("concordat.sql");
    try {
      Folders.write(script, script(password));
      List<String> command = new ArrayList<>();
      command.addAll(List.of("sh", "-c", "exec \"$@\" < \"$0\"", script.toString(), "env"));
      Debian.pathTo(programs.libraries()).forEach((name, value) -> command.add(name + "=" + value));
      command.addAll(server(data));
      command.add("--bootstrap");
      Shell.Result result = Shell.run(command);
      Files.delete(script);
      if (!result.isDone()) {
        throw new LocalServerException(
            "MariaDB could not create its data in " + folder.folder() + ": " + result.output());
      }
    } catch (IOException e) {
      throw new LocalServerException("MariaDB could not create its data: " + e.getMessage(), e);
    }
  }

  /** One user, from this machine, with a password; the others that the scripts make are removed. */
  private String script(String password) throws IOException {
    return "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
        + programs.ownTables()
        + "DELETE FROM mysql.global_priv;\nDELETE FROM mysql.proxies_priv;\n"
        + "INSERT INTO mysql.global_priv VALUES ('127.0.0.1', '"
        + USER
        + "', json_object('access', 18446744073709551615, 'plugin', 'mysql_native_password',"
        + " 'authentication_string', password('"
        + password
        + "')));\n";
  }

  /** What a transaction wrote is on the disk when it is acknowledged, prepared or committed. */
  private List<String> server(Path data) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(programs.server().toString(), "--no-defaults", "--datadir=" + data));
    command.addAll(
        List.of(
            // One that starts removes what it takes for its own leftovers, and in a folder that
            // several share that may be another's.
            "--tmpdir=" + data,
            "--lc-messages-dir=" + programs.share(),
            "--character-sets-dir=" + programs.share().resolve("charsets"),
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-log-file-size=16M",
            "--innodb-buffer-pool-size=64M",
            "--character-set-server=utf8mb4"));
    if (Account.isRoot()) {
      command.add("--user=root");
    }
    return command;
  }

  @Override
  public Launch launch(int port) {
    logged = folder.prepareLog();
    List<String> command = new ArrayList<>(server(folder.data()));
    command.addAll(
        List.of(
            "--bind-address=127.0.0.1",
            "--port=" + port,
            "--socket=socket", // in the data folder: the name of a socket must be short
            "--pid-file=pid",
            "--skip-name-resolve",
            "--max-connections=300"));
    return new Launch(Account.own(), command, Debian.pathTo(programs.libraries()));
  }

  /** It says so in its log, which is its own, and greets clients. */
  @Override
  public boolean isReady(ServerProcess process, int port) {
    return folder.logSince(logged).contains("ready for connections")
        && Wire.at(port, wire -> wire.bytes(Integer.BYTES + 1)[Integer.BYTES] == PROTOCOL);
  }

  @Override
  public boolean isPortTaken(String log) {
    return log.contains("Address already in use") || log.contains("Bind on TCP/IP port");
  }
}
