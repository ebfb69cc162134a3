package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.broker.Broker;
import dev.concordat.examples.broker.Topology;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.peers.Instructions;
import dev.concordat.examples.peers.Peer;
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

/** Services that talk over a broker, each in a process and with a database of its own. */
public final class PeerStage implements Stage {

  private static final int CONNECTIONS = 3;

  private final PeerScenario scenario;
  private final Broker broker;
  private final LocalPostgres postgres;
  private final Topology topology;
  private final Workers spares;
  private final Map<String, Child> peers = new LinkedHashMap<>();
  private final Map<String, HikariDataSource> databases = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final long createdAt = System.nanoTime();
  private long timeoutMillis;
  private long leaseMillis;
  private long next = 1;

  private PeerStage(PeerScenario scenario, Broker broker, LocalPostgres postgres, Path folder) {
    this.scenario = scenario;
    this.broker = broker;
    this.postgres = postgres;
    this.topology = topology(scenario);
    this.spares = new Workers(folder, "service", PeerProcess.class);
  }

  /** A broker that somebody else runs keeps what earlier runs left there: names must be new. */
  private static Topology topology(PeerScenario scenario) {
    Map<String, List<String>> ears = new LinkedHashMap<>();
    scenario.peers().forEach(peer -> ears.putAll(peer.ears()));
    return new Topology(scenario.name() + "-" + Long.toString(System.nanoTime(), 36), ears);
  }

  /** Makes the databases and the topics; the services start with the first run. */
  static PeerStage open(
      PeerScenario scenario, Broker broker, LocalPostgres postgres, Path folder, Watcher watcher) {
    PeerStage stage = new PeerStage(scenario, broker, postgres, folder);
    try {
      List<String> names = scenario.peers().stream().map(Peer::name).toList();
      watcher.starting(names, broker.kind().title());
      stage.spares.prepare(scenario.peers().size());
      scenario.peers().forEach(stage::createDatabase);
      broker.wire(stage.topology).create();
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private String database(Peer peer) {
    String token = topology.token();
    return scenario.name() + " " + token.substring(token.length() - 4) + " " + peer.name();
  }

  private void createDatabase(Peer peer) {
    String url = postgres.createDatabase(database(peer));
    HikariDataSource source = Pools.open(url, CONNECTIONS);
    databases.put(peer.name(), source);
    try (Connection connection = source.getConnection()) {
      Sql.script(connection, peer.tables());
    } catch (SQLException e) {
      throw new IllegalStateException("cannot create the tables of " + peer.name(), e);
    }
  }

  @Override
  public Map<String, DataSource> databases() {
    return new LinkedHashMap<>(databases);
  }

  PeerScenario scenario() {
    return scenario;
  }

  Broker broker() {
    return broker;
  }

  long createdAt() {
    return createdAt;
  }

  Workers spares() {
    return spares;
  }

  Map<String, Child> peers() {
    return peers;
  }

  Evidence evidence() {
    return new Evidence(databases(), List.of());
  }

  @Override
  public Result run(Options options, Watcher watcher) {
    options.checkFor(scenario);
    long first = next;
    next += options.runs();
    start(options);
    return new PeerRun(this, options, first, watcher).run();
  }

  /** Starts what does not run, or runs with another timeout; the rest is told anew. */
  private void start(Options options) {
    boolean differs =
        timeoutMillis != options.timeout().toMillis() || leaseMillis != options.lease().toMillis();
    if (differs) {
      peers.values().forEach(this::end);
      peers.clear();
    }
    timeoutMillis = options.timeout().toMillis();
    leaseMillis = options.lease().toMillis();
    Instructions told = options.instructions(scenario);
    peers.values().forEach(peer -> tell(peer, told));
    Map<String, Child> starting = new LinkedHashMap<>();
    for (Peer peer : scenario.peers()) {
      if (!peers.containsKey(peer.name())) {
        starting.put(peer.name(), begin(peer.name(), told));
      }
    }
    starting.forEach((name, child) -> {
      expect(child, PeerProcess.UP);
      peers.put(name, child);
    });
  }

  private void end(Child peer) {
    expect(peer, peer.ask(Worker.CLOSE, SagaStage.PATIENCE), Worker.CLOSED);
    peer.close();
    spares.forget(peer);
  }

  /** Gives a process the part of a service. */
  private Child begin(String name, Instructions told) {
    Child child = spares.take();
    child.say(job(name).told(told).toJson());
    return child;
  }

  /** A process that plays that part from now on, when it has begun. */
  Child succeed(String name, Instructions told) {
    Child child = begin(name, told);
    expect(child, PeerProcess.UP);
    peers.put(name, child);
    return child;
  }

  void tell(Child peer, Instructions told) {
    expect(peer, peer.ask(PeerProcess.TELL + told.toJson(), SagaStage.PATIENCE), PeerProcess.OK);
  }

  private static void expect(Child child, String wanted) {
    expect(child, child.hear(SagaStage.PATIENCE), wanted);
  }

  private static void expect(Child child, String said, String wanted) {
    if (!said.equals(wanted)) {
      throw new IllegalStateException(
          "process " + child.pid() + " said '" + said + "' instead of '" + wanted + "'");
    }
  }

  private PeerJob job(String name) {
    Peer peer =
        scenario.peers().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    return new PeerJob(
        scenario.name(),
        name,
        postgres.jdbcUrl(database(peer)),
        broker.kind(),
        broker.address(),
        topology,
        timeoutMillis,
        leaseMillis,
        Instructions.NONE);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      spares.close();
      databases.values().forEach(HikariDataSource::close);
    }
  }
}
