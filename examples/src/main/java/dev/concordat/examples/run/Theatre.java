package dev.concordat.examples.run;

import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.SagaScenario;
import dev.concordat.examples.Transfer3pcScenario;
import dev.concordat.examples.broker.Broker;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.local.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A PostgreSQL server and the stages on it. Closing it ends every process and deletes every
 * temporary folder; so does Ctrl-C.
 */
public final class Theatre implements AutoCloseable {

  private final LocalPostgres postgres;
  private final Path folder;
  private final Deque<Stage> stages = new ArrayDeque<>();
  private final Map<BrokerKind, Broker> brokers = new EnumMap<>(BrokerKind.class);
  private final Thread hook = new Thread(this::closeAll, "concordat-curtain");

  private Theatre(LocalPostgres postgres, Path folder) {
    this.postgres = postgres;
    this.folder = folder;
  }

  /**
   * Starts a server. What processes say is kept in its temporary folder, which is deleted even if
   * this program is killed.
   */
  public static Theatre open() {
    LocalPostgres postgres = LocalPostgres.start();
    try {
      Path folder = Files.createDirectory(postgres.dataFolder().resolve("scenario-logs"));
      Theatre theatre = new Theatre(postgres, folder);
      Runtime.getRuntime().addShutdownHook(theatre.hook);
      return theatre;
    } catch (IOException e) {
      postgres.close();
      throw new UncheckedIOException("cannot create a folder for the logs", e);
    }
  }

  /** A stage for a scenario, closed with the theatre. */
  public SagaStage stage(SagaScenario<?> scenario, Watcher watcher) {
    SagaStage stage = SagaStage.open(scenario, postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  /** The same for services that talk over a broker, which is started if it does not run yet. */
  public PeerStage stage(PeerScenario scenario, BrokerKind kind, Watcher watcher) {
    PeerStage stage = PeerStage.open(scenario, broker(kind), postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  /** The same for databases that change together, on servers of their own. */
  public AtomicStage stage(AtomicScenario scenario, Watcher watcher) {
    AtomicStage stage = AtomicStage.open(scenario, postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  /** The same for services that take part in three-phase commits. */
  public ThreePhaseStage stage(Transfer3pcScenario scenario, Watcher watcher) {
    ThreePhaseStage stage = ThreePhaseStage.open(scenario, postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  /** The same for what is held for a moment. */
  public HoldStage stage(HoldScenario scenario, Watcher watcher) {
    HoldStage stage = HoldStage.open(scenario, postgres, folder, watcher);
    synchronized (this) {
      stages.push(stage);
    }
    return stage;
  }

  private synchronized Broker broker(BrokerKind kind) {
    return brokers.computeIfAbsent(kind, Broker::start);
  }

  /**
   * Copies what processes said to a folder that stays when the theatre is closed.
   *
   * @return the folder
   */
  public Path keepLogs() {
    try (Stream<Path> logs = Files.list(folder)) {
      Path kept = Files.createTempDirectory("concordat-scenario-logs-");
      for (Path log : logs.filter(Files::isRegularFile).toList()) {
        Files.copy(log, kept.resolve(folder.relativize(log)));
      }
      return kept;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep what the processes said", e);
    }
  }

  @Override
  public void close() {
    closeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the program is ending already, and the hook has run or is running
    }
  }

  private synchronized void closeAll() {
    while (!stages.isEmpty()) {
      stages.pop().close();
    }
    brokers.values().forEach(Broker::close);
    brokers.clear();
    postgres.close();
  }
}
