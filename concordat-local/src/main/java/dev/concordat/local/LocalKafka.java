package dev.concordat.local;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka on this machine that belongs to this program: one broker that is its own controller,
 * in a process of its own.
 *
 * {@snippet :
 * try (LocalKafka kafka = LocalKafka.start()) {
 *   var producer = new KafkaProducer<>(Map.of("bootstrap.servers", kafka.bootstrapServers(), …));
 * }
 * }
 *
 * <p>The broker comes from the jar {@code concordat-local-kafka}, which has to be among the
 * dependencies and brings nothing else onto the class path. It listens on the loopback only, lets
 * in whoever asks, and creates no topic unasked. What it acknowledged survives {@link #kill()}, and
 * not always a power cut: Kafka writes, and leaves it to the system to force it to the disk.
 *
 * <p>If the environment variable {@code CONCORDAT_KAFKA_BOOTSTRAP} is set, nothing is started and
 * its value is what {@link #bootstrapServers()} answers.
 */
public final class LocalKafka extends LocalServer {
  private LocalKafka(Life life) {
    super(life);
  }

  /**
   * Starts a broker with a temporary data folder on a free port.
   *
   * @return the broker, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalKafka start() {
    return startIn(null);
  }

  /**
   * Starts a broker on a free port that keeps its data in a folder.
   *
   * @param dataFolder a folder of its own, created if need be and reused if it holds data
   * @return the broker, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalKafka start(Path dataFolder) {
    return startIn(dataFolder);
  }

  private static LocalKafka startIn(@Nullable Path dataFolder) {
    Optional<Elsewhere> elsewhere =
        Elsewhere.in(System.getenv(), Product.KAFKA, KafkaRecipe.VARIABLE);
    return new LocalKafka(elsewhere.isPresent() ? elsewhere.get() : own(dataFolder));
  }

  /** The programs come first: fetching them may take long, and then no folder is left behind. */
  private static OwnLife own(@Nullable Path dataFolder) {
    String classPath = KafkaJars.classPath();
    return DataFolder.of(Product.KAFKA, dataFolder)
        .handOver(folder -> OwnLife.begin(new KafkaRecipe(classPath, folder), OwnLife.ANY_PORT));
  }

  /**
   * The address for clients, the same over restarts.
   *
   * @return the value of the clients' setting {@code bootstrap.servers}
   */
  public String bootstrapServers() {
    return life() instanceof Elsewhere elsewhere ? elsewhere.address() : "127.0.0.1:" + port();
  }
}
