package dev.concordat.examples.run;

import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.db.Sql;
import dev.concordat.local.LocalMariaDb;
import dev.concordat.local.LocalPostgres;
import dev.concordat.local.LocalServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** Databases that change together, and coordinators, each in a process of its own. */
public final class AtomicStage implements Stage {

  private final AtomicScenario scenario;
  private final Home shared;
  private final Map<String, Home> homes = new LinkedHashMap<>();
  private final Map<String, DataSource> databases = new LinkedHashMap<>();
  private final Workers coordinators;
  private final AtomicBoolean closed = new AtomicBoolean();
  private long next = 1;

  private AtomicStage(AtomicScenario scenario, LocalPostgres shared, Path folder) {
    this.scenario = scenario;
    this.shared = new Home.Postgres(shared);
    this.coordinators = new Workers(folder, "coordinator", Coordinator.class);
  }

  /**
   * Starts the servers of those databases that can be killed; the rest is on {@code shared}.
   *
   * @param folder where processes keep what they say on their error output
   */
  static AtomicStage open(
      AtomicScenario scenario, LocalPostgres shared, Path folder, Watcher watcher) {
    AtomicStage stage = new AtomicStage(scenario, shared, folder);
    try {
      watcher.news(
          "Starting "
              + String.join(", ", scenario.databases())
              + ", each on a server of its own, and a coordinator.");
      stage.coordinators.prepare();
      stage.startServers();
      scenario.databases().forEach(name -> stage.create(name, scenario.tables(name)));
      stage.create(AtomicScenario.CALLERS, AtomicScenario.ANSWERS);
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private void startServers() {
    Map<String, CompletableFuture<Home>> starting = new LinkedHashMap<>();
    scenario
        .mortal()
        .forEach(name -> starting.put(name, CompletableFuture.supplyAsync(() -> start(name))));
    RuntimeException failed = null;
    for (Map.Entry<String, CompletableFuture<Home>> one : starting.entrySet()) {
      try {
        homes.put(one.getKey(), one.getValue().join());
      } catch (CompletionException e) {
        failed = e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private Home start(String name) {
    return scenario.resources().contains(name)
        ? new Home.MariaDb(LocalMariaDb.start())
        : new Home.Postgres(LocalPostgres.start());
  }

  private void create(String name, String tables) {
    databases.put(name, home(name).create(full(name)));
    try (Connection connection = source(name).getConnection()) {
      Sql.script(connection, tables);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create the tables of " + name, e);
    }
  }

  private String full(String name) {
    return scenario.name() + " " + name;
  }

  Home home(String database) {
    return homes.getOrDefault(database, shared);
  }

  LocalServer server(String database) {
    return home(database).server();
  }

  DataSource source(String name) {
    DataSource source = databases.get(name);
    if (source == null) {
      throw new IllegalArgumentException(scenario.name() + " has no database " + name);
    }
    return source;
  }

  String url(String name) {
    return home(name).url(full(name));
  }

  AtomicScenario scenario() {
    return scenario;
  }

  Workers coordinators() {
    return coordinators;
  }

  @Override
  public Map<String, DataSource> databases() {
    return new LinkedHashMap<>(databases);
  }

  Evidence evidence() {
    return new Evidence(databases(), List.of());
  }

  @Override
  public Result run(Options options, Watcher watcher) {
    options.checkFor(scenario);
    long first = next;
    next += options.runs();
    try (Trouble trouble = new Trouble(this, options, watcher)) {
      return new AtomicRun(this, options, first, watcher, trouble).run();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      coordinators.close();
      homes.values().forEach(home -> home.server().close());
    }
  }
}
