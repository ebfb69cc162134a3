package dev.concordat.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ ready to be started on one folder.
 *
 * <p>Erlang's nodes find each other through a name server, {@code epmd}. Each broker gets one of
 * its own, so that brokers know neither each other nor one that the machine runs.
 */
final class RabbitRecipe implements Recipe {
  private static final byte[] GREETING = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
  private static final byte METHOD = 1;

  private final RabbitPrograms programs;
  private final DataFolder folder;
  private @Nullable ServerProcess names;
  private long logged;

  RabbitRecipe(RabbitPrograms programs, DataFolder folder) {
    this.programs = programs;
    this.folder = folder;
  }

  @Override
  public DataFolder folder() {
    return folder;
  }

  /** The data belong to the node whose name they bear. */
  @Override
  public void prepare() {
    if (folder.isFresh()) {
      folder.create(data -> {
        Folders.create(data);
        Folders.write(data.resolve("node"), "concordat-" + UUID.randomUUID());
        Folders.write(data.resolve("enabled_plugins"), "[].");
        Folders.write(data.resolve("rabbitmq.conf"), "");
      });
    } else {
      folder.awaitPredecessor();
    }
  }

  private String node() throws IOException {
    return Files.readString(folder.data().resolve("node"));
  }

  @Override
  public Launch launch(int port) throws IOException {
    end();
    logged = folder.prepareLog();
    int epmd = Ports.freeBeside(port);
    names = ServerProcess.startBeside(nameServer(epmd), folder);
    List<String> command = List.of(programs.server().toString());
    return new Launch(Account.own(), command, environment(port, epmd));
  }

  private Launch nameServer(int port) {
    List<String> command =
        List.of(
            programs.erlang().resolve("epmd").toString(),
            "-port",
            Integer.toString(port),
            "-address",
            "127.0.0.1");
    return new Launch(Account.own(), command, programs.environment());
  }

  private Map<String, String> environment(int port, int epmd) throws IOException {
    Map<String, String> environment = new HashMap<>(programs.environment());
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put("ERL_EPMD_PORT", Integer.toString(epmd));
    environment.put("RABBITMQ_NODENAME", node() + "@localhost");
    environment.put("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_NODE_PORT", Integer.toString(port));
    environment.put("RABBITMQ_DIST_PORT", Integer.toString(Ports.freeBeside(port, epmd)));
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    environment.put("RABBITMQ_LOGS", "-");
    environment.put("RUNNING_UNDER_SYSTEMD", "true"); // the script then becomes the server
    environment.put("RABBITMQ_CONF_ENV_FILE", "/dev/null");
    environment.put("HOME", folder.data().toString());
    Map<String, String> files =
        Map.of(
            "RABBITMQ_MNESIA_BASE", "mnesia",
            "RABBITMQ_LOG_BASE", "log",
            "RABBITMQ_PID_FILE", "pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins",
            "RABBITMQ_CONFIG_FILE", "rabbitmq.conf", // there is none: the start is the quicker
            "RABBITMQ_CONFIG_FILES", "conf.d",
            "RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config");
    Path data = folder.data();
    files.forEach((variable, file) -> environment.put(variable, data.resolve(file).toString()));
    return environment;
  }

  /**
   * A broker lets clients in a moment before it is complete. A queue declared in that moment would
   * be forgotten by a broker that is killed, so we wait for both.
   */
  @Override
  public boolean isReady(ServerProcess process, int port) {
    return folder.logSince(logged).contains("Server startup complete") && answers(port);
  }

  /** A broker that is greeted names its cluster, which has the name of its first node. */
  private boolean answers(int port) {
    return Wire.at(
        port,
        wire -> {
          wire.send(GREETING);
          if (wire.in().readByte() != METHOD) {
            return false;
          }
          wire.bytes(Short.BYTES);
          String start = new String(wire.bytes(wire.in().readInt()), StandardCharsets.ISO_8859_1);
          return start.contains(node());
        });
  }

  @Override
  public boolean isPortTaken(String log) {
    return log.contains("eaddrinuse") || log.contains("Address already in use");
  }

  @Override
  public void end() {
    if (names != null) {
      names.kill();
      names = null;
    }
  }
}
