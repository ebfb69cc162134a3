package dev.concordat.kafka;

import dev.concordat.local.LocalKafka;
import java.io.IOException;
import java.io.StringReader;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Another broker beside the first, which dies and comes back without taking the cluster along. */
final class SecondBroker implements AutoCloseable {

  static final int NUMBER = 2;

  private final Map<String, Object> properties;
  private final Path folder;
  private final List<String> java;
  private Process process;

  /** The first one's process shows with which programs it was started. */
  SecondBroker(Broker first) throws Exception {
    LocalKafka kafka = first.kafka;
    this.properties = first.properties();
    this.folder = Files.createTempDirectory("concordat-kafka-second");
    String line = Files.readString(Path.of("/proc/" + kafka.pid() + "/cmdline"));
    List<String> words = Arrays.asList(line.split("\0"));
    int program = words.indexOf("kafka.Kafka");
    this.java = words.subList(0, program);
    String id = settings(Path.of(words.get(program + 1)));
    run(List.of("kafka.tools.StorageTool", "format", "--cluster-id=" + id, "-c", file().toString()))
        .waitFor();
    start();
  }

  private Path file() {
    return folder.resolve("server.properties");
  }

  private String settings(Path first) throws IOException {
    Properties settings = new Properties();
    settings.load(new StringReader(Files.readString(first)));
    Properties data = new Properties();
    data.load(
        new StringReader(
            Files.readString(Path.of(settings.getProperty("log.dirs"), "meta.properties"))));
    String own;
    try (ServerSocket free = new ServerSocket(0)) {
      own = "PLAINTEXT://127.0.0.1:" + free.getLocalPort();
    }
    settings.put("process.roles", "broker");
    settings.put("node.id", String.valueOf(NUMBER));
    settings.put("listeners", own);
    settings.put("advertised.listeners", own);
    settings.put("log.dirs", folder.resolve("data").toString());
    try (var out = Files.newBufferedWriter(file())) {
      settings.store(out, null);
    }
    return data.getProperty("cluster.id");
  }

  private Process run(List<String> program) throws IOException {
    List<String> command = new ArrayList<>(java);
    command.addAll(program);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("second.log").toFile()))
        .start();
  }

  void start() throws Exception {
    process = run(List.of("kafka.Kafka", file().toString()));
    awaitBrokers(2);
  }

  /** Returns when the cluster knows. */
  void kill() throws Exception {
    process.destroyForcibly().waitFor();
    awaitBrokers(1);
  }

  private void awaitBrokers(int many) throws Exception {
    try (Admin admin = Admin.create(properties)) {
      while (admin.describeCluster().nodes().get().size() != many) {
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  /** A topic whose partitions all have these copies, the first of them leading. */
  void create(String topic, List<Integer> copies, Map<String, String> settings) throws Exception {
    try (Admin admin = Admin.create(properties)) {
      NewTopic created =
          new NewTopic(topic, Map.of(0, copies, 1, copies, 2, copies)).configs(settings);
      admin.createTopics(List.of(created)).all().get();
      while (true) {
        try {
          admin.describeTopics(List.of(topic)).allTopicNames().get();
          return;
        } catch (ExecutionException e) {
          LockSupport.parkNanos(20_000_000);
        }
      }
    }
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly().waitFor();
    try (var files = Files.walk(folder)) {
      for (Path one : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(one);
      }
    }
  }
}
