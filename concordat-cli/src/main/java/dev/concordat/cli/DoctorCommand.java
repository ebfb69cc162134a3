package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.core.RefusedException;
import dev.concordat.kafka.KafkaCheck;
import dev.concordat.messaging.Finding;
import dev.concordat.nats.NatsSink;
import dev.concordat.nats.NatsSinkBuilder;
import dev.concordat.rabbitmq.RabbitSink;
import dev.concordat.rabbitmq.RabbitSinkBuilder;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks at brokers and databases as the sinks and workers do when they start. */
@Command(
    name = "doctor",
    description = {
      "Look for settings of brokers, their clients and the database that lose, repeat or disorder.",
      "Without options it looks at what CONCORDAT_KAFKA_BOOTSTRAP, CONCORDAT_RABBITMQ_URL,",
      "CONCORDAT_NATS_URL and CONCORDAT_JDBC_URL name."
    },
    footer = {
      "",
      "Exit status: 0 nothing is refused; 4 a setting is refused; 9 somebody did not answer.",
      "",
      "Example:",
      "  concordat doctor --kafka kafka-1:9092 --kafka-properties producer.properties --topic"
          + " orders"
    })
final class DoctorCommand implements Callable<Integer> {

  private static final Duration OLD = Duration.ofMinutes(5);

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(names = "--kafka", paramLabel = "BOOTSTRAP", description = "Kafka's bootstrap servers.")
  private @Nullable String kafka;

  @Option(
      names = "--kafka-properties",
      paramLabel = "FILE",
      description = "The properties of your producer, of your consumer, or of both.")
  private @Nullable Path kafkaProperties;

  @Option(names = "--topic", paramLabel = "NAME", split = ",", description = "Topics of Kafka.")
  private Set<String> topics = new HashSet<>();

  @Option(
      names = "--rabbitmq",
      paramLabel = "URL",
      description = "RabbitMQ's address, as amqp://user@host; better in CONCORDAT_RABBITMQ_URL.")
  private @Nullable String rabbit;

  @Option(names = "--queue", paramLabel = "NAME", split = ",", description = "Its queues.")
  private Set<String> queues = new HashSet<>();

  @Option(names = "--exchange", paramLabel = "NAME", description = "The exchange to publish to.")
  private @Nullable String exchange;

  @Option(names = "--nats", paramLabel = "URL", description = "NATS' address, as nats://host.")
  private @Nullable String nats;

  @Option(names = "--subject", paramLabel = "NAME", split = ",", description = "Its subjects.")
  private Set<String> subjects = new HashSet<>();

  @Option(names = "--stream", paramLabel = "NAME", description = "The stream that takes them.")
  private @Nullable String stream;

  @Option(
      names = "--allow",
      paramLabel = "SETTING",
      split = ",",
      description = "Settings that are meant so: warned of, and not refused.")
  private Set<String> allowed = new HashSet<>();

  @Override
  public Integer call() {
    Map<String, String> environment = System.getenv();
    boolean given =
        Stream.of(kafka, kafkaProperties, rabbit, nats).anyMatch(option -> option != null)
            || database.isGiven();
    Diagnosis diagnosis = new Diagnosis(allowed);
    lookAtBrokers(diagnosis, given ? Map.of() : environment);
    if (given ? database.isGiven() : named(environment, "CONCORDAT_JDBC_URL") != null) {
      lookAtDatabase(diagnosis, environment);
    }
    if (diagnosis.isEmpty()) {
      throw screen.wrong(
          "There is nothing to look at: give --kafka, --rabbitmq, --nats or --jdbc-url, or set"
              + " CONCORDAT_KAFKA_BOOTSTRAP, CONCORDAT_RABBITMQ_URL, CONCORDAT_NATS_URL or"
              + " CONCORDAT_JDBC_URL.");
    }
    if (screen.isJson()) {
      screen.data(diagnosis.document());
    } else {
      screen.data(diagnosis.text(screen));
      screen.say(diagnosis.summary());
    }
    return diagnosis.exit();
  }

  private static @Nullable String named(Map<String, String> environment, String variable) {
    String value = environment.get(variable);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private void lookAtBrokers(Diagnosis diagnosis, Map<String, String> environment) {
    String servers = kafka == null ? named(environment, "CONCORDAT_KAFKA_BOOTSTRAP") : kafka;
    if (servers != null || kafkaProperties != null) {
      lookAtKafka(diagnosis, servers);
    }
    String amqp = rabbit == null ? named(environment, "CONCORDAT_RABBITMQ_URL") : rabbit;
    if (amqp != null) {
      check("--rabbitmq", amqp);
      diagnosis.lookAt("RabbitMQ", Secrets.place(amqp), () -> ofRabbit(amqp), this::unseenByAmqp);
    }
    String address = nats == null ? named(environment, "CONCORDAT_NATS_URL") : nats;
    if (address != null) {
      check("--nats", address);
      diagnosis.lookAt("NATS", Secrets.place(address), () -> ofNats(address));
    }
  }

  /** Drivers repeat what they cannot read, with its password. */
  private void check(String option, String address) {
    try {
      new URI(address.contains("://") ? address : "any://" + address);
    } catch (URISyntaxException e) {
      throw screen.wrong("The value of " + option + " is no address: " + e.getReason());
    }
  }

  private void lookAtKafka(Diagnosis diagnosis, @Nullable String servers) {
    Map<String, Object> properties = new HashMap<>();
    if (kafkaProperties != null) {
      properties.putAll(read(kafkaProperties));
    }
    if (servers != null) {
      properties.put("bootstrap.servers", servers);
    }
    KafkaCheck check = new KafkaCheck(properties);
    Object place = properties.get("bootstrap.servers");
    if (place == null) {
      diagnosis.lookAt("Kafka", "", check::ofProperties, () -> none("bootstrap.servers", "broker"));
      return;
    }
    diagnosis.lookAt(
        "Kafka",
        place.toString(),
        check::ofProperties,
        () -> check.ofTopics(topics),
        () -> topics.isEmpty() ? none("--topic", "topic") : List.of());
  }

  /** Nothing is passed silently: what was not named was not looked at. */
  private static List<Finding> none(String missing, String what) {
    return List.of(
        Finding.noted(missing, "not given", "the settings of no " + what + " are checked"));
  }

  private Map<String, String> read(Path file) {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw screen.wrong("The file of --kafka-properties cannot be read: " + file);
    }
    Map<String, String> properties = new HashMap<>();
    read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
    return properties;
  }

  private List<Finding> ofRabbit(String url) {
    RabbitSinkBuilder sink = RabbitSink.at(url).queues(queues.toArray(String[]::new));
    if (exchange != null) {
      sink.exchange(exchange);
    }
    return sink.findings();
  }

  private List<Finding> unseenByAmqp() {
    Finding unseen =
        Finding.noted(
            "unseen",
            "policies, and how consumers acknowledge and prefetch",
            "AMQP tells nobody; consumers must acknowledge after their commit, and prefetch a"
                + " limited number");
    return Stream.concat(
            queues.isEmpty() && exchange == null ? none("--queue", "queue").stream() : Stream.of(),
            Stream.of(unseen))
        .toList();
  }

  private List<Finding> ofNats(String url) {
    NatsSinkBuilder sink = NatsSink.at(url).subjects(subjects.toArray(String[]::new));
    if (stream != null) {
      sink.expectedStream(stream);
    }
    List<Finding> findings = sink.findings();
    return subjects.isEmpty() && stream == null ? none("--subject", "stream") : findings;
  }

  private void lookAtDatabase(Diagnosis diagnosis, Map<String, String> environment) {
    DataSource source = database.source(environment);
    String place = database.place(environment);
    DatabaseExamination examination = new DatabaseExamination(source, OLD);
    try {
      var unused = database.reachable(environment);
    } catch (Problem e) {
      diagnosis.lookAt(
          "PostgreSQL",
          place,
          () -> {
            throw e;
          });
      return;
    }
    diagnosis.lookAt(
        "PostgreSQL",
        place,
        examination::settings,
        examination::transactions,
        examination::heldUp,
        () -> ofConcordat(examination, source));
  }

  private List<Finding> ofConcordat(DatabaseExamination examination, DataSource source) {
    if (!examination.hasSchema(database.schema())) {
      return List.of(
          Finding.noted(
              "schema",
              database.schema() + ", and there is none",
              "relays and dead letters are not checked; a worker makes it when it starts"));
    }
    try (Concordat concordat = database.client(source)) {
      return Stream.concat(
              DatabaseExamination.relays(concordat.messaging().progress()).stream(),
              DatabaseExamination.consumers(concordat.consuming().standings()).stream())
          .toList();
    } catch (RefusedException e) {
      return List.of(Finding.unsafe("schema", database.schema(), String.valueOf(e.getMessage())));
    }
  }
}
