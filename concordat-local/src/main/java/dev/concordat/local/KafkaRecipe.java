package dev.concordat.local;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/** One Kafka broker that is its own controller, ready to be started on one folder. */
final class KafkaRecipe implements Recipe {
  static final String VARIABLE = "CONCORDAT_KAFKA_BOOTSTRAP";
  private static final short METADATA = 3;
  private static final short METADATA_VERSION = 7;

  /** One node needs no copies, a test no wait, and a broker that was killed a quick successor. */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("process.roles", "broker,controller"),
          Map.entry("node.id", "1"),
          Map.entry("controller.listener.names", "CONTROLLER"),
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("offsets.topic.num.partitions", "4"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("transaction.state.log.num.partitions", "4"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("add.partitions.to.txn.retry.backoff.ms", "1"),
          Map.entry("broker.session.timeout.ms", "5000"),
          Map.entry("broker.heartbeat.interval.ms", "500"),
          Map.entry("log.cleaner.dedupe.buffer.size", "2097152"));

  private final String classPath;
  private final DataFolder folder;

  KafkaRecipe(String classPath, DataFolder folder) {
    if (folder.data().toString().contains(",")) {
      throw new LocalServerException(
          "Kafka takes a comma in a folder's name for the end of it: choose another folder than "
              + folder.folder()
              + ".");
    }
    this.classPath = classPath;
    this.folder = folder;
  }

  @Override
  public DataFolder folder() {
    return folder;
  }

  @Override
  public void prepare() {
    if (folder.isFresh()) {
      folder.create(this::format);
    } else {
      folder.awaitPredecessor();
    }
  }

  private void format(Path data) {
    int port = Ports.free();
    Path file = configured(data, port, Ports.freeBeside(port));
    // In one word with its option, because one id in 64 begins with '-'.
    String id = "--cluster-id=" + clusterId(UUID.randomUUID());
    List<String> tool = List.of("kafka.tools.StorageTool", "format", id, "-c");
    Shell.Result result = Shell.run(java(Shell.join(tool, List.of(file.toString()))));
    if (!result.isDone()) {
      throw new LocalServerException(
          "Kafka could not create its data in " + folder.folder() + ": " + result.output());
    }
  }

  /** As Kafka writes such ids: no letter that means something in an address. */
  private static String clusterId(UUID id) {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  @Override
  public Launch launch(int port) {
    Path file = configured(folder.data(), port, Ports.freeBeside(port));
    List<String> command = java(List.of("kafka.Kafka", file.toString()));
    return new Launch(Account.own(), command, Map.of());
  }

  private List<String> java(List<String> program) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-Djava.awt.headless=true", "-cp", classPath));
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.addAll(program);
    return command;
  }

  private Path configured(Path data, int port, int controller) {
    Properties settings = new Properties();
    settings.putAll(SETTINGS);
    String own = "PLAINTEXT://127.0.0.1:" + port;
    settings.put("listeners", own + ",CONTROLLER://127.0.0.1:" + controller);
    settings.put("advertised.listeners", own);
    settings.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    settings.put("log.dirs", data.toString());
    StringWriter text = new StringWriter();
    Path file = folder.folder().resolve("server.properties");
    try {
      settings.store(text, null);
    } catch (IOException e) {
      throw new LocalServerException("Cannot write " + file + ".", e);
    }
    Folders.write(file, text.toString());
    return file;
  }

  /** Asks for the cluster's metadata, in which a broker appears once it serves. */
  @Override
  public boolean isReady(ServerProcess process, int port) {
    return Wire.at(
        port,
        wire -> {
          wire.send(question());
          wire.bytes(Integer.BYTES);
          DataInputStream answer = wire.in();
          answer.skipNBytes(2 * Integer.BYTES); // the number of the question, a throttle time
          int brokers = answer.readInt();
          for (int i = 0; i < brokers; i++) {
            answer.skipNBytes(Integer.BYTES);
            string(answer);
            answer.skipNBytes(Integer.BYTES);
            string(answer);
          }
          return brokers == 1 && string(answer).equals(expectedCluster());
        });
  }

  private static byte[] question() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(17); // the length of all that follows
    out.writeShort(METADATA);
    out.writeShort(METADATA_VERSION);
    out.writeInt(1); // the number of the question
    out.writeShort(2); // the length of our name
    out.write("me".getBytes(StandardCharsets.US_ASCII));
    out.writeInt(0); // no topics
    out.writeBoolean(false); // and none to be created
    return bytes.toByteArray();
  }

  /** A string of the protocol; no string is as good as an empty one. */
  private static String string(DataInputStream answer) throws IOException {
    int length = answer.readShort();
    return new String(answer.readNBytes(Math.max(0, length)), StandardCharsets.UTF_8);
  }

  private String expectedCluster() throws IOException {
    Properties names = new Properties();
    try (var file = Files.newBufferedReader(folder.data().resolve("meta.properties"))) {
      names.load(file);
    }
    return names.getProperty("cluster.id", "");
  }

  @Override
  public boolean isPortTaken(String log) {
    return log.contains("Address already in use");
  }
}
