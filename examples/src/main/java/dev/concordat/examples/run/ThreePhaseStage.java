package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.Transfer3pcScenario;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.process.Child;
import dev.concordat.examples.threephase.Network;
import dev.concordat.examples.threephase.ServiceProcess;
import dev.concordat.examples.threephase.Transfers;
import dev.concordat.local.LocalPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** Services that take part in three-phase commits, each in a process and with a database. */
public final class ThreePhaseStage implements Stage {

  private static final int CONNECTIONS = 3;

  private final Transfer3pcScenario scenario;
  private final Path folder;
  private final Map<String, Child> services = new LinkedHashMap<>();
  private final Map<String, String> urls = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Network network = new Network();
  private final String token = Long.toString(System.nanoTime(), 36);
  private long next = 1;

  private ThreePhaseStage(Transfer3pcScenario scenario, Path folder) {
    this.scenario = scenario;
    this.folder = folder;
  }

  /** Makes the databases and starts the services. */
  static ThreePhaseStage open(
      Transfer3pcScenario scenario, LocalPostgres postgres, Path folder, Watcher watcher) {
    ThreePhaseStage stage = new ThreePhaseStage(scenario, folder);
    try {
      watcher.starting(Transfers.SERVICES);
      Transfers.SERVICES.forEach(service -> stage.start(service, postgres));
      stage.connect();
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private void start(String service, LocalPostgres postgres) {
    String url = postgres.createDatabase(scenario.name() + " " + token + " " + service);
    HikariDataSource source = Pools.open(url, CONNECTIONS);
    databases.put(service, source);
    try (Connection connection = source.getConnection()) {
      Sql.script(connection, Transfers.tables(service));
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create the tables of " + service, e);
    }
    urls.put(service, url);
    services.put(service, Child.start(service, folder, ServiceProcess.class, service, url, "0"));
  }

  /**
   * Kills a service's process where it stands, and starts it again on its database and port. What
   * it was told to refuse it has forgotten.
   *
   * @return the process that was killed
   */
  public long strike(String service) {
    Child dead = Objects.requireNonNull(services.get(service));
    dead.kill();
    String port = Integer.toString(network.port(service));
    String url = Objects.requireNonNull(urls.get(service));
    Child heir = Child.start(service, folder, ServiceProcess.class, service, url, port);
    services.put(service, heir);
    heir.hear(SagaStage.PATIENCE);
    heir.ask(network.routesOf(service), SagaStage.PATIENCE);
    return dead.pid();
  }

  private void connect() {
    services.forEach((name, child) -> {
      String said = child.hear(SagaStage.PATIENCE);
      network.add(name, Integer.parseInt(said.substring("ready ".length())));
    });
    services.forEach((name, child) -> child.ask(network.routesOf(name), SagaStage.PATIENCE));
  }

  Transfer3pcScenario scenario() {
    return scenario;
  }

  Network network() {
    return network;
  }

  Path folder() {
    return folder;
  }

  Evidence evidence() {
    return new Evidence(databases(), List.of());
  }

  /** Lets the one service refuse everything, and no other. */
  void refuse(String service) {
    services.forEach(
        (name, child) -> child.ask(name.equals(service) ? "refuse" : "accept", SagaStage.PATIENCE));
  }

  @Override
  public Map<String, DataSource> databases() {
    return new LinkedHashMap<>(databases);
  }

  @Override
  public Result run(Options options, Watcher watcher) {
    options.checkFor(scenario);
    long first = next;
    next += options.runs();
    refuse(options.fail().orElse(""));
    return new ThreePhaseRun(this, options, first, watcher).run();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      services.values().forEach(Child::kill);
      network.close();
      databases.values().forEach(HikariDataSource::close);
    }
  }
}
