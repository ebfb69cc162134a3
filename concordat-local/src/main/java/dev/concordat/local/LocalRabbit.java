package dev.concordat.local;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real RabbitMQ on this machine that belongs to this program.
 *
 * {@snippet :
 * try (LocalRabbit rabbit = LocalRabbit.start()) {
 *   ConnectionFactory factory = new ConnectionFactory();
 *   factory.setUri(rabbit.uri());
 * }
 * }
 *
 * <p>The installed {@code rabbitmq-server} is used; where there is none, that of the distribution's
 * package is fetched once, with the Erlang it needs, and unpacked for this user. It listens on the
 * loopback only and lets in the user {@code guest}. Persistent messages in durable queues that it
 * confirmed survive {@link #kill()}; but a quorum queue of RabbitMQ 3.10 that was declared in the
 * last seconds before may confirm nothing more.
 *
 * <p>If the environment variable {@code CONCORDAT_RABBITMQ_URL} is set, nothing is started and its
 * value is the {@link #uri()}.
 */
public final class LocalRabbit extends LocalServer {
  private LocalRabbit(Life life) {
    super(life);
  }

  /**
   * Starts a broker with a temporary data folder on a free port.
   *
   * @return the broker, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalRabbit start() {
    return startIn(null);
  }

  /**
   * Starts a broker on a free port that keeps its data in a folder.
   *
   * @param dataFolder a folder of its own, created if need be and reused if it holds data
   * @return the broker, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalRabbit start(Path dataFolder) {
    return startIn(dataFolder);
  }

  private static LocalRabbit startIn(@Nullable Path dataFolder) {
    Optional<Elsewhere> elsewhere =
        Elsewhere.in(System.getenv(), Product.RABBIT, RabbitPrograms.VARIABLE);
    return new LocalRabbit(elsewhere.isPresent() ? elsewhere.get() : own(dataFolder));
  }

  /** The programs come first: fetching them may take long, and then no folder is left behind. */
  private static OwnLife own(@Nullable Path dataFolder) {
    RabbitPrograms programs = RabbitPrograms.find(Search.usual(), Cache.folder());
    return DataFolder.of(Product.RABBIT, dataFolder)
        .handOver(folder -> OwnLife.begin(new RabbitRecipe(programs, folder), OwnLife.ANY_PORT));
  }

  /**
   * The address for clients, the same over restarts.
   *
   * @return an address with user and password, for the first virtual host
   */
  public String uri() {
    return life() instanceof Elsewhere elsewhere
        ? elsewhere.address()
        : "amqp://guest:guest@127.0.0.1:" + port();
  }
}
