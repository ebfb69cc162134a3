package dev.concordat.choreography;

import dev.concordat.core.RefusedException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one service does in flows: on which event which step, and what it publishes then. Immutable;
 * each method gives another one.
 *
 * <p>In each flow a step is done once for each event of its type, and its compensation runs once.
 * If it comes before the step, which then was never done, the step will not be done any more. After
 * a pivot of this service was done, its compensations are too late and do nothing; and where a
 * compensation came first, the pivot will not be done any more. So where an event that ends a flow
 * and one that turns it back may cross, let the service with the pivot decide, and the others
 * compensate on what that one publishes.
 */
public final class Service {

  /** Where edges go unless said. */
  public static final String FLOWS = "concordat.flows";

  private static final int HOPS = 64;

  private final String name;
  private final List<Reaction> reactions;
  private final Set<String> begins;
  private final int maxHops;
  private final String reportsTo;

  private Service(
      String name, List<Reaction> reactions, Set<String> begins, int maxHops, String reportsTo) {
    this.name = name;
    this.reactions = List.copyOf(reactions);
    this.begins = Set.copyOf(begins);
    this.maxHops = maxHops;
    this.reportsTo = reportsTo;
  }

  /** A service that does nothing yet. */
  public static Service named(String name) {
    if (name.isBlank() || name.length() > 100 || name.indexOf('\0') >= 0) {
      throw new RefusedException("a service's name has 1 to 100 characters, none of them NUL");
    }
    return new Service(name, List.of(), Set.of(), HOPS, FLOWS);
  }

  /** What it does on events of that type. */
  public On on(String event) {
    return new On(event);
  }

  /** The same, beginning flows by publishing events of these types. */
  public Service begins(String... events) {
    return new Service(name, reactions, Set.of(events), maxHops, reportsTo);
  }

  /**
   * The same, doing nothing on an event that has more than so many before it in its chain of
   * causes, 64 unless said: it waits for a person, so that events that cause each other in a circle
   * do not go on for ever.
   */
  public Service maxHops(int hops) {
    return new Service(name, reactions, begins, hops, reportsTo);
  }

  /** The same, telling the tracker on that topic what it does. */
  public Service reportsTo(String topic) {
    return new Service(name, reactions, begins, maxHops, topic);
  }

  /** What is done on an event. */
  public final class On {

    private final String event;

    private On(String event) {
      this.event = event;
    }

    /** A step forward. */
    public Doing step(String step) {
      return new Doing(event, step, Reaction.Kind.STEP, Set.of(), Set.of());
    }

    /** A step after which this service compensates nothing of the flow any more. */
    public Doing pivot(String step) {
      return new Doing(event, step, Reaction.Kind.PIVOT, Set.of(), Set.of());
    }

    /** The compensation of a step of this service. */
    public Doing compensates(String step) {
      return new Doing(event, step, Reaction.Kind.COMPENSATION, Set.of(), Set.of());
    }
  }

  /** How it is done. */
  public final class Doing {

    private final String event;
    private final String step;
    private final Reaction.Kind kind;
    private final Set<String> publishes;
    private final Set<String> refuses;

    private Doing(
        String event, String step, Reaction.Kind kind, Set<String> publishes, Set<String> refuses) {
      this.event = event;
      this.step = step;
      this.kind = kind;
      this.publishes = publishes;
      this.refuses = refuses;
    }

    /** The types of what it may publish. */
    public Doing publishes(String... types) {
      return new Doing(event, step, kind, new LinkedHashSet<>(List.of(types)), refuses);
    }

    /**
     * The types of what it publishes instead when the business refuses the step: then nothing was
     * done, and there is nothing to compensate.
     */
    public Doing refusesBy(String... types) {
      return new Doing(event, step, kind, publishes, new LinkedHashSet<>(List.of(types)));
    }

    /**
     * The service with this.
     *
     * @throws RefusedException if it does something on that event already, or if it compensates a
     *     step that it does not have. Declare steps first
     */
    public Service handle(EventHandler handler) {
      Set<String> all = new LinkedHashSet<>(publishes);
      all.addAll(refuses);
      return with(new Reaction(event, step, kind, all, refuses, handler));
    }
  }

  private Service with(Reaction added) {
    if (reaction(added.event()).isPresent()) {
      throw new RefusedException(
          "service '" + name + "' does something on '" + added.event() + "' already");
    }
    boolean compensates = added.kind() == Reaction.Kind.COMPENSATION;
    if (compensates && begins.isEmpty() && !has(added.step())) {
      throw new RefusedException(
          "service '"
              + name
              + "' compensates '"
              + added.step()
              + "' and has no such step; declare it before its compensation");
    }
    List<Reaction> more = new ArrayList<>(reactions);
    more.add(added);
    return new Service(name, more, begins, maxHops, reportsTo);
  }

  private boolean has(String step) {
    return reactions.stream()
        .anyMatch(r -> r.step().equals(step) && r.kind() != Reaction.Kind.COMPENSATION);
  }

  /** Its name. */
  public String name() {
    return name;
  }

  List<Reaction> reactions() {
    return reactions;
  }

  Set<String> begins() {
    return begins;
  }

  Optional<Reaction> reaction(String event) {
    return reactions.stream().filter(reaction -> reaction.event().equals(event)).findFirst();
  }

  boolean compensates(String step) {
    return reactions.stream()
        .anyMatch(r -> r.kind() == Reaction.Kind.COMPENSATION && r.step().equals(step));
  }

  List<String> pivots() {
    return reactions.stream()
        .filter(reaction -> reaction.kind() == Reaction.Kind.PIVOT)
        .map(Reaction::step)
        .toList();
  }

  int maxHops() {
    return maxHops;
  }

  String reportsTo() {
    return reportsTo;
  }
}
