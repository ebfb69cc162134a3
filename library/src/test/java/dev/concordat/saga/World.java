package dev.concordat.saga;

import dev.concordat.core.Payload;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is at one moment of a search: the journal and what a worker holds in memory, the
 * effects in the systems outside, calls under way and calls lost in the network, and the clock.
 */
final class World {

  /** What became of a step's effect, by its idempotency key; nothing is there before it. */
  enum Effect {
    APPLIED,
    /** Turned down for good: a request that comes later is turned down, too. */
    REFUSED,
    /** Counteracted, before or after it came; a request that comes later is turned down. */
    COUNTERED
  }

  enum Child {
    RUNNING,
    CANCELLING,
    COMPLETED,
    COMPENSATED
  }

  enum Way {
    OPEN,
    /** Its time limit passed, or its instance was opened anew, and its code still runs. */
    EXPIRED,
    /** It was answered, and the same answer comes once more. */
    AGAIN
  }

  /** An action being performed; a merge carries what it made of the branches. */
  record Flight(SagaAction action, Way way, @Nullable Payload carried) {
    @Override
    public String toString() {
      return action + (way == Way.OPEN ? "" : " (" + way + ")");
    }
  }

  /** A request that left a worker and may arrive at any time. */
  record Late(String what, String step, int attempt) implements Comparable<Late> {
    @Override
    public int compareTo(Late that) {
      return toString().compareTo(that.toString());
    }
  }

  SagaState durable = SagaState.EMPTY;
  SagaState live = SagaState.EMPTY;
  Memory durableMemory = new Memory();
  Memory liveMemory = new Memory();
  long clock;
  final Map<String, Effect> effects = new TreeMap<>();
  final List<Flight> flights = new ArrayList<>();
  final Set<Late> late = new TreeSet<>();
  final Set<Traffic.Message> messages = new TreeSet<>();

  /** Of refusals that participants remember, the attempt they were given to. */
  final Map<String, Integer> refusedAt = new TreeMap<>();

  final Map<String, Child> children = new TreeMap<>();
  int posted;
  int crashes;
  int letters;
  int faults;
  int timeouts;
  int duplicates;
  int signals;

  World() {}

  World(Sketch.Limits limits) {
    crashes = limits.crashes();
    letters = limits.letters();
    faults = limits.faults();
    timeouts = limits.timeouts();
    duplicates = limits.duplicates();
    signals = limits.signals();
  }

  World copy() {
    World copy = new World();
    copy.durable = durable;
    copy.live = live;
    copy.durableMemory = durableMemory;
    copy.liveMemory = liveMemory;
    copy.clock = clock;
    copy.effects.putAll(effects);
    copy.flights.addAll(flights);
    copy.late.addAll(late);
    copy.messages.addAll(messages);
    copy.refusedAt.putAll(refusedAt);
    copy.children.putAll(children);
    copy.posted = posted;
    copy.crashes = crashes;
    copy.letters = letters;
    copy.faults = faults;
    copy.timeouts = timeouts;
    copy.duplicates = duplicates;
    copy.signals = signals;
    return copy;
  }

  Instant now() {
    return Instant.ofEpochSecond(clock);
  }

  boolean isFinal() {
    return live.isFinal();
  }

  /** What tells this world from others; times count only as far as they lie ahead. */
  String key(SagaPlan plan) {
    StringBuilder key = new StringBuilder(512);
    describe(plan, live, liveMemory, key);
    if (durable != live) {
      key.append("/durable/");
      describe(plan, durable, durableMemory, key);
    }
    key.append(effects).append(late).append(children).append(messages).append(refusedAt);
    flights.stream().map(this::describe).sorted().forEach(key::append);
    key.append(crashes).append(',').append(letters).append(',');
    key.append(faults).append(',').append(timeouts).append(',').append(duplicates).append(',');
    key.append(signals);
    return key.toString();
  }

  private String describe(Flight flight) {
    return flight + (flight.carried() == null ? "" : flight.carried().text());
  }

  private void describe(SagaPlan plan, SagaState state, Memory memory, StringBuilder key) {
    key.append(state.phase()).append(state.paused()).append(state.anyCompensated());
    key.append(state.crashes()).append(ahead(state.deadline()));
    SagaEvent.AttentionNeeded attention = state.attention();
    key.append(attention == null ? "" : "!" + attention.step());
    for (SagaPlan.StepPlan plain : plan.allSteps()) {
      StepState step = state.of(plain.name());
      key.append(step.phase()).append(step.attempts()).append(step.maybeDone());
      key.append(step.maybeUndone()).append(step.forgiven()).append(ahead(step.wakeAt()));
      boolean replied = step.phase() == StepState.Phase.REPLIED;
      if (replied || step.phase() == StepState.Phase.TAKING_REPLY) {
        key.append(state.reply(plain.name()).refused()).append(state.reply(plain.name()).lasting());
      }
      if (plain.signal() != null) {
        key.append(state.signal(plain.signal()));
      }
    }
    key.append(state.completed()).append(state.branchData());
    key.append(state.phase() == SagaState.Phase.NEW ? "" : state.data().text());
    memory.describe(key);
  }

  private String ahead(@Nullable Instant at) {
    if (at == null) {
      return "-";
    }
    long seconds = Duration.between(now(), at).toSeconds();
    return seconds <= 0 ? "0" : Long.toString(seconds);
  }
}
