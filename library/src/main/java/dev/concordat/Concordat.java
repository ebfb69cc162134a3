package dev.concordat;

import dev.concordat.atomic.AtomicStory;
import dev.concordat.atomic.InDoubt;
import dev.concordat.atomic.ThreePhaseChannel;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseListener;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.choreography.Choreography;
import dev.concordat.engine.Engine;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.json.JsonCodec;
import dev.concordat.messaging.Consuming;
import dev.concordat.messaging.Inbox;
import dev.concordat.messaging.Messaging;
import dev.concordat.messaging.Outbox;
import dev.concordat.postgres.PgFences;
import dev.concordat.postgres.PgThreePhaseRows;
import dev.concordat.postgres.PostgresStore;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationHandle;
import dev.concordat.reservation.ReservationResult;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.reservation.Reservations;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Replies;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaResult;
import dev.concordat.store.ThreePhaseRows;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccFencePlan;
import dev.concordat.tcc.TccHandle;
import dev.concordat.tcc.TccResult;
import dev.concordat.tcc.TccStory;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import javax.sql.DataSource;
import javax.sql.XADataSource;

/**
 * Work that spans several databases, services and outside systems, and ends whole. One per
 * application; thread-safe; close it when the application ends.
 *
 * {@snippet :
 * try (Concordat concordat = Concordat.on(dataSource).sagas(placeOrder).start()) {
 *   concordat.start(placeOrder, "order-4711", order);
 * }
 * }
 */
public final class Concordat implements AutoCloseable {

  private static final String THREE_PHASE_SCHEMA = "concordat";

  private final Engine engine;
  private final Protocols protocols;
  private final Messaging messaging;
  private final Consuming consuming;
  private final Choreography choreography;
  private final AtomicCommits atomic;

  Concordat(
      Engine engine,
      Protocols protocols,
      Messaging messaging,
      Consuming consuming,
      Choreography choreography,
      AtomicCommits atomic) {
    this.engine = engine;
    this.protocols = protocols;
    this.messaging = messaging;
    this.consuming = consuming;
    this.choreography = choreography;
    this.atomic = atomic;
  }

  boolean knows(String label) {
    return protocols.isKnown(label);
  }

  /**
   * Begins the making of a Concordat on that database, PostgreSQL 15 or newer. Its tables go into a
   * schema of their own, by default {@code concordat}.
   */
  public static ConcordatBuilder on(DataSource dataSource) {
    return new ConcordatBuilder(dataSource);
  }

  /**
   * The SQL that makes Concordat's tables in that schema of an empty database, for teams who run
   * their migrations themselves; see {@link ConcordatBuilder#withoutMigration}.
   *
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public static String schemaScript(String schema) {
    return PostgresStore.script(schema);
  }

  /**
   * Starts an instance.
   *
   * <p><b>Durable when it returns</b>: the saga will run and end, in this process or another.
   * Starting again with the same id and input gives the first instance.
   *
   * @param id 1 to 200 characters, yours to choose; unique in this database schema
   * @param state the input
   * @throws dev.concordat.core.RefusedException if nothing was started: the id is taken by another
   *     saga or input, the state is too large, the saga is not registered, or the database is down
   * @throws dev.concordat.core.OutcomeUnknownException if the answer was lost: start again with the
   *     same id and input
   */
  public <S> SagaHandle<S> start(Saga<S> saga, String id, S state) {
    return protocols.sagas().start(saga, id, state, null);
  }

  /**
   * Starts an instance as part of a trace.
   *
   * @param traceparent a W3C trace context header
   */
  public <S> SagaHandle<S> start(Saga<S> saga, String id, S state, String traceparent) {
    return protocols.sagas().start(saga, id, state, traceparent);
  }

  /**
   * Starts an instance inside the caller's transaction: it will run if that transaction commits,
   * and never was if it rolls back. A worker finds it within its poll interval; {@link #wake} after
   * the commit makes that at once.
   *
   * @param connection on the database of this Concordat, not auto-committing
   */
  public <S> SagaHandle<S> start(Connection connection, Saga<S> saga, String id, S state) {
    return protocols.sagas().start(connection, saga, id, state, null);
  }

  /**
   * Starts an instance and waits for its end, running local steps in this thread. The first entry
   * of its journal is written together with its first step, if that is local: so until it returns,
   * nothing is promised.
   *
   * @param patience how long to wait
   * @throws dev.concordat.core.OutcomeUnknownException if it has not ended by then, or the answer
   *     was lost; run or start it again with the same id and input to find out
   */
  public <S> SagaResult<S> run(Saga<S> saga, String id, S state, Duration patience) {
    return protocols.sagas().run(saga, id, state, patience);
  }

  /**
   * A handle on an instance, which may run anywhere.
   *
   * @throws dev.concordat.core.RefusedException if there is none of that id
   */
  public <S> SagaHandle<S> find(Saga<S> saga, String id) {
    return protocols.sagas().find(saga, id);
  }

  /**
   * Starts a transaction of try, confirm and cancel.
   *
   * <p><b>Durable when it returns</b>: every branch will be tried, and then all confirmed or all
   * cancelled, in this process or another. Starting again with the same id and input gives the
   * first instance.
   *
   * @param id 1 to 200 characters, yours to choose; unique in this database schema
   * @param state what it is about
   * @throws dev.concordat.core.RefusedException if nothing was started: the id is taken, the state
   *     is too large, the definition is not registered, or the database is down
   * @throws dev.concordat.core.OutcomeUnknownException if the answer was lost: start again with the
   *     same id and input
   */
  public <S> TccHandle<S> start(Tcc<S> tcc, String id, S state) {
    return protocols.tccs().start(tcc, id, state, null);
  }

  /**
   * Starts a transaction as part of a trace.
   *
   * @param traceparent a W3C trace context header
   */
  public <S> TccHandle<S> start(Tcc<S> tcc, String id, S state, String traceparent) {
    return protocols.tccs().start(tcc, id, state, traceparent);
  }

  /**
   * Starts a transaction inside the caller's database transaction: it will run if that commits, and
   * never was if it rolls back. {@link #wake} after the commit lets it begin at once.
   *
   * @param connection on the database of this Concordat, not auto-committing
   */
  public <S> TccHandle<S> start(Connection connection, Tcc<S> tcc, String id, S state) {
    return protocols.tccs().start(connection, tcc, id, state, null);
  }

  /**
   * Starts a transaction and waits until it is confirmed or cancelled, or needs a person.
   *
   * @param patience how long to wait
   * @throws dev.concordat.core.OutcomeUnknownException if it has not ended by then, or the answer
   *     was lost; run or start it again with the same id and input to find out
   */
  public <S> TccResult<S> run(Tcc<S> tcc, String id, S state, Duration patience) {
    return protocols.tccs().run(tcc, id, state, patience);
  }

  /**
   * A handle on a transaction, which may run anywhere.
   *
   * @throws dev.concordat.core.RefusedException if there is none of that id
   */
  public <S> TccHandle<S> find(Tcc<S> tcc, String id) {
    return protocols.tccs().find(tcc, id);
  }

  /**
   * Starts a reservation; as for a saga, it is durable when this returns, and starting again with
   * the same id and input gives the first instance.
   */
  public <S> ReservationHandle<S> start(Reservation<S> reservation, String id, S state) {
    return protocols.reservations().start(reservation, id, state, null);
  }

  /** Starts a reservation inside the caller's transaction. */
  public <S> ReservationHandle<S> start(
      Connection connection, Reservation<S> reservation, String id, S state) {
    return protocols.reservations().start(connection, reservation, id, state, null);
  }

  /**
   * Starts a reservation and waits for its end; its hold is made in this thread. What is UNKNOWN
   * has not ended.
   *
   * @throws dev.concordat.core.OutcomeUnknownException if it has not ended within the patience, or
   *     the answer was lost; run or start it again with the same id and input to find out
   */
  public <S> ReservationResult<S> run(
      Reservation<S> reservation, String id, S state, Duration patience) {
    return protocols.reservations().run(reservation, id, state, patience);
  }

  /**
   * A handle on a reservation, which may run anywhere.
   *
   * @throws dev.concordat.core.RefusedException if there is none of that id
   */
  public <S> ReservationHandle<S> find(Reservation<S> reservation, String id) {
    return protocols.reservations().find(reservation, id);
  }

  /** Evidence about reservations, and what is unresolved. */
  public Reservations reservations() {
    return protocols.reservations();
  }

  /**
   * Opens a two-phase commit over those databases, and begins to end what is in doubt in them. Keep
   * it open as long as the application runs.
   *
   * @param databases PostgreSQL databases by name, each with a pool of at least four connections.
   *     Which of them decides follows their order: the map's own if it has one, else by name
   * @throws dev.concordat.core.RefusedException if one of them cannot take part, saying what to
   *     change
   */
  public TwoPhaseCommit twoPhaseCommit(Map<String, DataSource> databases) {
    TwoPhase plan = TwoPhase.named("two-phase-commit");
    // Map.of has another order in each process, and the decider must be the same in all.
    Map<String, DataSource> ordered =
        databases instanceof SequencedMap ? databases : new TreeMap<>(databases);
    for (Map.Entry<String, DataSource> database : ordered.entrySet()) {
      plan = plan.database(database.getKey(), database.getValue());
    }
    return twoPhaseCommit(plan);
  }

  /** The same, with a name and times of its own. */
  public TwoPhaseCommit twoPhaseCommit(TwoPhase plan, TwoPhaseListener... hearing) {
    return atomic.open(plan, List.of(hearing));
  }

  /**
   * What is in doubt in those databases, for people. Runs nothing and needs no Concordat.
   *
   * @param databases PostgreSQL databases by name
   * @param schema the schema of Concordat's tables in all of them
   * @throws dev.concordat.core.RefusedException if one of them has no such tables
   */
  public static InDoubt inDoubt(Map<String, DataSource> databases, String schema) {
    return inDoubt(databases, Map.of(), schema);
  }

  /**
   * The same, with XA resources. How long their branches wait is not known there: they count from
   * when they were first looked at.
   *
   * @param databases PostgreSQL databases by name, those that decide among them
   * @param resources XA resources by name
   */
  public static InDoubt inDoubt(
      Map<String, DataSource> databases, Map<String, XADataSource> resources, String schema) {
    return AtomicCommits.inDoubt(databases, resources, schema);
  }

  /**
   * What the participants on a database know of three-phase commits, for people: those that have
   * not ended first, then the newest. Runs nothing and needs no Concordat; empty where there is no
   * participant.
   *
   * @param id of one transaction, or empty for all
   * @param most how many participants' rows to read
   */
  public static List<AtomicStory> threePhaseStories(
      DataSource database, Optional<String> id, int most) {
    Map<String, List<ThreePhaseRows.Seen>> rows = new LinkedHashMap<>();
    new PgThreePhaseRows(database, THREE_PHASE_SCHEMA)
        .seen(id, most)
        .forEach(
            seen -> rows.computeIfAbsent(seen.row().gid(), unused -> new ArrayList<>()).add(seen));
    return rows.values().stream().map(AtomicStory::of).toList();
  }

  /** Where messages are published: in the transaction that has something to tell. */
  public Outbox outbox() {
    return messaging.outbox();
  }

  /** Where messages are handled once: in the transaction that notes that they were. */
  public Inbox inbox() {
    return messaging.inbox();
  }

  /** Where replies to the commands of sagas come in: in the transaction that notes them. */
  public Replies replies() {
    return protocols.sagas().replies();
  }

  /** The relays of this process, and what they could not deliver. */
  public Messaging messaging() {
    return messaging;
  }

  /** The consumers of this process, and what they could not handle. */
  public Consuming consuming() {
    return consuming;
  }

  /** The services and the tracker of this process, and what is known of flows. */
  public Choreography choreography() {
    return choreography;
  }

  /** What a person may do: list, show, retry, skip, supply, forward, cancel, pause, resume. */
  public Operator operator() {
    return new Operator(engine);
  }

  /**
   * What became of a two-phase commit, for people; empty if there is none of that id, or not yet.
   */
  public Optional<TwoPhaseStory> twoPhaseStory(String id) {
    return TwoPhaseStory.of(engine, id);
  }

  /** What became of a reservation, for people; empty if there is none of that id. */
  public Optional<ReservationStory> reservationStory(String id) {
    return ReservationStory.of(engine, id);
  }

  /**
   * A transaction of try, confirm and cancel with its timeline, for people; empty if the instance
   * of that id is none, or there is none.
   */
  public Optional<TccStory> tccStory(String id) {
    return TccStory.of(engine, id);
  }

  /**
   * Lets this process and all others look for due instances at once instead of at the next poll:
   * for instance after a transaction has committed in which a saga was started.
   */
  public void wake() {
    messaging.wake();
    engine.wakeAll();
  }

  /**
   * Shuts down in order: takes nothing new, waits up to the grace for running attempts, and gives
   * every instance back for other workers to take at once. Nothing is lost.
   */
  @Override
  public void close() {
    atomic.close();
    choreography.close();
    consuming.close();
    messaging.close();
    engine.close();
  }

  /**
   * Three-phase commit over services. Needs no Concordat: each service keeps one table, {@code
   * concordat.three_phase}, in its own database.
   *
   * @param channel how services reach each other: {@link dev.concordat.http.ThreePhaseHttp}, or
   *     yours
   */
  public static ThreePhaseCommit threePhaseCommit(ThreePhaseChannel channel) {
    return new ThreePhaseCommit(
        new ThreePhaseCommit.Tools(channel, new JsonCodec(), new SystemPlatform()),
        database -> new PgThreePhaseRows(database, THREE_PHASE_SCHEMA));
  }

  /**
   * A fence for try, confirm and cancel. Needs no Concordat: a service in Java that takes part in
   * transactions keeps it in the database that its business is in. Makes its tables, in schema
   * {@code concordat}.
   *
   * @param database PostgreSQL 15 or newer, with transactions that are READ COMMITTED
   * @throws dev.concordat.core.RefusedException if the database will not do, saying why
   */
  public static TccFence tccFence(DataSource database) {
    return tccFence(database, TccFencePlan.STANDARD);
  }

  /** The same, kept as you say. */
  public static TccFence tccFence(DataSource database, TccFencePlan plan) {
    return new TccFence(
        new PgFences(database, plan.schema(), plan.remembered()),
        plan.listener(),
        new SystemPlatform());
  }

  /**
   * The SQL that makes a fence in that schema, for teams who run their migrations themselves, and
   * for services in other languages.
   *
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public static String tccFenceScript(String schema) {
    return PgFences.script(schema);
  }
}
