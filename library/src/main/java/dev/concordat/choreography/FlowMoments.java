package dev.concordat.choreography;

import dev.concordat.engine.Engine;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners and people what the tracker found, once it is committed. What is found in a
 * transaction waits here; whether it committed is read from the flow, which that transaction had
 * locked.
 */
final class FlowMoments {

  private static final Logger LOG = LoggerFactory.getLogger(FlowMoments.class);

  private final Engine engine;
  private final List<FlowListener> listeners;
  private final Set<Moment> found = new LinkedHashSet<>();

  /** What was found of a flow. */
  record Moment(String name, String id, FlowAction action) {}

  FlowMoments(Engine engine, List<FlowListener> listeners) {
    this.engine = engine;
    this.listeners = List.copyOf(listeners);
  }

  /** In a transaction that has locked the flow. */
  synchronized void found(Moment moment) {
    found.add(moment);
  }

  private synchronized List<Moment> waiting() {
    return new ArrayList<>(found);
  }

  private synchronized void forget(Moment moment) {
    found.remove(moment);
  }

  /** Tells what has committed, and forgets what was rolled back. What fails waits. */
  void tell() {
    for (Moment moment : waiting()) {
      try {
        if (engine.store().flows().find(moment.id()).isPresent()
            && engine.store().transactions().run(moment.id(), tx -> takeIfCommitted(tx, moment))) {
          tell(moment);
        }
      } catch (Exception e) {
        LOG.debug("what was found of flow {} is told later", moment.id(), e);
        return;
      }
    }
  }

  /** While the flow is locked nobody finds anything of it, so none is lost and none told twice. */
  private boolean takeIfCommitted(Connection tx, Moment moment) {
    FlowState state = FlowJournal.fold(engine.store().flows().lock(tx, moment.id(), moment.name()));
    forget(moment);
    return switch (moment.action()) {
      case FlowAction.RaiseTimeout raised -> state.timedOutAt() != null;
      case FlowAction.RaiseCompleted raised -> state.ended() == raised.status();
      case FlowAction.TellOverdue overdue -> state.overdueAt() != null;
      case FlowAction.TellAttention needs -> Objects.equals(state.attention(), needs.reason());
    };
  }

  private void tell(Moment moment) {
    String name = moment.name();
    String id = moment.id();
    switch (moment.action()) {
      case FlowAction.RaiseTimeout raised -> {
        LOG.warn(
            "Flow '{}' {} waits too long for {}: it is turned back.", name, id, raised.missing());
        each(listener -> listener.missing(name, id, raised.missing(), true));
      }
      case FlowAction.RaiseCompleted raised ->
          each(listener -> listener.ended(name, id, raised.status()));
      case FlowAction.TellOverdue overdue -> {
        LOG.warn("Flow '{}' {} waits too long for {}.", name, id, overdue.missing());
        each(listener -> listener.missing(name, id, overdue.missing(), false));
      }
      case FlowAction.TellAttention needs -> {
        LOG.warn("Flow '{}' {} needs a person: {}.", name, id, needs.reason());
        each(listener -> listener.needsAttention(name, id, needs.reason()));
      }
    }
  }

  private void each(Consumer<FlowListener> what) {
    for (FlowListener listener : listeners) {
      try {
        what.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("a listener ({}) threw, which changes nothing", listener.getClass().getName(), e);
      }
    }
  }
}
