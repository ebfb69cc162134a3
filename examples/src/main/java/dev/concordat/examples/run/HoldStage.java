package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.hold.HoldService;
import dev.concordat.examples.outside.Fault;
import dev.concordat.examples.outside.OutsideProcess;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.examples.process.Child;
import dev.concordat.local.LocalPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/**
 * Services that hold, or an outside system, each with a database of its own, and workers; each in a
 * process of its own.
 */
public final class HoldStage implements Stage {

  private static final int CONNECTIONS = 4;
  private static final String READY = "ready ";

  private final HoldScenario scenario;
  private final LocalPostgres postgres;
  private final Path folder;
  private final Map<String, Child> processes = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final Workers workers;
  private final AtomicBoolean closed = new AtomicBoolean();
  private long next = 1;

  private HoldStage(HoldScenario scenario, LocalPostgres postgres, Path folder) {
    this.scenario = scenario;
    this.postgres = postgres;
    this.folder = folder;
    this.workers = new Workers(folder, "worker", HoldWorker.class);
  }

  /**
   * Starts what the scenario needs.
   *
   * @param folder where processes keep what they say on their error output
   */
  static HoldStage open(
      HoldScenario scenario, LocalPostgres postgres, Path folder, Watcher watcher) {
    HoldStage stage = new HoldStage(scenario, postgres, folder);
    try {
      watcher.starting(
          scenario.outside().map(OutsideSystem::word).map(List::of).orElse(scenario.services()));
      stage.workers.prepare();
      stage.startProcesses();
      stage.createHome();
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private void startProcesses() {
    scenario.services().forEach(name -> start(name, HoldService.class));
    scenario.outside().ifPresent(system -> start(system.word(), OutsideProcess.class));
    processes.forEach((name, process) ->
        addresses.put(
            name,
            "http://127.0.0.1:" + process.hear(SagaStage.PATIENCE).substring(READY.length())));
  }

  private void start(String name, Class<?> main) {
    processes.put(name, Child.start(name, folder, main, name, database(name)));
  }

  private void createHome() {
    database(HoldScenario.HOME);
    try (Connection connection = source(HoldScenario.HOME).getConnection()) {
      Sql.script(connection, scenario.tables() + ";");
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create the tables of " + scenario.name(), e);
    }
  }

  private String full(String name) {
    return scenario.name() + " " + name;
  }

  private String database(String name) {
    String url = postgres.createDatabase(full(name));
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

  HoldScenario scenario() {
    return scenario;
  }

  Workers workers() {
    return workers;
  }

  Evidence evidence() {
    return new Evidence(databases(), List.of());
  }

  /** Where the outside system listens. */
  String outside() {
    return addresses.getOrDefault(
        scenario.outside().map(OutsideSystem::word).orElse(""), "http://127.0.0.1:1");
  }

  Job job(Options options, long first) {
    return new Job(
        scenario.name(),
        postgres.jdbcUrl(full(HoldScenario.HOME)),
        addresses,
        first,
        options.runs(),
        options.unluckyEvery(),
        options.fail().orElse(""),
        options.killAt().orElse(""),
        options.lease().toMillis());
  }

  /** Tells every process something, and waits until each has heard it. */
  void tell(String command) {
    processes.values().forEach(process -> process.ask(command, SagaStage.PATIENCE));
  }

  /** Makes the outside system misbehave so. */
  void misbehave(Fault fault) {
    tell("fault " + fault.name());
  }

  /** Breaks the outside system on purpose: it no longer looks at idempotency keys. */
  public void forgetKeys() {
    tell("forget keys");
  }

  @Override
  public Result run(Options options, Watcher watcher) {
    options.checkFor(scenario);
    long first = next;
    next += options.runs();
    return new HoldRun(this, options, first, watcher).run();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      workers.close();
      processes.values().forEach(Child::kill);
      databases.values().forEach(HikariDataSource::close);
    }
  }
}
