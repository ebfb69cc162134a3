package dev.concordat.local;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A real NATS server with JetStream on this machine that belongs to this program.
 *
 * {@snippet :
 * try (LocalNats nats = LocalNats.start()) {
 *   Connection connection = Nats.connect(nats.url());
 * }
 * }
 *
 * <p>The installed {@code nats-server} is used; where there is none, that of the distribution's
 * package is fetched once and unpacked for this user. It listens on the loopback only and lets in
 * whoever asks. What JetStream acknowledged on a file-backed stream survives {@link #kill()}; from
 * version 2.10 of the server on, it is also forced to the disk.
 *
 * <p>If the environment variable {@code CONCORDAT_NATS_URL} is set, nothing is started and its
 * value is the {@link #url()}.
 */
public final class LocalNats extends LocalServer {
  private LocalNats(Life life) {
    super(life);
  }

  /**
   * Starts a server with a temporary data folder on a free port.
   *
   * @return the server, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalNats start() {
    return startIn(null);
  }

  /**
   * Starts a server on a free port that keeps its data in a folder.
   *
   * @param dataFolder a folder of its own, created if need be and reused if it holds data
   * @return the server, serving
   * @throws LocalServerException if it could not be started, saying why and what to do
   */
  public static LocalNats start(Path dataFolder) {
    return startIn(dataFolder);
  }

  private static LocalNats startIn(@Nullable Path dataFolder) {
    Optional<Elsewhere> elsewhere =
        Elsewhere.in(System.getenv(), Product.NATS, NatsRecipe.VARIABLE);
    return new LocalNats(elsewhere.isPresent() ? elsewhere.get() : own(dataFolder));
  }

  /** The programs come first: fetching them may take long, and then no folder is left behind. */
  private static OwnLife own(@Nullable Path dataFolder) {
    Path program = NatsRecipe.program(Search.usual(), Cache.folder());
    return DataFolder.of(Product.NATS, dataFolder)
        .handOver(folder -> OwnLife.begin(new NatsRecipe(program, folder), OwnLife.ANY_PORT));
  }

  /**
   * The address for clients, the same over restarts.
   *
   * @return an address as NATS clients take it, without user and password
   */
  public String url() {
    return life() instanceof Elsewhere elsewhere
        ? elsewhere.address()
        : "nats://127.0.0.1:" + port();
  }
}
