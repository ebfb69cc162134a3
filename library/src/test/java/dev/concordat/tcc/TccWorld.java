package dev.concordat.tcc;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is at one moment of a search: the journal and what a worker holds in memory,
 * what participants hold, calls under way and calls lost in the network, and the clock.
 */
final class TccWorld {

  /** What a participant holds under a branch's id. */
  enum Held {
    NOTHING,
    HELD,
    CONFIRMED,
    CANCELLED,
    EXPIRED
  }

  enum Way {
    OPEN,
    /** Its time limit passed, or its instance was opened anew, and it still goes on. */
    EXPIRED
  }

  /** A call being made. */
  record Flight(TccAction action, Way way) {
    @Override
    public String toString() {
      return action + (way == Way.OPEN ? "" : " (" + way + ")");
    }
  }

  /** A request that left a worker and may arrive at any time. */
  record Late(TccOperation operation, String branch) implements Comparable<Late> {
    @Override
    public int compareTo(Late that) {
      return toString().compareTo(that.toString());
    }
  }

  /** How much may go wrong, and how often somebody asks something. */
  record Limits(int faults, int timeouts, int crashes, int letters) {}

  TccState durable = TccState.EMPTY;
  TccState live = TccState.EMPTY;
  long clock;
  final Map<String, Held> held = new TreeMap<>();
  final List<Flight> flights = new ArrayList<>();
  final Set<Late> late = new TreeSet<>();
  // What an onlooker who reads events has seen.
  final Set<String> seenTried = new TreeSet<>();
  final Set<String> durablyTried = new TreeSet<>();
  // Whose participant did something by itself.
  final Set<String> meddled = new HashSet<>();
  int faults;
  int timeouts;
  int crashes;
  int letters;

  TccWorld(TccPlan plan, Limits limits) {
    plan.branches().forEach(branch -> held.put(branch.name(), Held.NOTHING));
    faults = limits.faults();
    timeouts = limits.timeouts();
    crashes = limits.crashes();
    letters = limits.letters();
  }

  TccWorld(TccWorld from) {
    durable = from.durable;
    live = from.live;
    clock = from.clock;
    held.putAll(from.held);
    flights.addAll(from.flights);
    late.addAll(from.late);
    seenTried.addAll(from.seenTried);
    durablyTried.addAll(from.durablyTried);
    meddled.addAll(from.meddled);
    faults = from.faults;
    timeouts = from.timeouts;
    crashes = from.crashes;
    letters = from.letters;
  }

  /** What is in memory is on the disk. */
  void write() {
    durable = live;
    durablyTried.clear();
    durablyTried.addAll(seenTried);
  }

  /** What is not on the disk is lost. */
  void lose() {
    live = durable;
    seenTried.clear();
    seenTried.addAll(durablyTried);
  }

  Instant now() {
    return Instant.ofEpochSecond(clock);
  }

  /** The participant does what it is asked, as its fence lets it; what it answers. */
  TccAnswer ask(TccOperation operation, String branch) {
    late.remove(new Late(operation, branch));
    Held now = held.getOrDefault(branch, Held.NOTHING);
    return switch (operation) {
      case TRY ->
          switch (now) {
            case NOTHING, HELD -> becomes(branch, Held.HELD);
            case CONFIRMED -> no(TccAnswer.Code.CONFIRMED);
            case CANCELLED, EXPIRED -> no(TccAnswer.Code.CANCELLED);
          };
      case CONFIRM ->
          switch (now) {
            case HELD, CONFIRMED -> becomes(branch, Held.CONFIRMED);
            case NOTHING -> no(TccAnswer.Code.NOT_TRIED);
            case CANCELLED -> no(TccAnswer.Code.CANCELLED);
            case EXPIRED -> no(TccAnswer.Code.EXPIRED);
          };
      case CANCEL ->
          now == Held.CONFIRMED ? no(TccAnswer.Code.CONFIRMED) : becomes(branch, Held.CANCELLED);
    };
  }

  private TccAnswer becomes(String branch, Held next) {
    held.put(branch, next);
    return new TccAnswer.Done("null");
  }

  private static TccAnswer no(TccAnswer.Code code) {
    return new TccAnswer.Refused(code, "no");
  }

  /** A request without an answer, unless it can change nothing any more. */
  void mayArrive(TccOperation operation, String branch) {
    Held now = held.getOrDefault(branch, Held.NOTHING);
    boolean idle =
        switch (operation) {
          case TRY -> now != Held.NOTHING;
          case CONFIRM -> now != Held.HELD;
          case CANCEL -> now == Held.CANCELLED || now == Held.CONFIRMED;
        };
    if (!idle) {
      late.add(new Late(operation, branch));
    }
  }

  /** What tells this world from others; times count only as far as they lie ahead. */
  String key() {
    StringBuilder key = new StringBuilder(256);
    describe(live, key);
    if (durable != live) {
      key.append("/durable/");
      describe(durable, key);
    }
    key.append(held.values()).append(late).append(seenTried).append(durablyTried).append(meddled);
    flights.stream().map(Flight::toString).sorted().forEach(key::append);
    key.append(faults).append(',').append(timeouts).append(',');
    key.append(crashes).append(',').append(letters);
    return key.toString();
  }

  private void describe(TccState state, StringBuilder key) {
    key.append(state.operation()).append(state.isFinal()).append(state.paused());
    key.append(state.crashes()).append(state.attention() != null);
    key.append(state.isNew() || state.decided() != null ? "" : ahead(state.deadline()));
    state
        .branches()
        .forEach((name, branch) -> {
          key.append(branch.phase()).append(branch.attempts()).append(branch.forgiven());
          key.append(branch.wakeAt() == null ? "" : ahead(branch.wakeAt()));
        });
  }

  private String ahead(@Nullable Instant at) {
    long seconds = at == null ? 0 : Duration.between(now(), at).toSeconds();
    return seconds <= 0 ? "+0" : "+" + seconds;
  }
}
