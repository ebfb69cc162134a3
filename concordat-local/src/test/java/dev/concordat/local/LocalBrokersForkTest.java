package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of their own start brokers and die; no broker outlives its program. */
class LocalBrokersForkTest {
  private static final List<String> NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir Path folder;

  private final Path cache = Cache.folder();

  @ParameterizedTest
  @ValueSource(strings = {"kafka", "nats", "mariadb"})
  void aBrokerDiesWithItsProgramAndTheNextOneTakesOverItsFolder(String broker) throws IOException {
    Path data = folder.resolve("data");
    startTwice(() -> Program.start(cache, broker, data.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rabbitmq", "nats", "mariadb"})
  void soDoesThatOfAnOrdinaryUserWhoNeedsNoHelp(String broker)
      throws IOException, URISyntaxException {
    List<String> user = Account.isRoot() ? NOBODY : List.of();
    String java = Program.java().toString();
    assumeTrue(
        Shell.run(Shell.join(user, List.of("test", "-x", java))).isDone(),
        "the JDK is closed to other users");
    String classes = copy(LocalServer.class) + File.pathSeparator + copy(Program.class);
    letOtherUsersIn(folder, "rwxrwxrwx");
    Path known = Files.createDirectory(folder.resolve("cache"));
    letOtherUsersIn(known, "rwxrwxrwx");
    shareWhatIsFetched(broker, known);
    String data = folder.resolve("data").toString();

    startTwice(() -> Program.start(user, classes, Map.of(), known, broker, data));
  }

  @FunctionalInterface
  private interface Start {
    Program program() throws IOException;
  }

  private static void startTwice(Start start) throws IOException {
    try (Program first = start.program()) {
      Program.Started started = first.started();
      List<ProcessHandle> below = first.below();
      assertThat(below).extracting(ProcessHandle::pid).contains(started.pid());

      first.kill();
      try (Program second = start.program()) {
        assertThat(second.started().pid()).isNotEqualTo(started.pid());
        below.forEach(Program::awaitEnd);
      }
    }
  }

  @Test
  void aTemporaryFolderGoesWithItsProgram() throws IOException {
    try (Program program = Program.start(cache, "nats")) {
      Program.Started started = program.started();
      List<ProcessHandle> below = program.below();

      program.kill();

      below.forEach(Program::awaitEnd);
      assertThat(started.folder()).doesNotExist();
    }
  }

  @Test
  void twoProgramsMayFetchAtOnceAndAFetchThatWasKilledIsForgotten() throws IOException {
    assumeTrue(Search.usual().first("nats-server").isEmpty(), "nothing has to be fetched");
    Path fetched = Files.createDirectory(folder.resolve("cache"));
    try (Program killed = Program.start(fetched, "nats")) {
      while (killed.isAlive() && isEmpty(fetched)) {
        LockSupport.parkNanos(2_000_000);
      }
      killed.kill();
    }
    try (Program one = Program.start(fetched, "nats");
        Program other = Program.start(fetched, "nats")) {
      one.started();
      other.started();
    }
    try (Stream<Path> entries = Files.list(fetched)) {
      assertThat(entries.map(Path::toString).filter(name -> !name.endsWith(".part")))
          .hasSize(2)
          .anyMatch(name -> name.endsWith(".lock"));
    }
  }

  @Test
  void theEnvironmentMayNameBrokersThatRunElsewhere() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Program.java().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LocalBrokersElsewhereChild.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder
        .environment()
        .putAll(
            Map.of(
                "CONCORDAT_KAFKA_BOOTSTRAP", "kafka.example:9092,kafka2.example:9092",
                "CONCORDAT_RABBITMQ_URL", "amqp://user:word@rabbit.example:5672",
                "CONCORDAT_NATS_URL", "nats://nats.example:4222",
                "CONCORDAT_MARIADB_URL", "jdbc:mariadb://db.example/?user=me&password=word"));

    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(output.lines())
        .containsExactly(
            "kafka.example:9092,kafka2.example:9092",
            refused("CONCORDAT_KAFKA_BOOTSTRAP", "Kafka", "kill"),
            refused("CONCORDAT_KAFKA_BOOTSTRAP", "Kafka", "stop"),
            "amqp://user:word@rabbit.example:5672",
            refused("CONCORDAT_RABBITMQ_URL", "RabbitMQ", "kill"),
            refused("CONCORDAT_RABBITMQ_URL", "RabbitMQ", "stop"),
            "nats://nats.example:4222",
            refused("CONCORDAT_NATS_URL", "NATS", "kill"),
            refused("CONCORDAT_NATS_URL", "NATS", "stop"),
            "jdbc:mariadb://db.example/ledger?user=me&password=word",
            refused("CONCORDAT_MARIADB_URL", "MariaDB", "kill"),
            refused("CONCORDAT_MARIADB_URL", "MariaDB", "stop"));
  }

  private static String refused(String variable, String broker, String what) {
    return variable
        + " names a "
        + broker
        + " that this program did not start, so it cannot "
        + what
        + " it: unset the variable to have a server of its own.";
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Lets a new cache have what this one has, so that it is not fetched again. */
  private void shareWhatIsFetched(String broker, Path known) throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      entries
          .filter(entry -> entry.getFileName().toString().startsWith(broker + "-server-"))
          .filter(Files::isDirectory)
          .forEach(entry -> Shell.run("cp", "-R", entry.toString(), known.toString()));
    }
  }

  /** The class path may lie in root's own folders: everybody gets a copy of what is needed. */
  private Path copy(Class<?> type) throws IOException, URISyntaxException {
    Path source = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path target = folder.resolve(source.getFileName());
    Shell.run("cp", "-R", source.toString(), target.toString());
    Shell.run("chmod", "-R", "a+rX", target.toString());
    return target;
  }

  private static void letOtherUsersIn(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
