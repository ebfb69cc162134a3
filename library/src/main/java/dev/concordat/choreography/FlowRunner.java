package dev.concordat.choreography;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Outbox;
import dev.concordat.messaging.Source;
import dev.concordat.store.Flows;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tracker at work: hears what services report, and looks when something is due. */
final class FlowRunner {

  private static final Logger LOG = LoggerFactory.getLogger(FlowRunner.class);
  private static final Duration IDLE = Duration.ofMillis(100);
  private static final Duration TROUBLE = Duration.ofSeconds(1);
  private static final Duration LATER = Duration.ofSeconds(10);
  private static final Duration SLICE = Duration.ofMillis(50);

  private final Engine engine;
  private final Outbox outbox;
  private final FlowMoments moments;
  private final Runnable committed;
  private final Heard heard;
  private final Map<String, FlowPlan> plans = new HashMap<>();
  private volatile boolean over;
  private boolean troubled;
  private Flows.@Nullable Summary looking;

  FlowRunner(Engine engine, Tracker tracker, List<FlowListener> listeners, Runnable committed) {
    this.engine = engine;
    this.heard = new Heard(tracker.source(), engine.platform());
    this.outbox = new Outbox(engine);
    this.moments = new FlowMoments(engine, listeners);
    this.committed = committed;
    tracker.flows().forEach(flow -> plans.put(flow.name(), flow.plan()));
  }

  /** The tracker's source, from which to consume. */
  Source source() {
    return heard;
  }

  void start() {
    plans.forEach((name, plan) -> engine.store().flows().declare(name, FlowJournal.text(plan)));
    engine.platform().start("concordat-tracker-due", this::run);
  }

  void stop() {
    over = true;
  }

  /** Takes in what a service reported. */
  void report(Connection tx, ReceivedMessage message) {
    Edge edge = message.json(Edge.class);
    List<Flows.Written> written = engine.store().flows().lock(tx, edge.flow(), edge.name());
    FlowState state = FlowJournal.fold(written);
    requireName(state, edge);
    FlowPlan plan = plan(tx, edge.name());
    FlowStimulus reported = new FlowStimulus.Reported(engine.now(), edge);
    decide(tx, edge.flow(), plan, state, reported);
  }

  private static void requireName(FlowState state, Edge edge) {
    state.seen().stream()
        .map(seen -> seen.edge().name())
        .filter(name -> !name.equals(edge.name()))
        .findFirst()
        .ifPresent(name -> {
          throw new RefusedException(
              "this is of a flow '"
                  + edge.name()
                  + "', and the tracker knows a flow '"
                  + name
                  + "' of the same id "
                  + edge.flow()
                  + "; give flows ids that are unique among all");
        });
  }

  /** What another tracker declared, if not this one: else its deadline would be lost here. */
  private FlowPlan plan(Connection tx, String name) {
    FlowPlan own = plans.get(name);
    return own != null
        ? own
        : engine
            .store()
            .flows()
            .declaration(tx, name)
            .map(FlowJournal::plan)
            .orElseGet(() -> FlowPlan.undeclared(name));
  }

  private void decide(
      Connection tx, String id, FlowPlan plan, FlowState state, FlowStimulus stimulus) {
    FlowDecision decision = FlowMachine.decide(plan, state, stimulus);
    Status status = FlowPicture.of(plan, decision.state()).status();
    List<String> entries = decision.entries().stream().map(FlowJournal::text).toList();
    engine.store().flows().append(tx, id, entries, status.name(), decision.due());
    decision.actions().forEach(action -> perform(tx, id, plan, action));
  }

  private void perform(Connection tx, String id, FlowPlan plan, FlowAction action) {
    switch (action) {
      case FlowAction.RaiseTimeout raise ->
          raise(
              tx, id, plan, plan.timeoutTopic(), Flow.TIMEOUT, Map.of("missing", raise.missing()));
      case FlowAction.RaiseCompleted raise -> {
        if (plan.isDeclared()) {
          String status = raise.status().name();
          raise(tx, id, plan, plan.completedTopic(), Flow.COMPLETED, Map.of("status", status));
        }
      }
      case FlowAction.TellOverdue overdue -> {}
      case FlowAction.TellAttention needs -> {}
    }
    moments.found(new FlowMoments.Moment(plan.name(), id, action));
  }

  private void raise(
      Connection tx, String id, FlowPlan plan, String topic, String type, Map<String, ?> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("flow", id);
    body.put("name", plan.name());
    outbox.publish(
        tx,
        Message.of(topic, type)
            .key(id)
            .json(body)
            .header(FlowHeaders.FLOW, id)
            .header(FlowHeaders.NAME, plan.name())
            .header(FlowHeaders.HOP, "0"));
  }

  private void run() {
    try {
      while (!over) {
        Duration pause = heard.isAbreast() ? look() : IDLE;
        moments.tell();
        rest(pause);
      }
    } catch (InterruptedException e) {
      over = true;
    }
    moments.tell();
  }

  /** Looks at one flow that is due, and says how long to rest. */
  private Duration look() {
    try {
      boolean found = engine.store().transactions().run("flows", this::lookAtOne);
      troubled = false;
      if (found) {
        committed.run();
      }
      return found ? Duration.ZERO : IDLE;
    } catch (Exception | Error e) {
      if (!troubled && !over) {
        LOG.warn("The tracker cannot look at flows that are due, and tries again", e);
      }
      troubled = true;
      leaveForLater();
      return TROUBLE;
    }
  }

  /** So that one that cannot be looked at does not keep others from it. */
  private void leaveForLater() {
    Flows.Summary flow = looking;
    if (flow == null) {
      return;
    }
    try {
      engine
          .store()
          .transactions()
          .run(
              flow.id(),
              tx -> {
                engine.store().flows().lock(tx, flow.id(), flow.name());
                Instant later = engine.now().plus(LATER);
                engine.store().flows().append(tx, flow.id(), List.of(), flow.status(), later);
                return true;
              });
    } catch (Exception e) {
      LOG.debug("flow {} is looked at again at once, which does no harm", flow.id(), e);
    }
  }

  private boolean lookAtOne(Connection tx) {
    Optional<Flows.Summary> due = engine.store().flows().takeDue(tx, plans.keySet());
    looking = due.orElse(null);
    if (due.isEmpty()) {
      return false;
    }
    Flows.Summary flow = due.get();
    List<Flows.Written> written = engine.store().flows().lock(tx, flow.id(), flow.name());
    decide(
        tx,
        flow.id(),
        plan(tx, flow.name()),
        FlowJournal.fold(written),
        new FlowStimulus.Look(engine.now()));
    return true;
  }

  private void rest(Duration time) throws InterruptedException {
    long end = engine.platform().nanos() + time.toNanos();
    while (!over && engine.platform().nanos() < end) {
      engine.platform().pause(SLICE);
    }
  }
}
