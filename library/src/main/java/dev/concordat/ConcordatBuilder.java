package dev.concordat;

import dev.concordat.choreography.Choreography;
import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowListener;
import dev.concordat.choreography.Service;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.platform.Platform;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.json.JsonCodec;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Consuming;
import dev.concordat.messaging.Messaging;
import dev.concordat.messaging.Participant;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.RelayListener;
import dev.concordat.messaging.Source;
import dev.concordat.postgres.PostgresStore;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.Reservations;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.Sagas;
import dev.concordat.store.Store;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccListener;
import dev.concordat.tcc.Tccs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The making of a {@link Concordat}. */
public final class ConcordatBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(ConcordatBuilder.class);

  /** The schema that Concordat's tables are in unless said otherwise. */
  public static final String DEFAULT_SCHEMA = "concordat";

  private static final String REPLIES = "saga replies";

  private final DataSource dataSource;
  private final List<Saga<?>> sagas = new ArrayList<>();
  private final List<Tcc<?>> tccs = new ArrayList<>();
  private final List<Reservation<?>> reservations = new ArrayList<>();
  private final List<SagaListener> listeners = new ArrayList<>();
  private final List<TccListener> tccListeners = new ArrayList<>();
  private final List<Relay> relays = new ArrayList<>();
  private final List<RelayListener> relayListeners = new ArrayList<>();
  private final List<Consumer> consumers = new ArrayList<>();
  private final List<ConsumerListener> consumerListeners = new ArrayList<>();
  private final List<Choreography.Part> services = new ArrayList<>();
  private final List<FlowListener> flowListeners = new ArrayList<>();
  private @Nullable Tracker tracker;
  private final Map<String, Integer> participants = new LinkedHashMap<>();
  private String schema = DEFAULT_SCHEMA;
  private StateCodec codec = new JsonCodec();
  private UnaryOperator<Store> wrapping = UnaryOperator.identity();
  private BranchWrapper wrappingBranches = database -> database;
  private boolean migrates = true;
  private final Map<Participant, Source> commands = new LinkedHashMap<>();
  private @Nullable String replyTopic;
  private @Nullable Source replySource;
  private Duration remembered = Duration.ofDays(14);
  private boolean saysHowLong;
  private int maxStateLength = 1024 * 1024;
  private EngineConfig config = EngineConfig.DEFAULT;

  ConcordatBuilder(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** The sagas this process can run. */
  public ConcordatBuilder sagas(Saga<?>... more) {
    sagas.addAll(List.of(more));
    return this;
  }

  /** The transactions of try, confirm and cancel that this process can run. */
  public ConcordatBuilder tcc(Tcc<?>... more) {
    tccs.addAll(List.of(more));
    return this;
  }

  /** The reservations this process can run. */
  public ConcordatBuilder reservations(Reservation<?>... more) {
    reservations.addAll(List.of(more));
    return this;
  }

  /** The schema of Concordat's tables: lower-case letters, digits and underscores. */
  public ConcordatBuilder schema(String name) {
    this.schema = name;
    return this;
  }

  /** Leaves the tables to you: the SQL is what {@code concordat schema} prints. */
  public ConcordatBuilder withoutMigration() {
    this.migrates = false;
    return this;
  }

  /** How states are encoded; JSON unless said. */
  public ConcordatBuilder codec(StateCodec newCodec) {
    this.codec = newCodec;
    return this;
  }

  /** Somebody who wants to hear of every moment. */
  public ConcordatBuilder listener(SagaListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Somebody who wants to hear of every moment of transactions of try, confirm and cancel. */
  public ConcordatBuilder listener(TccListener listener) {
    tccListeners.add(listener);
    return this;
  }

  /** A relay that this process works at. */
  public ConcordatBuilder relay(Relay relay) {
    relays.add(relay);
    return this;
  }

  /** Somebody who wants to hear what relays do. */
  public ConcordatBuilder listener(RelayListener listener) {
    relayListeners.add(listener);
    return this;
  }

  /**
   * The topic that participants reply to, for sagas that send commands. What arrives there goes to
   * {@link Concordat#replies}, in an inbox transaction of yours.
   */
  public ConcordatBuilder repliesTo(String topic) {
    this.replyTopic = topic;
    return this;
  }

  /**
   * The topic that participants reply to, for sagas that send commands, and the source that
   * delivers what arrives there.
   */
  public ConcordatBuilder repliesTo(String topic, Source source) {
    this.replySource = source;
    return repliesTo(topic);
  }

  /** A participant that this process works for, and the source that delivers its commands. */
  public ConcordatBuilder participant(Participant participant, Source source) {
    commands.put(participant, source);
    return this;
  }

  /** A consumer that this process works for. */
  public ConcordatBuilder consumer(Consumer consumer) {
    consumers.add(consumer);
    return this;
  }

  /** Somebody who wants to hear what consumers do. */
  public ConcordatBuilder listener(ConsumerListener listener) {
    consumerListeners.add(listener);
    return this;
  }

  /**
   * A service whose part in flows this process plays.
   *
   * @param source which delivers the events that it does something on
   */
  public ConcordatBuilder service(Service service, Source source) {
    return service(service, source, UnaryOperator.identity());
  }

  /**
   * A service whose part in flows this process plays.
   *
   * @param settings of the consumer that it becomes: its retries, how many it handles at once
   */
  public ConcordatBuilder service(
      Service service, Source source, UnaryOperator<Consumer> settings) {
    services.add(new Choreography.Part(service, source, settings));
    return this;
  }

  /** What looks on flows in this process. */
  public ConcordatBuilder tracker(Tracker newTracker) {
    this.tracker = newTracker;
    return this;
  }

  /** Somebody who wants to hear what the tracker finds. */
  public ConcordatBuilder listener(FlowListener listener) {
    flowListeners.add(listener);
    return this;
  }

  /**
   * How long it is remembered which messages were handled, what was replied to commands and what
   * services did in flows; fourteen days unless said. Must be longer than any saga with steps over
   * messages and any flow takes: a compensation after that is told that its step was never done.
   *
   * <p>The longest time that any process on this database ever asked for counts, for all of them;
   * one that neither says it nor handles messages asks for none. To remember for less long, delete
   * the row of table {@code memory} in Concordat's schema while no process runs.
   */
  public ConcordatBuilder rememberMessages(Duration time) {
    this.remembered = time;
    this.saysHowLong = true;
    return this;
  }

  /**
   * How many calls to that participant may run at once in this process. In transactions of try,
   * confirm and cancel it goes by the name of its branch.
   */
  public ConcordatBuilder concurrency(String participant, int calls) {
    if (calls < 1) {
      throw new RefusedException("at least one call at a time, not " + calls);
    }
    participants.put(participant, calls);
    return this;
  }

  /**
   * The most instances this process holds at once, 1,000 unless said; the rest waits in the
   * database.
   */
  public ConcordatBuilder maxRunning(int instances) {
    config = config.withMaxRunning(instances);
    return this;
  }

  /** How long the instances of a dead worker wait for another, at most; ten seconds unless said. */
  public ConcordatBuilder lease(Duration lease) {
    config = config.withLease(lease);
    return this;
  }

  /** How often to look for work without being woken, 100 ms unless said. */
  public ConcordatBuilder poll(Duration poll) {
    config = config.withPoll(poll);
    return this;
  }

  /**
   * Finds the work of other processes by polling alone, and so does without the connection that is
   * otherwise kept to hear of it at once.
   */
  public ConcordatBuilder pollingOnly() {
    config = config.withListens(false);
    return this;
  }

  /** How long closing waits for running attempts, 20 seconds unless said. */
  public ConcordatBuilder grace(Duration grace) {
    config = config.withGrace(grace);
    return this;
  }

  /** How long starting waits for a database that does not answer, 30 seconds unless said. */
  public ConcordatBuilder patience(Duration patience) {
    config = config.withPatience(patience);
    return this;
  }

  /** The most characters an encoded state may have, 1,048,576 unless said. */
  public ConcordatBuilder maxStateLength(int characters) {
    this.maxStateLength = characters;
    return this;
  }

  /** Puts something around the store's ports: what the crash tests inject faults with. */
  public ConcordatBuilder wrappingStore(UnaryOperator<Store> wrapper) {
    this.wrapping = wrapper;
    return this;
  }

  /** The same around what takes part in two-phase commits. */
  public ConcordatBuilder wrappingBranches(BranchWrapper wrapper) {
    this.wrappingBranches = wrapper;
    return this;
  }

  /**
   * A Concordat that runs its sagas, and takes over those of workers that died.
   *
   * @throws RefusedException if the database will not do, saying why
   */
  public Concordat start() {
    Concordat concordat = make(true);
    try {
      warnOfStrangers(concordat);
    } catch (RuntimeException e) {
      LOG.warn("It could not be checked which unfinished instances have no definition here", e);
    }
    return concordat;
  }

  /** A Concordat that starts and looks after instances but leaves running them to others. */
  public Concordat client() {
    return make(false);
  }

  private Concordat make(boolean works) {
    PostgresStore store = new PostgresStore(dataSource, schema);
    if (migrates && works) {
      store.migrate();
    } else {
      store.check();
    }
    store.takeConnection(works && config.listens());
    try {
      return make(store, works);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private Concordat make(Store store, boolean works) {
    Sagas registry = new Sagas(sagas, codec, maxStateLength, participants, listeners);
    if (replyTopic != null) {
      registry.repliesTo(replyTopic);
    }
    if (works) {
      registry.requireReplies();
      registry.requireMemory(remembered);
      requireMemory();
    }
    Platform platform = new SystemPlatform();
    Protocols protocols =
        new Protocols(
            registry,
            new Tccs(tccs, codec, new JsonCodec(), maxStateLength, participants, tccListeners),
            new Reservations(reservations, codec, maxStateLength, participants));
    Engine engine = new Engine(wrapping.apply(store), platform, config, protocols.scripts(), works);
    protocols.drivenBy(engine);
    Messaging messaging =
        new Messaging(
            engine, works ? relays : List.of(), relayListeners, remembered, asksToRemember());
    registry.whenPublished(messaging::wake);
    Choreography choreography =
        new Choreography(engine, services, tracker, flowListeners, messaging::wake);
    List<Consumer> all = new ArrayList<>(consumers);
    all.addAll(choreography.consumers());
    all.addAll(ofCommands(engine, registry));
    Consuming consuming =
        new Consuming(
            engine,
            works ? all : List.of(),
            consumerListeners,
            registry.sendCommands() ? () -> wakeAll(engine, messaging) : messaging::wake);
    try {
      engine.start();
      if (works) {
        messaging.start();
        consuming.start();
        choreography.start();
      }
    } catch (RuntimeException e) {
      choreography.close();
      consuming.kill();
      messaging.kill();
      engine.kill();
      throw e;
    }
    AtomicCommits atomic =
        new AtomicCommits(engine, dataSource, schema, migrates && works, codec, wrappingBranches);
    return new Concordat(engine, protocols, messaging, consuming, choreography, atomic);
  }

  private boolean asksToRemember() {
    return saysHowLong
        || tracker != null
        || replySource != null
        || !(consumers.isEmpty() && services.isEmpty() && commands.isEmpty());
  }

  private void requireMemory() {
    for (Flow flow : tracker == null ? List.<Flow>of() : tracker.flows()) {
      if (flow.longest().filter(time -> time.compareTo(remembered) > 0).isPresent()) {
        throw new RefusedException(
            "flow '"
                + flow.name()
                + "' may go on and be turned back for "
                + flow.longest().get()
                + ", and what services did is remembered for "
                + remembered
                + " only: a compensation after that would find no step to compensate. Nothing was"
                + " started; raise rememberMessages(...), here and at the services");
      }
    }
  }

  private static void wakeAll(Engine engine, Messaging messaging) {
    messaging.wake();
    engine.wakeAll();
  }

  private List<Consumer> ofCommands(Engine engine, Sagas registry) {
    List<Consumer> all = new ArrayList<>();
    commands.forEach((participant, source) -> all.add(participant.consumer(engine, source)));
    if (replySource != null) {
      all.add(Consumer.named(REPLIES, replySource).otherwise(registry.replies()::take));
    }
    return all;
  }

  private void warnOfStrangers(Concordat concordat) {
    concordat
        .operator()
        .unfinished()
        .forEach((label, count) -> {
          if (!concordat.knows(label)) {
            LOG.warn(
                "{} unfinished instances are of {}, which this process does not have; they wait"
                    + " until a worker that has it runs.",
                count,
                label);
          }
        });
  }
}
