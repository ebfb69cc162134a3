package dev.concordat.local;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A NATS server with JetStream, ready to be started on one folder. */
final class NatsRecipe implements Recipe {
  static final String VARIABLE = "CONCORDAT_NATS_URL";
  private static final String PACKAGE = "nats-server";
  private static final String WAY_OUT =
      "Install nats-server, or set " + VARIABLE + " to the address of one that runs.";
  private static final Pattern VERSION = Pattern.compile("v(\\d+)\\.(\\d+)\\.");

  private final Path program;
  private final DataFolder folder;
  private final String name = "concordat-" + UUID.randomUUID();
  private int monitoring;

  NatsRecipe(Path program, DataFolder folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The installed server, or the one of the distribution's package in the cache. */
  static Path program(Search search, Path cache) {
    return search
        .first(PACKAGE)
        .orElseGet(() ->
            inside(
                new Debian(search, cache, PACKAGE, WAY_OUT)
                    .unpacked(root -> Files.isExecutable(inside(root)), Debian.Relocation.none())));
  }

  private static Path inside(Path root) {
    return root.resolve("usr/sbin/" + PACKAGE);
  }

  @Override
  public DataFolder folder() {
    return folder;
  }

  @Override
  public void prepare() {
    if (folder.isFresh()) {
      folder.create(Folders::create);
    } else {
      folder.awaitPredecessor();
    }
  }

  @Override
  public Launch launch(int port) {
    monitoring = Ports.freeBeside(port);
    Path file = folder.folder().resolve("nats.conf");
    Folders.write(file, configuration(port));
    List<String> command = List.of(program.toString(), "-c", file.toString());
    return new Launch(Account.own(), command, Map.of());
  }

  private String configuration(int port) {
    return """
    server_name: "%s"
    listen: "127.0.0.1:%d"
    http: "127.0.0.1:%d"
    jetstream {
      store_dir: "%s"
      %s
    }
    """
        .formatted(name, port, monitoring, quoted(folder.data()), sync());
  }

  private static String quoted(Path path) {
    return path.toString().replace("\\", "\\\\").replace("\"", "\\\"");
  }

  /**
   * From 2.10 on, every acknowledged message can be forced to the disk. Before, it is written but
   * not forced: it survives the process, and not a power cut.
   */
  private String sync() {
    Matcher version = VERSION.matcher(Shell.run(program.toString(), "-v").output());
    boolean isForced =
        version.find()
            && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2))
                >= 2010;
    return isForced ? "sync_interval: always" : "";
  }

  @Override
  public boolean isReady(ServerProcess process, int port) {
    return isHealthy() && Wire.at(port, wire -> wire.line().contains(name));
  }

  private boolean isHealthy() {
    try {
      URI uri = URI.create("http://127.0.0.1:" + monitoring + "/healthz");
      HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
      connection.setConnectTimeout(Wire.PATIENCE_MILLIS);
      connection.setReadTimeout(Wire.PATIENCE_MILLIS);
      try {
        return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false; // not listening yet
    }
  }

  @Override
  public boolean isPortTaken(String log) {
    return log.contains("address already in use");
  }
}
