package dev.concordat.atomic;

import dev.concordat.atomic.ThreePhaseDecision.Send;
import dev.concordat.atomic.ThreePhaseStep.Effect;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything there is at one moment of a three-phase commit: the durable rows, whoever drives, and
 * what drivers have asked. What a living driver asks may arrive at any time, any number of times,
 * and its answer may be lost; what it asked earlier, or before it died, may still arrive much
 * later, or never. An answer that comes late is like one that was lost: drivers never go back.
 *
 * @param rows by participant
 * @param drivers those that live
 * @param strays what was asked and may still arrive, if it would change anything
 * @param begun how many drivers there have been
 * @param decided what drivers have decided, living or dead
 */
record ThreePhaseWorld(
    Map<String, ThreePhaseStanding> rows,
    Map<String, ThreePhaseRound> drivers,
    Set<Send> strays,
    int begun,
    Set<Boolean> decided) {

  private static final Instant EARLY = Instant.EPOCH.plusSeconds(1);
  private static final Instant LATE = Instant.EPOCH.plusSeconds(1_000_000);

  /** The machine, or one with a mistake in it. */
  interface Decider {
    default ThreePhaseStep decide(ThreePhaseStanding standing, ThreePhaseRequest request) {
      return ThreePhaseMachine.decide(standing, request);
    }

    default ThreePhaseDecision decide(
        ThreePhasePlan plan, ThreePhaseRound round, ThreePhaseStimulus stimulus) {
      return ThreePhaseMachine.decide(plan, round, stimulus);
    }

    default long ballot(ThreePhasePlan plan, String participant, ThreePhaseStanding standing) {
      return plan.ballotAfter(standing.promised(), participant);
    }
  }

  /** What is tried. */
  record Setting(ThreePhasePlan plan, Set<String> refusing, Decider decider) {

    ThreePhaseWorld begin() {
      Map<String, ThreePhaseStanding> rows = new TreeMap<>();
      plan.names().forEach(name -> rows.put(name, ThreePhaseStanding.INITIAL));
      return new ThreePhaseWorld(rows, Map.of(), Set.of(), 0, Set.of());
    }

    /** What it asks in this phase, also of those who have answered: it may have asked twice. */
    private List<Send> sends(ThreePhaseRound round) {
      ThreePhaseRound deaf =
          new ThreePhaseRound(
              round.driver(),
              round.leads(),
              round.phase(),
              round.ballot(),
              round.commits(),
              Map.of(),
              round.until());
      return decider.decide(plan, deaf, new ThreePhaseStimulus.Tick(EARLY)).sends();
    }
  }

  ThreePhaseStanding row(String participant) {
    return Objects.requireNonNull(rows.get(participant));
  }

  /** Somebody else begins to drive. */
  private ThreePhaseWorld begins(Setting setting, String id, ThreePhaseRound round) {
    ThreePhaseStimulus begin = new ThreePhaseStimulus.Begin(EARLY);
    return new ThreePhaseWorld(rows, drivers, strays, begun + 1, decided)
        .drives(setting, id, setting.decider().decide(setting.plan(), round, begin).round());
  }

  /** It promises itself a ballot, and leads. */
  ThreePhaseWorld leads(Setting setting, String participant) {
    long ballot = setting.decider().ballot(setting.plan(), participant, row(participant));
    Map<String, ThreePhaseStanding> promised = new TreeMap<>(rows);
    promised.put(participant, row(participant).promising(ballot));
    return new ThreePhaseWorld(promised, drivers, strays, begun, decided)
        .begins(setting, participant, ThreePhaseRound.led(participant, ballot));
  }

  ThreePhaseWorld coordinates(Setting setting) {
    String name = "coordinator" + begun;
    return begins(setting, name, ThreePhaseRound.coordinated(name));
  }

  /** All have voted yes for a first coordinator, which has heard of it. */
  ThreePhaseWorld voted(Setting setting) {
    ThreePhaseWorld world = coordinates(setting);
    String id = "coordinator0";
    for (Send send : world.questions(setting, id)) {
      world = world.exchanges(setting, id, send, true);
    }
    return world;
  }

  /** Time has passed for that driver. */
  ThreePhaseWorld waits(Setting setting, String id) {
    return moves(setting, id, new ThreePhaseStimulus.Tick(LATE));
  }

  /** A driver is no more; what it knew is gone, what it asked may still arrive. */
  ThreePhaseWorld dies(Setting setting, String id) {
    Map<String, ThreePhaseRound> left = new TreeMap<>(drivers);
    ThreePhaseRound dead = Objects.requireNonNull(left.remove(id));
    return new ThreePhaseWorld(rows, left, strays, begun, decided)
        .straying(setting, setting.sends(dead));
  }

  /** What a driver asks now. */
  List<Send> questions(Setting setting, String id) {
    return setting.sends(Objects.requireNonNull(drivers.get(id)));
  }

  /** What a driver asks now arrives; the answer is heard, or lost. */
  ThreePhaseWorld exchanges(Setting setting, String id, Send send, boolean heard) {
    ThreePhaseWorld world = arrives(setting, send);
    return heard ? world.hears(setting, id, send.to(), world.row(send.to())) : world;
  }

  ThreePhaseWorld hears(
      Setting setting, String id, String participant, ThreePhaseStanding standing) {
    return moves(setting, id, new ThreePhaseStimulus.Answered(EARLY, participant, standing));
  }

  /** A request arrives, and nobody hears the answer. */
  ThreePhaseWorld arrives(Setting setting, Send send) {
    String name = send.to();
    ThreePhaseStep step = setting.decider().decide(row(name), send.request());
    boolean refuses = step.effect() == Effect.PREPARE && setting.refusing().contains(name);
    ThreePhaseStanding after = refuses ? ThreePhaseStanding.refused("no") : step.after();
    if (row(name).state().isFinal() && after.state() != row(name).state()) {
      throw new IllegalStateException("final is not final: " + row(name) + " became " + after);
    }
    if (step.effect() == Effect.ALARM) {
      throw new IllegalStateException(row(name) + " was told " + send.request());
    }
    if (after.equals(row(name))) {
      return this;
    }
    Map<String, ThreePhaseStanding> changed = new TreeMap<>(rows);
    changed.put(name, after);
    return new ThreePhaseWorld(changed, drivers, strays, begun, decided)
        .straying(setting, List.of());
  }

  private ThreePhaseWorld moves(Setting setting, String id, ThreePhaseStimulus stimulus) {
    ThreePhaseRound before = Objects.requireNonNull(drivers.get(id));
    ThreePhaseRound after = setting.decider().decide(setting.plan(), before, stimulus).round();
    if (after.equals(before)) {
      return this;
    }
    return after.phase() == before.phase()
        ? drives(setting, id, after)
        : drives(setting, id, after).straying(setting, setting.sends(before));
  }

  /**
   * Who has decided is taken for dead at once: what is left for it to say may arrive at any time,
   * and what it hears changes nothing more.
   */
  private ThreePhaseWorld drives(Setting setting, String id, ThreePhaseRound round) {
    Map<String, ThreePhaseRound> changed = new TreeMap<>(drivers);
    changed.put(id, round);
    if (round.isOver() || round.isDecided()) {
      changed.remove(id);
    }
    Set<Boolean> all = decided;
    if (round.isDecided()) {
      all = new HashSet<>(decided);
      all.add(round.commits());
    }
    return new ThreePhaseWorld(rows, changed, strays, begun, all)
        .straying(setting, round.isDecided() ? setting.sends(round) : List.of());
  }

  /** Keeps of what may still arrive only what would change something, now or when it has voted. */
  private ThreePhaseWorld straying(Setting setting, List<Send> more) {
    List<Send> all = new ArrayList<>(strays);
    all.addAll(more);
    Set<Send> kept = new HashSet<>();
    for (Send send : all) {
      ThreePhaseStanding row = row(send.to());
      ThreePhaseStep step = setting.decider().decide(row, send.request());
      boolean matters = !step.after().equals(row) || step.effect() == Effect.ALARM;
      if (matters || row.state() == ThreePhaseState.INITIAL) {
        kept.add(send);
      }
    }
    return new ThreePhaseWorld(rows, drivers, kept, begun, decided);
  }

  /** A short text that no other world has: whatever is equal gets the same number. */
  String key(Map<Object, Integer> numbers) {
    StringBuilder key = new StringBuilder();
    rows.values().forEach(row -> key.append(number(numbers, row)));
    drivers.forEach((id, round) -> key.append(number(numbers, round)));
    key.append('|');
    strays.stream().map(send -> number(numbers, send)).sorted().forEach(key::append);
    return key.append('|').append(begun).append(decided).toString();
  }

  private static char number(Map<Object, Integer> numbers, Object what) {
    return (char) ('~' + numbers.computeIfAbsent(what, ignored -> numbers.size() + 1));
  }

  /** Which law is broken here, if one is. */
  Optional<String> broken() {
    Set<Boolean> outcomes = new HashSet<>(decided);
    for (ThreePhaseStanding row : rows.values()) {
      if (row.state().isFinal()) {
        outcomes.add(row.state() == ThreePhaseState.COMMITTED);
      }
    }
    if (outcomes.size() > 1) {
      return Optional.of("one commits and another aborts: " + this);
    }
    boolean all = rows.values().stream().noneMatch(row -> row.coordinator().isEmpty());
    return outcomes.contains(true) && !all
        ? Optional.of("committed though not all voted yes: " + this)
        : Optional.empty();
  }

  /** Everything that is under way is lost. */
  ThreePhaseWorld losing() {
    return new ThreePhaseWorld(rows, drivers, Set.of(), begun, decided);
  }

  /** That participant leads, talks with these and nobody else, and is done with it. */
  ThreePhaseWorld led(Setting setting, String leader, Set<String> reachable) {
    ThreePhaseWorld world = leads(setting, leader);
    while (world.drivers.containsKey(leader)) {
      ThreePhaseWorld before = world;
      for (Send send : world.questions(setting, leader)) {
        if (world.drivers.containsKey(leader) && reachable.contains(send.to())) {
          world = world.exchanges(setting, leader, send, true);
        }
      }
      world = world.equals(before) ? world.waits(setting, leader) : world;
    }
    for (Send send : world.strays) {
      world = reachable.contains(send.to()) ? world.arrives(setting, send) : world;
    }
    return world;
  }

  /** All that drove are dead, nothing fails any more, and participants lead in turn. */
  ThreePhaseWorld ended(Setting setting) {
    ThreePhaseWorld world = new ThreePhaseWorld(rows, Map.of(), Set.of(), begun, decided);
    Set<String> all = rows.keySet();
    for (int turn = 0; turn < 3; turn++) {
      for (String name : all) {
        ThreePhaseState state = world.row(name).state();
        if (!state.isFinal() && state != ThreePhaseState.INITIAL) {
          world = world.led(setting, name, all);
        }
      }
    }
    return world;
  }

  /** Which law is broken by this end, if one is: who has voted must come to an end. */
  Optional<String> stuck() {
    boolean stuck =
        rows.values().stream()
            .map(ThreePhaseStanding::state)
            .anyMatch(state -> state != ThreePhaseState.INITIAL && !state.isFinal());
    return stuck ? Optional.of("it does not end: " + this) : broken();
  }
}
