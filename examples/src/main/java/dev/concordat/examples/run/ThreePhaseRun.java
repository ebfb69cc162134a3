package dev.concordat.examples.run;

import dev.concordat.core.Status;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.Law;
import dev.concordat.examples.Told;
import dev.concordat.examples.Transfer3pcScenario;
import dev.concordat.examples.process.Child;
import dev.concordat.examples.threephase.CoordinatorProcess;
import dev.concordat.examples.threephase.Job;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** One run of transfers by three-phase commit. */
final class ThreePhaseRun {

  private static final int SHOWN = 20;
  private static final long LOOK_EVERY_NANOS = 50_000_000;
  private static final Duration REST = Duration.ofSeconds(60);

  /** How long a cut lasts at most; it heals once those who can decide have decided. */
  private static final Duration CUT = Duration.ofSeconds(15);

  private final ThreePhaseStage stage;
  private final Transfer3pcScenario scenario;
  private final Options options;
  private final Watcher watcher;
  private final Evidence evidence;
  private final Job job;
  private final long last;
  private Child coordinator;
  private boolean killed;
  private boolean cut;

  ThreePhaseRun(ThreePhaseStage stage, Options options, long first, Watcher watcher) {
    this.stage = stage;
    this.scenario = stage.scenario();
    this.options = options;
    this.watcher = watcher;
    this.evidence = stage.evidence();
    this.last = first + options.runs() - 1;
    this.job =
        new Job(
            first,
            options.runs(),
            options.unluckyEvery(),
            stage.network().routesOfCoordinator(),
            options.killAt().or(options::cut).orElse(""),
            options.isUnsafe(),
            options.lease().toMillis());
    this.coordinator = start(job);
  }

  private Child start(Job told) {
    Child child = Child.start("coordinator", stage.folder(), CoordinatorProcess.class);
    child.say(told.toJson());
    return child;
  }

  Result run() {
    long began = System.nanoTime();
    long[] nanos;
    try {
      nanos = listen();
    } finally {
      coordinator.kill();
      stage.network().heal();
    }
    long took = System.nanoTime() - began;
    List<Law.Finding> laws = lawsAtRest();
    return new Result(
        scenario.name(),
        scenario.pattern(),
        options.runs(),
        scenario.outcomes(evidence, job.first(), last),
        laws,
        List.of(),
        options.runs() <= SHOWN ? told() : List.of(),
        killed || cut ? Optional.empty() : Optional.of(Tally.of(nanos, took)),
        killed || cut);
  }

  /** Hears the coordinator out; if it is killed, its successor too. */
  private long[] listen() {
    while (true) {
      String line = coordinator.hear(SagaStage.PATIENCE);
      if (line.startsWith(CoordinatorProcess.PROGRESS)) {
        String ended = line.substring(CoordinatorProcess.PROGRESS.length());
        watcher.progress(Integer.parseInt(ended), options.runs());
      } else if (line.startsWith(CoordinatorProcess.AT)) {
        disturb(line.substring(CoordinatorProcess.AT.length()));
      } else if (line.startsWith(CoordinatorProcess.DONE)) {
        String times = line.substring(CoordinatorProcess.DONE.length()).strip();
        return Arrays.stream(times.split(" ")).mapToLong(Long::parseLong).toArray();
      }
    }
  }

  private void disturb(String gid) {
    if (options.killAt().isPresent()) {
      Child dead = coordinator;
      dead.kill();
      killed = true;
      coordinator = start(job.withoutStop());
      watcher.lost(
          new Watcher.Loss(
              "coordinator", dead.pid(), gid, job.phase(), List.of(), coordinator.pid()));
      return;
    }
    cut = true;
    stage.network().part();
    watcher.cut(gid, job.phase());
    coordinator.say(CoordinatorProcess.GO);
    Map<String, String> states = awaitSides(gid);
    stage.network().heal();
    watcher.healed(gid, states);
  }

  /** Waits until whoever can decide without the other side has decided. */
  private Map<String, String> awaitSides(String gid) {
    long end = System.nanoTime() + CUT.toNanos();
    Map<String, String> states = states(gid);
    while (!isAsDecidedAsCanBe(states) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      states = states(gid);
    }
    return states;
  }

  private Map<String, String> states(String gid) {
    return Transfer3pcScenario.states(evidence, "gid = '" + gid + "'").getOrDefault(gid, Map.of());
  }

  /** A service alone may have to wait, unless the textbook's rule lets it guess. */
  private boolean isAsDecidedAsCanBe(Map<String, String> states) {
    boolean others =
        states.entrySet().stream()
            .filter(state -> !state.getKey().equals("debit"))
            .allMatch(state -> isFinal(state.getValue()));
    boolean alone = isFinal(states.getOrDefault("debit", ""));
    return others && (alone || (!options.isUnsafe() && states.size() > 1));
  }

  private static boolean isFinal(String state) {
    return state.equals("COMMITTED") || state.equals("ABORTED");
  }

  private List<Law.Finding> lawsAtRest() {
    long end = System.nanoTime() + REST.toNanos();
    List<Law.Finding> found = laws();
    while (!isAtRest(found) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      found = laws();
    }
    return found;
  }

  /** What is split stays split, so nothing is gained by waiting for it to heal. */
  private boolean isAtRest(List<Law.Finding> laws) {
    Map<Status, Long> outcomes = scenario.outcomes(evidence, job.first(), last);
    return !outcomes.containsKey(Status.RUNNING)
        && (options.showsSplit() || laws.stream().allMatch(Law.Finding::holds));
  }

  private List<Law.Finding> laws() {
    return scenario.laws().stream().map(law -> law.check(evidence)).toList();
  }

  private List<Told> told() {
    return LongStream.rangeClosed(job.first(), last)
        .mapToObj(number -> scenario.told(evidence, CoordinatorProcess.id(number)))
        .toList();
  }
}
