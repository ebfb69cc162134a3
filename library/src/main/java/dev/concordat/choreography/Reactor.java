package dev.concordat.choreography;

import dev.concordat.core.Bytes;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.messaging.Headers;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Outbox;
import dev.concordat.store.Reactions.State;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Does what a service does on an event, in one transaction with what it publishes and reports. */
final class Reactor {

  private final Engine engine;
  private final Outbox outbox;
  private final Service service;

  Reactor(Engine engine, Service service) {
    this.engine = engine;
    this.outbox = new Outbox(engine);
    this.service = service;
  }

  /** Where a reaction is in a flow. */
  private record Place(String flow, String name, int hop, @Nullable ReceivedMessage cause) {}

  /** Begins a flow with a step of the service's. */
  void begin(Connection tx, String flow, String name, String step, List<Message> events) {
    Set<String> types = service.begins();
    requireDeclared("to begin a flow with", types, events);
    Map<String, State> states = states(tx, name, flow);
    if (states.containsKey(step)) {
      throw new RefusedException(
          "flow '" + flow + "' was begun already by service '" + service.name() + "'");
    }
    Place begun = new Place(flow, name, 0, null);
    mark(tx, begun, step, State.DONE);
    publish(tx, begun, step, Edge.Kind.BEGUN, events);
  }

  void react(Connection tx, Reaction reaction, ReceivedMessage message) throws Exception {
    Place place = place(message);
    Map<String, State> states = states(tx, place.name(), place.flow());
    State state = states.get(reaction.step());
    switch (reaction.kind()) {
      case STEP, PIVOT -> step(tx, reaction, place, state, message);
      case COMPENSATION -> compensate(tx, reaction, place, states, message);
    }
  }

  private Map<String, State> states(Connection tx, String name, String flow) {
    return engine.store().reactions().begin(tx, service.name(), identity(name, flow));
  }

  /** Flows of two names may have one id. */
  private static String identity(String name, String flow) {
    return name + "/" + flow;
  }

  private Place place(ReceivedMessage message) {
    String flow = message.headers().get(FlowHeaders.FLOW);
    String name = message.headers().get(FlowHeaders.NAME);
    if (flow == null || name == null) {
      throw new RefusedException(
          "this event belongs to no flow: it lacks the header " + FlowHeaders.FLOW);
    }
    int hop = hop(message);
    if (hop > service.maxHops()) {
      throw new RefusedException(
          "there are "
              + hop
              + " events before this one in its chain of causes, and at most "
              + service.maxHops()
              + " are allowed: do events cause each other in a circle?");
    }
    return new Place(flow, name, hop, message);
  }

  private static int hop(ReceivedMessage message) {
    String text = message.headers().getOrDefault(FlowHeaders.HOP, "0");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new RefusedException("the header " + FlowHeaders.HOP + " is no number: " + text, e);
    }
  }

  private void step(
      Connection tx, Reaction reaction, Place place, @Nullable State state, ReceivedMessage message)
      throws Exception {
    if (state == State.COMPENSATED || state == State.BARRED) {
      publish(tx, place, reaction.step(), Edge.Kind.BARRED, List.of());
      return;
    }
    List<Message> events = handle(tx, reaction, place, message, false);
    boolean refused = events.stream().anyMatch(e -> reaction.refuses().contains(e.type()));
    if (state != State.DONE) {
      mark(tx, place, reaction.step(), refused ? State.BARRED : State.DONE);
    }
    Edge.Kind kind = refused ? Edge.Kind.REFUSED : Edge.Kind.DONE;
    publish(tx, place, reaction.step(), kind, events);
  }

  private void compensate(
      Connection tx,
      Reaction reaction,
      Place place,
      Map<String, State> states,
      ReceivedMessage message)
      throws Exception {
    State state = states.get(reaction.step());
    if (state == State.COMPENSATED || state == State.BARRED) {
      return;
    }
    if (service.pivots().stream().anyMatch(pivot -> states.get(pivot) == State.DONE)) {
      publish(tx, place, reaction.step(), Edge.Kind.TOO_LATE, List.of());
      return;
    }
    boolean done = state == State.DONE;
    List<Message> events = handle(tx, reaction, place, message, done);
    mark(tx, place, reaction.step(), done ? State.COMPENSATED : State.BARRED);
    for (String pivot : service.pivots()) {
      mark(tx, place, pivot, State.BARRED);
    }
    Edge.Kind kind = done ? Edge.Kind.COMPENSATED : Edge.Kind.EMPTY;
    publish(tx, place, reaction.step(), kind, events);
  }

  private List<Message> handle(
      Connection tx, Reaction reaction, Place place, ReceivedMessage message, boolean done)
      throws Exception {
    FlowEvent event = new FlowEvent(message, place.flow(), place.name(), place.hop(), done);
    List<Message> events = reaction.handler().handle(tx, event);
    requireDeclared("on '" + reaction.event() + "' to publish", reaction.publishes(), events);
    return events;
  }

  private void requireDeclared(String what, Set<String> declared, List<Message> events) {
    for (Message event : events) {
      if (!declared.contains(event.type())) {
        throw new RefusedException(
            "service '"
                + service.name()
                + "' did not declare "
                + what
                + " '"
                + event.type()
                + "'; nothing was done");
      }
    }
  }

  private void mark(Connection tx, Place place, String step, State state) {
    String flow = identity(place.name(), place.flow());
    engine.store().reactions().mark(tx, service.name(), flow, step, state);
  }

  private void publish(
      Connection tx, Place place, String step, Edge.Kind kind, List<Message> events) {
    int hop = place.cause() == null ? 0 : place.hop() + 1;
    List<Message> stamped = events.stream().map(event -> stamped(event, place, hop)).toList();
    List<UUID> ids = outbox.publish(tx, stamped.toArray(new Message[0]));
    List<Edge.Event> produced = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      produced.add(new Edge.Event(ids.get(i).toString(), events.get(i).type()));
    }
    ReceivedMessage cause = place.cause();
    Edge edge =
        new Edge(
            place.flow(),
            place.name(),
            service.name(),
            step,
            kind,
            service.compensates(step),
            cause == null ? null : new Edge.Event(cause.id(), cause.type()),
            produced,
            hop);
    outbox.publish(tx, report(place.flow(), edge));
  }

  /** With the header, so that one that gets stuck is found by its flow. */
  private Message report(String flow, Edge edge) {
    return Message.of(service.reportsTo(), Edge.TYPE)
        .key(flow)
        .header(FlowHeaders.FLOW, flow)
        .json(edge);
  }

  private static Message stamped(Message event, Place place, int hop) {
    ReceivedMessage cause = place.cause();
    Message stamped =
        (event.key().isPresent() ? event : event.key(place.flow()))
            .header(FlowHeaders.FLOW, place.flow())
            .header(FlowHeaders.NAME, place.name())
            .header(FlowHeaders.HOP, String.valueOf(hop));
    if (!event.headers().containsKey(Headers.TRACEPARENT)) {
      stamped = stamped.header(Headers.TRACEPARENT, trace(place));
    }
    return cause == null ? stamped : stamped.header(FlowHeaders.CAUSE, cause.id());
  }

  /** The trace of what caused it, or one that the flow's id alone decides. */
  private static String trace(Place place) {
    ReceivedMessage cause = place.cause();
    String given = cause == null ? null : cause.headers().get(Headers.TRACEPARENT);
    if (given != null) {
      return given;
    }
    byte[] hash = Bytes.utf8(place.name() + "\n" + place.flow()).sha256().toArray();
    HexFormat hex = HexFormat.of();
    return "00-" + hex.formatHex(hash, 0, 16) + "-" + hex.formatHex(hash, 16, 24) + "-01";
  }
}
