package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.hold.HoldService;
import dev.concordat.examples.outside.OutsideProcess;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.examples.process.Child;
import dev.concordat.local.LocalPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The workers, the services or the outside system of a scenario, and a server for each database:
 * each a process that can be killed and comes back at the same address.
 */
final class Mortals implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(120);

  // Long enough that also on a busy machine mostly the dead lose it.
  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final int WITHOUT_END = 100_000;
  private static final int UNLUCKY_EVERY = 4;

  private final HoldScenario scenario;
  private final Path folder;
  private final Random random;
  private final List<String> names;
  private final Workers crew;
  private final Map<String, LocalPostgres> servers = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final Map<String, Child> services = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, String> told = new LinkedHashMap<>();
  private final List<Child> workers = new ArrayList<>();
  private long first = 1;
  private int done;

  /** One that is going to be killed. */
  record Victim(Runnable kill, Runnable revive) {}

  Mortals(HoldScenario scenario, Path folder, Random random) {
    this.scenario = scenario;
    this.folder = folder;
    this.random = random;
    this.names =
        scenario.outside().map(OutsideSystem::word).map(List::of).orElse(scenario.services());
    this.crew = new Workers(folder, "worker", HoldWorker.class);
  }

  /** Starts everything but the workers. */
  void open() throws SQLException {
    crew.prepare(2);
    addServer(HoldScenario.HOME);
    names.forEach(this::addServer);
    names.forEach(name -> start(name, "0"));
    try (Connection home = database(HoldScenario.HOME).getConnection()) {
      Sql.script(home, scenario.tables() + ";");
    }
  }

  private void addServer(String name) {
    LocalPostgres server = LocalPostgres.start();
    servers.put(name, server);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setMaximumPoolSize(3);
    config.setMinimumIdle(1);
    // Whoever looks on does not wait for the dead.
    config.setConnectionTimeout(1000);
    databases.put(name, new HikariDataSource(config));
  }

  private LocalPostgres server(String name) {
    return Optional.ofNullable(servers.get(name)).orElseThrow();
  }

  HikariDataSource database(String name) {
    return Optional.ofNullable(databases.get(name)).orElseThrow();
  }

  /** Where the service of that name listens, also after it came back. */
  String address(String name) {
    return addresses.getOrDefault(name, "");
  }

  private void start(String name, String port) {
    Class<?> main = scenario.outside().isPresent() ? OutsideProcess.class : HoldService.class;
    String url = server(name).jdbcUrl();
    Child service = Child.start(name, folder, main, name, url, port);
    String listens = service.hear(PATIENCE).substring("ready ".length());
    addresses.put(name, "http://127.0.0.1:" + listens);
    services.put(name, service);
    told.values().forEach(command -> service.ask(command, PATIENCE));
  }

  /** Tells every service something, now and whenever it comes back. */
  void tell(String what, String how) {
    told.put(what, what + " " + how);
    services.values().forEach(service -> service.ask(what + " " + how, PATIENCE));
  }

  /** A new worker with instances of its own. */
  private Child employ(int runs) {
    Child worker = crew.take();
    crew.prepare();
    Job job =
        new Job(
            scenario.name(),
            server(HoldScenario.HOME).jdbcUrl(),
            addresses,
            first,
            runs,
            UNLUCKY_EVERY,
            "",
            "",
            LEASE.toMillis());
    first += runs;
    worker.say(job.toJson());
    return worker;
  }

  /** Two workers begin, and each starts instances without end. */
  void work() {
    workers.add(employ(WITHOUT_END));
    workers.add(employ(WITHOUT_END));
  }

  /** All workers are killed, and two others begin with so many instances each. */
  void workForTheLastTime(int runs) {
    workers.forEach(worker -> {
      worker.kill();
      crew.forget(worker);
    });
    workers.clear();
    workers.add(employ(runs));
    workers.add(employ(runs));
  }

  /** Whether both workers have done all they were told to. */
  boolean isDone() {
    return done == 2;
  }

  Victim worker() {
    int which = random.nextInt(workers.size());
    Child worker = workers.get(which);
    return new Victim(
        () -> {
          worker.kill();
          crew.forget(worker);
        },
        () -> workers.set(which, employ(WITHOUT_END)));
  }

  Victim service() {
    String name = names.get(random.nextInt(names.size()));
    String port = address(name).substring(address(name).lastIndexOf(':') + 1);
    Child service = Optional.ofNullable(services.get(name)).orElseThrow();
    return new Victim(service::kill, () -> start(name, port));
  }

  Victim database() {
    LocalPostgres server = server(names.get(random.nextInt(names.size())));
    return new Victim(server::kill, server::restart);
  }

  /** All databases. */
  Evidence evidence() {
    return new Evidence(Map.copyOf(databases), List.of());
  }

  /** A worker that ended by itself fails the test here. */
  void listen() {
    for (Child worker : workers) {
      for (var line = worker.heard(); line.isPresent(); line = worker.heard()) {
        String said = line.get();
        if (said.startsWith(HoldWorker.LISTENS)) {
          tell("call", said.substring(HoldWorker.LISTENS.length()));
        } else if (said.startsWith(Worker.DONE)) {
          done++;
        }
      }
    }
  }

  @Override
  public void close() {
    crew.close();
    services.values().forEach(Child::kill);
    databases.values().forEach(HikariDataSource::close);
    servers.values().forEach(LocalPostgres::close);
  }
}
