package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.concordat.local.LocalKafka;
import dev.concordat.local.LocalNats;
import dev.concordat.local.LocalRabbit;
import io.nats.client.Nats;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The doctor names each unsafe setting that is really set, with its value, and refuses it. */
class DoctorTest {

  private static LocalKafka kafka;
  private static LocalRabbit rabbit;
  private static LocalNats nats;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    kafka = LocalKafka.start();
    rabbit = LocalRabbit.start();
    nats = LocalNats.start();
    topic("plain", Map.of());
    topic("sound", Map.of("min.insync.replicas", "2"));
    topic("unclean", Map.of("unclean.leader.election.enable", "true"));
    topic("concordat.relay.cursors", Map.of("cleanup.policy", "delete"));
    queues();
    stream("shipments", true, Duration.ofMinutes(2));
    stream("fleeting", false, Duration.ofSeconds(30));
  }

  @AfterAll
  static void stop() {
    kafka.close();
    rabbit.close();
    nats.close();
  }

  private static void topic(String name, Map<String, String> settings) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.createTopics(Set.of(new NewTopic(name, 1, (short) 1).configs(settings))).all().get();
    }
  }

  private static void queues() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(rabbit.uri());
    try (Connection connection = factory.newConnection()) {
      var channel = connection.createChannel();
      channel.queueDeclare("invoices", true, false, false, Map.of("x-queue-type", "quorum"));
      channel.queueDeclare("classic", true, false, false, Map.of());
      channel.queueDeclare("leaving", true, false, true, Map.of());
      channel.queueDeclare("fleeting", false, false, false, Map.of());
      channel.exchangeDeclare("fleeting", "topic", false);
    }
  }

  private static void stream(String name, boolean kept, Duration window) throws Exception {
    try (var connection = Nats.connect(nats.url())) {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(name)
                  .subjects(name)
                  .storageType(kept ? StorageType.File : StorageType.Memory)
                  .noAck(!kept)
                  .duplicateWindow(window)
                  .build());
    }
  }

  private int run(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("doctor"));
    all.addAll(List.of(words));
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private List<String> findings(String verdict) {
    return json()
        .get("findings")
        .valueStream()
        .filter(found -> found.get("verdict").asString().equals(verdict))
        .map(found -> found.get("setting").asString() + " is " + found.get("value").asString())
        .toList();
  }

  private String file(String... lines) throws IOException {
    return Files.write(folder.resolve("client.properties"), List.of(lines)).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "acks, 1",
    "enable.idempotence, false",
    "max.in.flight.requests.per.connection, 6",
    "retries, 3",
    "delivery.timeout.ms, 20000",
    "partitioner.class, org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "partitioner.ignore.keys, true",
    "isolation.level, read_uncommitted",
    "enable.auto.commit, true",
    "auto.offset.reset, latest"
  })
  void refusesSettingsOfKafkasClients(String setting, String value) throws Exception {
    String sound = "isolation.level=read_committed\nenable.auto.commit=false";
    String file = file("acks=all", sound, "auto.offset.reset=earliest", setting + "=" + value);

    assertThat(run("--kafka-properties", file, "--json")).isEqualTo(Exit.REFUSED);
    assertThat(findings("refuse")).containsExactly(setting + " is " + value);
    assertThat(run("--kafka-properties", file, "--allow", setting)).isEqualTo(Exit.DONE);
    assertThat(out.toString()).contains("warn    " + setting + " is " + value);
  }

  @Test
  void refusesWhatBrokersAndTopicsAreSetTo() throws Exception {
    String file = file("transactional.id=t", "transaction.timeout.ms=900001");
    assertThat(
            run(
                "--kafka",
                kafka.bootstrapServers(),
                "--kafka-properties",
                file,
                "--topic",
                "plain,unclean,nowhere",
                "--json"))
        .isEqualTo(Exit.REFUSED);
    assertThat(findings("refuse"))
        .containsExactly(
            "transaction.timeout.ms is 900001",
            "transaction.timeout.ms is 900001, and the brokers' transaction.max.timeout.ms is"
                + " 900000",
            "topic is nowhere, and there is none",
            "replication.factor is 1 (topic plain)",
            "min.insync.replicas is 1 (topic plain)",
            "replication.factor is 1 (topic unclean)",
            "min.insync.replicas is 1 (topic unclean)",
            "unclean.leader.election.enable is true (topic unclean)",
            "replication.factor is 1 (topic concordat.relay.cursors)",
            "min.insync.replicas is 1 (topic concordat.relay.cursors)",
            "cleanup.policy is delete (topic concordat.relay.cursors)");
  }

  @Test
  void passesWhatIsSoundOnAKafkaOfOneBroker() {
    assertThat(
            run(
                "--kafka",
                kafka.bootstrapServers(),
                "--topic",
                "sound",
                "--allow",
                "replication.factor"))
        .isEqualTo(Exit.DONE);
    assertThat(out.toString())
        .isEqualTo(
            """
            Kafka at %s
              warn    replication.factor is 1 (topic sound)
                      whoever loses that broker's disk loses messages; it should be 3
            """
                .formatted(kafka.bootstrapServers()));
    assertThat(err.toString()).contains("Nothing is refused.");
  }

  @Test
  void refusesWhatRabbitsQueuesAre() {
    assertThat(
            run(
                "--rabbitmq",
                rabbit.uri(),
                "--queue",
                "classic,leaving,fleeting,nowhere",
                "--exchange",
                "fleeting",
                "--json"))
        .isEqualTo(Exit.REFUSED);
    assertThat(findings("refuse"))
        .containsExactlyInAnyOrder(
            "durable is false (exchange fleeting)",
            "x-queue-type is classic (queue classic)",
            "auto_delete is true (queue leaving)",
            "durable is false (queue fleeting)",
            "queue is nowhere, and there is none");
    assertThat(run("--rabbitmq", rabbit.uri(), "--queue", "invoices")).isEqualTo(Exit.DONE);
    assertThat(out.toString()).contains("unseen is policies").doesNotContain("guest");
  }

  @Test
  void refusesWhatNatsStreamsAre() {
    assertThat(run("--nats", nats.url(), "--subject", "fleeting,nowhere", "--json"))
        .isEqualTo(Exit.REFUSED);
    assertThat(findings("refuse"))
        .containsExactlyInAnyOrder(
            "stream is not there for subject nowhere",
            "storage is memory (stream fleeting)",
            "no_ack is true (stream fleeting)",
            "duplicate_window is PT30S (stream fleeting)");
    assertThat(run("--nats", nats.url(), "--stream", "shipments", "--json")).isEqualTo(Exit.DONE);
    assertThat(findings("warn")).containsExactly("num_replicas is 1 (stream shipments)");
  }

  @Test
  void saysWhoDidNotAnswerAndWhatWasNotNamed() {
    assertThat(run("--nats", "nats://anna:geheim@127.0.0.1:1", "--json"))
        .isEqualTo(Exit.UNREACHABLE);
    assertThat(json().get("unanswered").get(0).get("why").asString())
        .contains("could not be asked");
    assertThat(out.toString() + err).doesNotContain("geheim");

    assertThat(run("--rabbitmq", "amqp://anna:ge heim@127.0.0.1:1")).isEqualTo(Exit.USAGE);
    assertThat(out.toString() + err).doesNotContain("heim");

    assertThat(run("--kafka", kafka.bootstrapServers(), "--json")).isEqualTo(Exit.DONE);
    assertThat(findings("warn")).containsExactly("--topic is not given");
  }

  @Test
  void aFileIsReadWithoutTellingItsSecrets() throws Exception {
    String jaas = "PlainLoginModule required username=\"u\" password=\"geheim\";";
    String file = file("bootstrap.servers=127.0.0.1:1", "acks=0", "sasl.jaas.config=" + jaas);

    assertThat(run("--kafka-properties", file)).isEqualTo(Exit.REFUSED);
    assertThat(out.toString()).contains("acks is 0", "silent", "could not be asked");
    assertThat(out.toString() + err).doesNotContain("geheim");
    assertThat(run("--kafka-properties", folder.resolve("none").toString())).isEqualTo(Exit.USAGE);
  }

  /** As people run it: a process of its own, with an environment, into a pipe. */
  @Test
  void looksAtWhatTheEnvironmentNames() throws Exception {
    Process nothing = main(Map.of());
    assertThat(nothing.waitFor()).isEqualTo(Exit.USAGE);
    assertThat(new String(nothing.getInputStream().readAllBytes()))
        .contains("nothing to look at", "CONCORDAT_NATS_URL");

    Process all =
        main(Map.of("CONCORDAT_NATS_URL", nats.url(), "CONCORDAT_RABBITMQ_URL", rabbit.uri()));
    String said = new String(all.getInputStream().readAllBytes());
    assertThat(all.waitFor()).isEqualTo(Exit.DONE);
    assertThat(said)
        .contains(
            "NATS at nats://127.0.0.1", "RabbitMQ at amqp://127.0.0.1", "--queue is not given")
        .doesNotContain("\u001b", "guest");
  }

  private static Process main(Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "doctor");
    builder.environment().keySet().removeIf(name -> name.startsWith("CONCORDAT_"));
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true).start();
  }
}
