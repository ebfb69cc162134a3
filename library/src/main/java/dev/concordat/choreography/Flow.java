package dev.concordat.choreography;

import dev.concordat.core.RefusedException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is expected of a flow of events between services, and by when. Immutable; each method gives
 * another one. It commands nobody: a tracker that has it says where each flow is and what is
 * missing, and where it is {@link #enforced} raises {@link #TIMEOUT} when something is missing too
 * long.
 */
public final class Flow {

  /** The type of the event that turns a flow back because something was missing too long. */
  public static final String TIMEOUT = "saga.timeout";

  /** The type of the event that tells that a flow has ended, and how. */
  public static final String COMPLETED = "saga.completed";

  private final FlowPlan plan;

  private Flow(FlowPlan plan) {
    this.plan = plan;
  }

  /** A flow that events of these types begin. */
  public static Flow named(String name, String... begins) {
    if (name.isBlank() || name.length() > 100 || name.indexOf('\0') >= 0) {
      throw new RefusedException("a flow's name has 1 to 100 characters, none of them NUL");
    }
    if (begins.length == 0) {
      throw new RefusedException("flow '" + name + "' begins with no event; say with which");
    }
    return new Flow(
        new FlowPlan(
            name, set(begins), List.of(), Set.of(), Set.of(), null, false, TIMEOUT, COMPLETED));
  }

  private static Set<String> set(String... types) {
    return new LinkedHashSet<>(List.of(types));
  }

  /** The same, expecting one of these events. */
  public Expecting expects(String... types) {
    return new Expecting(set(types), null, null);
  }

  /** The same, ended well by these events. */
  public Flow completes(String... types) {
    return new Flow(plan.ending(set(types), plan.compensates()));
  }

  /** The same, ended by these events when it was turned back. */
  public Flow compensates(String... types) {
    return new Flow(plan.ending(plan.completes(), set(types)));
  }

  /**
   * The same, taking at most so long. Turning back may take as long again; then it needs a person.
   */
  public Flow deadline(Duration time) {
    return new Flow(plan.within(time.toMillis(), plan.enforced()));
  }

  /** The same, turned back by {@link #TIMEOUT} when something is missing too long. */
  public Flow enforced() {
    return new Flow(plan.within(plan.deadlineMs(), true));
  }

  /** The same, only looked at. */
  public Flow observed() {
    return new Flow(plan.within(plan.deadlineMs(), false));
  }

  /** The same, publishing {@link #TIMEOUT} and {@link #COMPLETED} to these topics. */
  public Flow topics(String timeout, String completed) {
    return new Flow(plan.telling(timeout, completed));
  }

  /** What is expected, and when. */
  public final class Expecting {

    private final Set<String> types;
    private final @Nullable Long withinMs;
    private final @Nullable String from;

    private Expecting(Set<String> types, @Nullable Long withinMs, @Nullable String from) {
      this.types = types;
      this.withinMs = withinMs;
      this.from = from;
    }

    /** So soon after that event. */
    public Expecting within(Duration time) {
      return new Expecting(types, time.toMillis(), from);
    }

    /**
     * From that service; which is heard before a flow that turned back after such an event counts
     * as COMPENSATED.
     */
    public Expecting from(String service) {
      return new Expecting(types, withinMs, service);
    }

    /** After each of these events. */
    public Flow after(String... events) {
      return new Flow(plan.expecting(new FlowPlan.Expectation(set(events), types, withinMs, from)));
    }
  }

  /**
   * How long a flow may go on and be turned back, by what it declares; empty if it has no deadline.
   */
  public Optional<Duration> longest() {
    return Optional.ofNullable(plan.patience()).map(time -> time.multipliedBy(2));
  }

  /** Its name. */
  public String name() {
    return plan.name();
  }

  /** It as a Mermaid flow chart. */
  public String toMermaid() {
    return FlowChart.of(plan);
  }

  FlowPlan plan() {
    return plan;
  }
}
