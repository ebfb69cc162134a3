package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.SagaScenario;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.process.Child;
import dev.concordat.examples.services.Services;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Story;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/**
 * A scenario with everything it needs around it: a database for each service, the services, and
 * workers, each in a process of its own. It can be run several times; the laws are about all of it.
 * Close it, and nothing of it is left but the databases.
 */
public final class SagaStage implements Stage {

  private static final int CONNECTIONS = 4;

  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final SagaScenario<?> scenario;
  private final LocalPostgres postgres;
  private final Path folder;
  private final Map<String, Child> services = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final Workers workers;
  private final AtomicBoolean closed = new AtomicBoolean();
  private long next = 1;

  private SagaStage(SagaScenario<?> scenario, LocalPostgres postgres, Path folder) {
    this.scenario = scenario;
    this.postgres = postgres;
    this.folder = folder;
    this.workers = new Workers(folder, "worker", Worker.class);
  }

  /**
   * Starts a scenario's services.
   *
   * @param folder where processes keep what they say on their error output
   */
  static SagaStage open(
      SagaScenario<?> scenario, LocalPostgres postgres, Path folder, Watcher watcher) {
    SagaStage stage = new SagaStage(scenario, postgres, folder);
    try {
      watcher.starting(scenario.services());
      stage.workers.prepare();
      stage.startServices();
      stage.createHome();
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private void startServices() {
    for (String name : scenario.services()) {
      String url = database(name);
      services.put(name, Child.start(name, folder, Services.class, name, url));
    }
    services.forEach((name, service) -> {
      String port = service.hear(PATIENCE).substring("ready ".length());
      addresses.put(name, "http://127.0.0.1:" + port);
    });
  }

  private void createHome() {
    database(scenario.home());
    try (Connection connection = source(scenario.home()).getConnection()) {
      Sql.script(connection, scenario.tables());
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create the tables of " + scenario.name(), e);
    }
  }

  private String database(String name) {
    String full = scenario.name() + " " + name;
    String url = postgres.createDatabase(full);
    databases.put(name, Pools.open(url, CONNECTIONS));
    return url;
  }

  DataSource source(String name) {
    DataSource source = databases.get(name);
    if (source == null) {
      throw new IllegalArgumentException(scenario.name() + " has no database " + name);
    }
    return source;
  }

  @Override
  public Map<String, DataSource> databases() {
    return new LinkedHashMap<>(databases);
  }

  Map<String, String> addresses() {
    return addresses;
  }

  SagaScenario<?> scenario() {
    return scenario;
  }

  Workers workers() {
    return workers;
  }

  @Override
  public Result run(Options options, Watcher watcher) {
    options.checkFor(scenario);
    long first = next;
    next += options.runs();
    return new SagaRun(this, options, first, watcher).run();
  }

  Job job(Options options, long first) {
    return new Job(
        scenario.name(),
        postgres.jdbcUrl(scenario.name() + " " + scenario.home()),
        addresses,
        first,
        options.runs(),
        options.unluckyEvery(),
        options.fail().orElse(""),
        options.killAt().orElse(""),
        options.lease().toMillis());
  }

  /** Tells every service something, and waits until each has heard it. */
  void tell(String command) {
    services.values().forEach(service -> service.ask(command, PATIENCE));
  }

  /** Breaks the services on purpose: they no longer look at idempotency keys. */
  public void forgetKeys() {
    tell("forget keys");
  }

  Evidence evidence(List<Story> stories) {
    return new Evidence(databases(), stories);
  }

  /** Ends every process. May be called more than once. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      workers.close();
      services.values().forEach(Child::kill);
      databases.values().forEach(HikariDataSource::close);
    }
  }
}
