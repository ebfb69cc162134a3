package dev.concordat.examples.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.Law;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Two workers, the services or the outside system of a scenario, and a server for each database:
 * each a process that is killed and comes back while instances are started all the time. A reader
 * looks on. Fifteen seconds, or as many as {@code -Dstorm.seconds} says.
 */
final class HoldStorm implements AutoCloseable {

  /** What is killed. */
  enum Blow {
    WORKER,
    SERVICE,
    DATABASE,
    TWO_AT_ONCE
  }

  static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("storm.seconds", 15));
  private static final long SEED = Long.getLong("storm.seed", new Random().nextLong());
  // Long enough that also on a busy machine mostly the dead lose it.
  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final int WITHOUT_END = 100_000;
  private static final int LAST = 20;
  private static final int UNLUCKY_EVERY = 4;
  private static final long LOOK_EVERY_NANOS = 20_000_000;
  private static final int WORK = 10;

  private final HoldScenario scenario;
  private final Path folder;
  private final List<String> names;
  private final Workers crew;
  private final Random random = new Random(SEED);
  private final Map<Blow, Integer> blows = new EnumMap<>(Blow.class);
  private final Map<String, LocalPostgres> servers = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final Map<String, Child> services = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, String> told = new LinkedHashMap<>();
  private final List<Child> workers = new ArrayList<>();
  private long first = 1;
  private int done;

  private record Victim(Runnable kill, Runnable revive) {}

  HoldStorm(HoldScenario scenario, Path folder) {
    this.scenario = scenario;
    this.folder = folder;
    this.names =
        scenario.outside().map(OutsideSystem::word).map(List::of).orElse(scenario.services());
    this.crew = new Workers(folder, "worker", HoldWorker.class);
  }

  /** Starts everything but the workers. */
  void open() throws SQLException {
    System.out.println("storm of " + scenario.name() + ": -Dstorm.seed=" + SEED);
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

  Random random() {
    return random;
  }

  /**
   * Kills whatever it likes, and lets it come back.
   *
   * @param beforeEach done before each blow, while everything works
   * @param afterEach done when everything is back
   * @param enough whether the test has seen what it wants to see
   */
  void rage(Runnable beforeEach, Runnable afterEach, BooleanSupplier enough) {
    workers.add(employ(WITHOUT_END));
    workers.add(employ(WITHOUT_END));
    awaitWork();
    long end = System.nanoTime() + LENGTH.toNanos();
    List<Blow> ahead = new ArrayList<>();
    while (System.nanoTime() < end
        || blows.size() < Blow.values().length
        || !enough.getAsBoolean()) {
      if (ahead.isEmpty()) {
        ahead.addAll(Arrays.asList(Blow.values()));
        Collections.shuffle(ahead, random);
      }
      beforeEach.run();
      goOnFor(random.nextInt(500));
      strike(ahead.removeLast());
      afterEach.run();
      awaitWork();
    }
    System.out.println("storm of " + scenario.name() + ": " + blows + ", " + outcomes());
  }

  private void strike(Blow blow) {
    blows.merge(blow, 1, Integer::sum);
    // In the order in which they can come back: a service needs its database.
    List<Victim> victims = new ArrayList<>(List.of(database(), service(), worker()));
    switch (blow) {
      case DATABASE -> victims.retainAll(List.of(victims.getFirst()));
      case SERVICE -> victims.retainAll(List.of(victims.get(1)));
      case WORKER -> victims.retainAll(List.of(victims.getLast()));
      case TWO_AT_ONCE -> victims.remove(random.nextInt(victims.size()));
    }
    victims.forEach(victim -> victim.kill().run());
    goOnFor(random.nextInt(500));
    victims.forEach(victim -> victim.revive().run());
  }

  private Victim worker() {
    int which = random.nextInt(workers.size());
    Child worker = workers.get(which);
    return new Victim(
        () -> {
          worker.kill();
          crew.forget(worker);
        },
        () -> workers.set(which, employ(WITHOUT_END)));
  }

  private Victim service() {
    String name = names.get(random.nextInt(names.size()));
    String port = address(name).substring(address(name).lastIndexOf(':') + 1);
    Child service = Optional.ofNullable(services.get(name)).orElseThrow();
    return new Victim(service::kill, () -> start(name, port));
  }

  private Victim database() {
    LocalPostgres server = server(names.get(random.nextInt(names.size())));
    return new Victim(server::kill, server::restart);
  }

  /**
   * Nobody is killed any more: two last workers, with a few instances of their own, end all that
   * the dead left, and all laws hold.
   *
   * @param again done before each look
   */
  void calm(Runnable again) {
    workers.forEach(worker -> {
      worker.kill();
      crew.forget(worker);
    });
    workers.clear();
    workers.add(employ(LAST));
    workers.add(employ(LAST));
    await(() -> done == 2, "the last instances do not end");
    await(
        () -> {
          again.run();
          return unended().isEmpty() && broken().isEmpty();
        },
        "what was begun does not end well");
    System.out.println("storm of " + scenario.name() + " is over: " + outcomes());
  }

  /** The reader who looks on from now on. */
  Onlooker onlooker() {
    return new Onlooker(scenario.always(), evidence());
  }

  private Evidence evidence() {
    return new Evidence(Map.copyOf(databases), List.of());
  }

  private List<Law.Finding> broken() {
    return scenario.laws().stream()
        .map(law -> law.check(evidence()))
        .filter(finding -> !finding.holds())
        .toList();
  }

  private List<String> unended() {
    return rows(
        "SELECT id, status FROM concordat.instance"
            + " WHERE status NOT IN ('COMPLETED', 'COMPENSATED') ORDER BY id LIMIT 20");
  }

  /** What became of the first that has not ended. */
  private List<String> journal() {
    return rows(
        "SELECT at, events FROM concordat.journal WHERE instance = (SELECT min(no) FROM"
            + " concordat.instance WHERE status NOT IN ('COMPLETED', 'COMPENSATED'))"
            + " ORDER BY position");
  }

  /** Whether each kind of blow was dealt, and what was begun could go either way. */
  void assertNotVacuous() {
    assertThat(blows).containsOnlyKeys(Blow.values());
    assertThat(rows("SELECT DISTINCT status FROM concordat.instance"))
        .contains("COMPLETED", "COMPENSATED");
    assertThat(rows("SELECT 1 FROM concordat.journal WHERE events LIKE '%\"TakenOver\"%' LIMIT 1"))
        .as("instances whose worker was lost")
        .isNotEmpty();
  }

  List<String> outcomes() {
    return rows("SELECT status, count(*) FROM concordat.instance GROUP BY status ORDER BY status");
  }

  /** What Concordat's database answers. */
  List<String> rows(String sql) {
    return evidence().rows(HoldScenario.HOME, sql);
  }

  /** Instances end again, so the next blow hits something. */
  private void awaitWork() {
    long before = ended();
    await(() -> ended() > before + WORK, "nothing ends any more");
  }

  private long ended() {
    String sql =
        "SELECT count(*) FROM concordat.instance WHERE status IN ('COMPLETED', 'COMPENSATED')";
    try {
      return Long.parseLong(rows(sql).getFirst());
    } catch (IllegalStateException e) {
      // The first worker makes the tables.
      return 0;
    }
  }

  void goOnFor(int millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  void await(BooleanSupplier condition, String otherwise) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    listen();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end)
          .as(() ->
              "%s; seed %d, %s, %s, not ended: %s, one of them: %s, laws: %s"
                  .formatted(otherwise, SEED, blows, outcomes(), unended(), journal(), broken()))
          .isNegative();
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      listen();
    }
  }

  /** A worker that ended by itself fails the test here. */
  private void listen() {
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
