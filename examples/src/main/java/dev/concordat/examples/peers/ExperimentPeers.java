package dev.concordat.examples.peers;

import dev.concordat.choreography.Choreography;
import dev.concordat.choreography.EventHandler;
import dev.concordat.choreography.Flow;
import dev.concordat.choreography.Service;
import dev.concordat.examples.business.Experiment;
import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * The services that set up an experiment. Who notifies the user decides whether a flow that takes
 * too long goes on or back: a user who was told cannot be untold.
 */
public final class ExperimentPeers {

  /** The flow's name. */
  public static final String FLOW = "create-experiment";

  /** The events, each of which is a topic, too. */
  private static final String CREATED = "experiment.created";

  private static final String ALLOCATED = "experiment.resources.allocated";
  private static final String INITIALIZED = "experiment.metrics.initialized";
  private static final String NOTIFIED = "experiment.user.notified";
  private static final String FAILED = "experiment.creation.failed";
  private static final String RELEASED = "experiment.resources.released";
  private static final String REMOVED = "experiment.metrics.removed";
  private static final String DELETED = "experiment.deleted";

  private static final String EXPERIMENTS =
      """
      CREATE TABLE experiment (
        id     text PRIMARY KEY,
        owner  text NOT NULL,
        status text NOT NULL
      );
      """;

  private static final String RESOURCES =
      """
      CREATE TABLE pool (
        opening int NOT NULL,
        free    int NOT NULL
      );
      CREATE TABLE allocation (
        experiment text PRIMARY KEY,
        machines   int  NOT NULL
      );
      INSERT INTO pool VALUES (10000000, 10000000);
      """;

  private static final String METRICS =
      """
      CREATE TABLE metrics (
        experiment text PRIMARY KEY
      );
      """;

  private static final String USERS =
      """
      CREATE TABLE notification (
        no         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        experiment text   NOT NULL,
        recipient  text   NOT NULL
      );
      """;

  private ExperimentPeers() {}

  /** All of them, and the tracker. */
  public static List<Peer> all() {
    return List.of(
        new FlowPeer(
            "experiments",
            EXPERIMENTS,
            List.of(FAILED),
            ExperimentPeers::experiments,
            ExperimentPeers::begin),
        new FlowPeer("resources", RESOURCES, List.of(CREATED, FAILED), ExperimentPeers::resources),
        new FlowPeer("metrics", METRICS, List.of(ALLOCATED, FAILED), ExperimentPeers::metrics),
        new FlowPeer("users", USERS, List.of(INITIALIZED, Flow.TIMEOUT), ExperimentPeers::users),
        new TrackerPeer(
            ExperimentPeers::flow,
            List.of(NOTIFIED, RELEASED, REMOVED, DELETED, Flow.TIMEOUT, Flow.COMPLETED)));
  }

  /** What is expected: the next event so soon, or the flow is turned back. */
  public static Flow flow(Line line) {
    Duration time = line.timeout();
    return Flow.named(FLOW, CREATED)
        .expects(ALLOCATED, FAILED)
        .from("resources")
        .within(time)
        .after(CREATED)
        .expects(INITIALIZED, FAILED)
        .from("metrics")
        .within(time)
        .after(ALLOCATED)
        .expects(NOTIFIED, FAILED)
        .from("users")
        .within(time)
        .after(INITIALIZED)
        .expects(DELETED)
        .from("experiments")
        .within(time)
        .after(FAILED)
        .expects(RELEASED)
        .from("resources")
        .within(time)
        .after(FAILED)
        .expects(REMOVED)
        .from("metrics")
        .within(time)
        .after(FAILED)
        .completes(NOTIFIED)
        .compensates(DELETED)
        .enforced()
        .topics(line.topic(Flow.TIMEOUT), line.topic(Flow.COMPLETED));
  }

  /** Keeps experiments. */
  public static Service experiments(Line line) {
    return Service.named("experiments")
        .begins(CREATED, DELETED)
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on(FAILED)
        .compensates("create experiment")
        .publishes(DELETED)
        .handle(
            undo(
                line,
                "create experiment",
                DELETED,
                "UPDATE experiment SET status = 'DELETED' WHERE id = ?"));
  }

  private static void begin(
      Connection tx,
      Choreography flows,
      Service experiments,
      Line line,
      String id,
      long number,
      boolean unlucky)
      throws SQLException {
    if (Sql.number(tx, "SELECT 1 FROM experiment WHERE id = ?", id).isPresent()) {
      return;
    }
    int machines = unlucky ? 100_000_000 : (int) (1 + number % 9);
    Experiment wanted = new Experiment(id, "user-" + number % 97, machines);
    boolean refused = line.refuses("create experiment");
    String insert = "INSERT INTO experiment VALUES (?, ?, ?)";
    Sql.update(tx, insert, id, wanted.owner(), refused ? "DELETED" : "CREATED");
    String step = refused ? "refuse experiment" : "create experiment";
    String event = refused ? DELETED : CREATED;
    flows.begin(tx, experiments, FLOW, id, step, line.message(event, event, step).json(wanted));
  }

  /** Keeps machines. */
  public static Service resources(Line line) {
    return Service.named("resources")
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on(CREATED)
        .step("allocate resources")
        .publishes(ALLOCATED)
        .refusesBy(FAILED)
        .handle(step(line, "allocate resources", ALLOCATED, ExperimentPeers::allocate))
        .on(FAILED)
        .compensates("allocate resources")
        .publishes(RELEASED)
        .handle(
            undo(
                line,
                "allocate resources",
                RELEASED,
                """
                WITH released AS (DELETE FROM allocation WHERE experiment = ? RETURNING machines)
                UPDATE pool SET free = free + machines FROM released
                """));
  }

  private static boolean allocate(Connection tx, Experiment wanted) throws SQLException {
    int machines = wanted.machines();
    String take = "UPDATE pool SET free = free - ? WHERE free >= ?";
    if (Sql.update(tx, take, machines, machines) == 0) {
      return false;
    }
    return Sql.update(tx, "INSERT INTO allocation VALUES (?, ?)", wanted.id(), machines) == 1;
  }

  /** Keeps metrics. */
  public static Service metrics(Line line) {
    return Service.named("metrics")
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on(ALLOCATED)
        .step("initialize metrics")
        .publishes(INITIALIZED)
        .refusesBy(FAILED)
        .handle(step(line, "initialize metrics", INITIALIZED, ExperimentPeers::initialize))
        .on(FAILED)
        .compensates("initialize metrics")
        .publishes(REMOVED)
        .handle(
            undo(line, "initialize metrics", REMOVED, "DELETE FROM metrics WHERE experiment = ?"));
  }

  private static boolean initialize(Connection tx, Experiment wanted) throws SQLException {
    return Sql.update(tx, "INSERT INTO metrics VALUES (?)", wanted.id()) == 1;
  }

  /** Tells users, and decides what becomes of a flow that takes too long. */
  public static Service users(Line line) {
    return Service.named("users")
        .reportsTo(line.topic(TrackerPeer.REPORTS))
        .on(INITIALIZED)
        .pivot("notify user")
        .publishes(NOTIFIED)
        .refusesBy(FAILED)
        .handle(step(line, "notify user", NOTIFIED, ExperimentPeers::tell))
        .on(Flow.TIMEOUT)
        .compensates("notify user")
        .publishes(FAILED)
        .handle((tx, event) ->
            List.of(
                line.message(FAILED, FAILED, Line.compensation("notify user"))
                    .json(new Experiment(event.flow(), "", 0))));
  }

  private static boolean tell(Connection tx, Experiment wanted) throws SQLException {
    String tell = "INSERT INTO notification (experiment, recipient) VALUES (?, ?)";
    return Sql.update(tx, tell, wanted.id(), wanted.owner()) == 1;
  }

  /** Does a step; returns false if the business says no and nothing was written. */
  @FunctionalInterface
  private interface Doing {
    boolean in(Connection tx, Experiment wanted) throws SQLException;
  }

  private static EventHandler step(Line line, String step, String done, Doing doing) {
    return (tx, event) -> {
      Experiment wanted = event.json(Experiment.class);
      String type = !line.refuses(step) && doing.in(tx, wanted) ? done : FAILED;
      return List.of(line.message(type, type, step).json(wanted));
    };
  }

  private static EventHandler undo(Line line, String step, String done, String sql) {
    return (tx, event) -> {
      Sql.update(tx, sql, event.flow());
      Experiment wanted = event.json(Experiment.class);
      return List.of(line.message(done, done, Line.compensation(step)).json(wanted));
    };
  }
}
