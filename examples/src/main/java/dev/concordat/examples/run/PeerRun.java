package dev.concordat.examples.run;

import dev.concordat.core.Status;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.Law;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.Told;
import dev.concordat.examples.peers.Instructions;
import dev.concordat.examples.peers.StandStill;
import dev.concordat.examples.process.Child;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** One run of a scenario whose services talk over a broker. */
final class PeerRun {

  private static final int SHOWN = 20;
  private static final long LOOK_EVERY_NANOS = 20_000_000;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What came last to its end may still have messages under way. */
  private static final Duration REST = Duration.ofSeconds(60);

  private static final String NAMED =
      "while a service was down, the tracker named what was missing";

  private final PeerStage stage;
  private final PeerScenario scenario;
  private final Options options;
  private final Beginning beginning;
  private final Watcher watcher;
  private final Outage outage;
  private final Evidence evidence;
  private final Mender mender;
  private final Unrest unrest;
  private final List<Law.Finding> sightings = new ArrayList<>();
  private Instructions told;
  private boolean killed;
  private boolean mended;

  PeerRun(PeerStage stage, Options options, long first, Watcher watcher) {
    this.stage = stage;
    this.scenario = stage.scenario();
    this.options = options;
    this.beginning = new Beginning(first, options.runs(), options.unluckyEvery());
    this.watcher = watcher;
    this.outage = new Outage(stage.broker(), stage.createdAt(), options, watcher);
    this.evidence = stage.evidence();
    this.mender = new Mender(List.copyOf(stage.databases().values()));
    this.told = options.instructions(scenario);
    this.unrest = new Unrest(options.killAt().isPresent() ? Optional.empty() : scenario.restless());
  }

  Result run() {
    if (options.killAt().isPresent()) {
      stage.spares().prepare();
    }
    long began = System.nanoTime();
    peer(scenario.beginner()).say(PeerProcess.BEGIN + beginning.toJson());
    Map<Status, Long> outcomes = awaitEnd();
    long took = System.nanoTime() - began;
    outage.end();
    if (!told.equals(Instructions.NONE)) {
      stage.peers().values().forEach(peer -> stage.tell(peer, Instructions.NONE));
    }
    List<Law.Finding> laws = new ArrayList<>(lawsAtRest());
    laws.addAll(sightings);
    return new Result(
        scenario.name(),
        scenario.pattern(),
        options.runs(),
        outcomes,
        laws,
        List.of(),
        options.runs() <= SHOWN ? told() : List.of(),
        killed || outage.happened() ? Optional.empty() : tally(took),
        killed);
  }

  private Child peer(String name) {
    Child child = stage.peers().get(name);
    if (child == null) {
      throw new IllegalStateException("there is no service " + name);
    }
    return child;
  }

  /** Looks on until all have ended, or nothing has moved for long. */
  private Map<Status, Long> awaitEnd() {
    Map<Status, Long> outcomes = Map.of();
    long moved = System.nanoTime();
    while (System.nanoTime() - moved < PATIENCE.plus(outage.length()).toNanos()) {
      listen();
      unrest.due().ifPresent(name -> replace(name, peer(name), "", Unrest.MOMENT));
      mend();
      Map<Status, Long> now = scenario.outcomes(evidence, beginning.first(), beginning.last());
      if (!now.equals(outcomes)) {
        outcomes = now;
        moved = System.nanoTime();
        watcher.progress((int) ended(now), options.runs());
      }
      if (outage.look(ended(now)) && ended(now) == options.runs()) {
        return now;
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return outcomes;
  }

  private static long ended(Map<Status, Long> outcomes) {
    return outcomes.entrySet().stream()
        .filter(outcome -> outcome.getKey().isFinal())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Hears whether a service stands at the moment at which it is to be killed. */
  private void listen() {
    for (Map.Entry<String, Child> peer : Map.copyOf(stage.peers()).entrySet()) {
      Optional<String> said = peer.getValue().heard();
      if (said.isPresent() && said.get().startsWith(StandStill.AT)) {
        String instance = said.get().substring(StandStill.AT.length());
        replace(peer.getKey(), peer.getValue(), instance, options.killAt().orElse(""));
        told = told.withoutStop();
      }
    }
  }

  private void replace(String name, Child dead, String instance, String moment) {
    dead.kill();
    stage.spares().forget(dead);
    killed = true;
    List<String> missing = missing(instance, moment);
    Child successor = stage.succeed(name, told.withoutStop());
    watcher.lost(new Watcher.Loss(name, dead.pid(), instance, moment, missing, successor.pid()));
    if (name.equals(scenario.beginner())) {
      successor.say(PeerProcess.BEGIN + beginning.toJson());
    }
  }

  /** Asks the tracker what is missing now, until it knows. */
  private List<String> missing(String instance, String moment) {
    long end = System.nanoTime() + REST.toNanos();
    Optional<List<String>> missing = scenario.missing(evidence, instance, moment);
    while (missing.isPresent() && missing.get().isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      missing = scenario.missing(evidence, instance, moment);
    }
    missing.ifPresent(names ->
        sightings.add(
            new Law.Finding(
                NAMED,
                !names.isEmpty(),
                names.isEmpty() ? List.of("nothing of " + instance) : List.of())));
    return missing.orElse(List.of());
  }

  /**
   * What is refused when nothing can be compensated any more waits for a person. Here that person
   * mends the service when all have come to rest, and lets the messages be tried again.
   */
  private void mend() {
    if (options.fail().isEmpty() || mended) {
      return;
    }
    long waiting = mender.waiting();
    Map<Status, Long> now = scenario.outcomes(evidence, beginning.first(), beginning.last());
    if (waiting == 0 || waiting + ended(now) < options.runs()) {
      return;
    }
    mended = true;
    watcher.mending((int) waiting);
    told = new Instructions("", told.deafTo(), told.stopAt());
    stage.peers().values().forEach(peer -> stage.tell(peer, told));
    mender.replay();
  }

  private List<Law.Finding> lawsAtRest() {
    long end = System.nanoTime() + REST.plus(outage.length()).toNanos();
    List<Law.Finding> found = laws();
    while (!found.stream().allMatch(Law.Finding::holds) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      found = laws();
    }
    return found;
  }

  private List<Law.Finding> laws() {
    Evidence all = new Evidence(evidence.databases(), scenario.stories(evidence));
    return scenario.laws().stream().map(law -> law.check(all)).toList();
  }

  private List<Told> told() {
    return LongStream.rangeClosed(beginning.first(), beginning.last())
        .mapToObj(number -> scenario.told(evidence, scenario.id(number)))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Tally> tally(long took) {
    List<Double> millis = scenario.millis(evidence, beginning.first(), beginning.last());
    long[] nanos = millis.stream().mapToLong(ms -> (long) (ms * 1e6)).toArray();
    return nanos.length == 0 ? Optional.empty() : Optional.of(Tally.of(nanos, took));
  }
}
