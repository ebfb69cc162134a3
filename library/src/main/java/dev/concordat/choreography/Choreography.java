package dev.concordat.choreography;

import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.messaging.Consumer;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Source;
import dev.concordat.store.Flows;
import dev.concordat.store.Stuck;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The services and the tracker of one process, and what is known of flows. */
public final class Choreography {

  private static final String TRACKER = "concordat-tracker";

  private final Engine engine;
  private final List<Part> parts;
  private final @Nullable FlowRunner runner;

  /**
   * A service with where it gets its events from, and how.
   *
   * @param settings of the consumer that it becomes
   */
  public record Part(Service service, Source source, UnaryOperator<Consumer> settings) {}

  /**
   * Used through the door.
   *
   * @param committed called after each transaction that published something
   */
  @SuppressWarnings("exports")
  public Choreography(
      Engine engine,
      List<Part> parts,
      @Nullable Tracker tracker,
      List<FlowListener> listeners,
      Runnable committed) {
    this.engine = engine;
    this.parts = List.copyOf(parts);
    this.runner = tracker == null ? null : new FlowRunner(engine, tracker, listeners, committed);
    FlowGraph.of(parts.stream().map(Part::service).toArray(Service[]::new)).requireNoCircle();
  }

  /** The consumers that the services and the tracker are. */
  public List<Consumer> consumers() {
    List<Consumer> all = new ArrayList<>();
    parts.forEach(part -> all.add(part.settings().apply(consumer(part))));
    FlowRunner tracking = runner;
    if (tracking != null) {
      all.add(Consumer.named(TRACKER, tracking.source()).on(Edge.TYPE, tracking::report));
    }
    return all;
  }

  private Consumer consumer(Part part) {
    Reactor reactor = new Reactor(engine, part.service());
    Consumer consumer = Consumer.named(part.service().name(), part.source());
    for (Reaction reaction : part.service().reactions()) {
      consumer =
          consumer.on(reaction.event(), (tx, message) -> reactor.react(tx, reaction, message));
    }
    return consumer;
  }

  /** Begins to look for flows that are due. */
  public void start() {
    if (runner != null) {
      runner.start();
    }
  }

  /** Ends; flows that are due wait for whoever looks next. */
  public void close() {
    if (runner != null) {
      runner.stop();
    }
  }

  /**
   * Begins a flow with a step that the caller does in its own transaction.
   *
   * @param tx on the database of this Concordat, inside a transaction
   * @param service who does it
   * @param flow which flow
   * @param id its id, 1 to 200 characters, yours to choose
   * @param step what the caller does
   * @param events what it publishes, of types that the service begins flows with
   * @throws RefusedException if this service began a flow of that id before; nothing was published
   */
  public void begin(
      Connection tx, Service service, String flow, String id, String step, Message... events) {
    if (id.isBlank() || id.length() > 200 || id.indexOf('\0') >= 0) {
      throw new RefusedException("a flow's id has 1 to 200 characters, none of them NUL");
    }
    new Reactor(engine, service).begin(tx, id, flow, step, List.of(events));
  }

  /**
   * The newest flows that the tracker knows.
   *
   * @param name only those of that name, unless null
   * @param status only those, unless null
   */
  public List<Flows.Summary> list(@Nullable String name, @Nullable String status, int most) {
    return engine.soon(() -> engine.store().flows().list(name, status, most));
  }

  /** What the tracker knows of a flow, or empty if it does not know it. */
  public Optional<TrackedFlow> find(String id) {
    return engine.soon(() -> engine.store().flows().find(id).map(summary -> tracked(summary)));
  }

  /**
   * Messages of a flow that do not get on in this database: that a relay cannot deliver, a consumer
   * not handle, or that wait behind such a one. Oldest first. Each service has its own in its own
   * database, so ask there, too.
   */
  public List<Stuck> stuck(String id, int most) {
    return engine.soon(() -> {
      List<Stuck> all = new ArrayList<>();
      all.addAll(engine.store().relays().stuck(FlowHeaders.FLOW, id, most));
      all.addAll(engine.store().consumers().stuck(FlowHeaders.FLOW, id, most));
      all.sort(Comparator.comparing(Stuck::since));
      return all.subList(0, Math.min(most, all.size()));
    });
  }

  private TrackedFlow tracked(Flows.Summary flow) {
    List<Flows.Written> entries = engine.store().flows().entries(flow.id());
    FlowState state = FlowJournal.fold(entries);
    List<String> missed = FlowJournal.missed(entries);
    return TrackedFlow.of(flow.id(), plan(flow.name()), state, missed, flow.begunAt());
  }

  private FlowPlan plan(String name) {
    return engine
        .store()
        .flows()
        .declaration(name)
        .map(FlowJournal::plan)
        .orElseGet(() -> FlowPlan.undeclared(name));
  }

  /** What a flow declares, as a Mermaid flow chart; empty if no tracker declared it. */
  public Optional<String> declared(String name) {
    return engine.soon(() ->
        engine.store().flows().declaration(name).map(text -> FlowChart.of(FlowJournal.plan(text))));
  }
}
