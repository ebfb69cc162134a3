package dev.concordat.examples.run;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.Law;
import dev.concordat.examples.Told;
import dev.concordat.examples.outside.Fault;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.examples.process.Child;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** One run of a scenario that holds something for a moment. */
final class HoldRun {

  private static final int SHOWN = 20;
  private static final long LOOK_EVERY_NANOS = 200_000_000;
  private static final Duration REST = Duration.ofSeconds(60);

  private final HoldStage stage;
  private final HoldScenario scenario;
  private final Options options;
  private final Job job;
  private final Watcher watcher;
  private final List<Killed> deaths = new ArrayList<>();
  private Child worker;

  /** A worker's death. */
  private record Killed(String instance, Instant at) {}

  HoldRun(HoldStage stage, Options options, long first, Watcher watcher) {
    this.stage = stage;
    this.scenario = stage.scenario();
    this.options = options;
    this.job = stage.job(options, first);
    this.watcher = watcher;
    this.worker = stage.workers().take();
  }

  Result run() {
    prepare();
    worker.say(job.toJson());
    try (Onlooker onlooker = new Onlooker(scenario.always(), stage.evidence())) {
      Tally tally = listen();
      List<Law.Finding> laws = new ArrayList<>(lawsAtRest());
      laws.addAll(onlooker.findings());
      Result result = result(laws, tally);
      worker.ask(Worker.CLOSE, SagaStage.PATIENCE);
      stage.workers().release(worker);
      return result;
    }
  }

  private void prepare() {
    if (scenario.outside().isPresent()) {
      boolean refuses = options.fail().filter(step -> !step.equals("hold")).isPresent();
      stage.misbehave(refuses ? Fault.REFUSE : options.gateway().orElse(Fault.NONE));
    } else {
      stage.tell(options.fail().map("refuse "::concat).orElse("accept"));
    }
    if (options.killAt().isPresent()) {
      stage.workers().prepare();
    }
  }

  /** Hears the worker out; if it is to be killed, its successor too. */
  private Tally listen() {
    while (true) {
      String line = worker.hear(SagaStage.PATIENCE);
      if (line.startsWith(Worker.PROGRESS)) {
        int ended = Integer.parseInt(line.substring(Worker.PROGRESS.length()));
        watcher.progress(ended, options.runs());
      } else if (line.startsWith(HoldWorker.LISTENS)) {
        stage.tell("call " + line.substring(HoldWorker.LISTENS.length()));
      } else if (line.startsWith(Worker.AT)) {
        replace(line.substring(Worker.AT.length()));
      } else if (line.startsWith(Worker.DONE)) {
        return Tally.read(line.substring(Worker.DONE.length()));
      }
    }
  }

  private void replace(String instance) {
    Child dead = worker;
    dead.kill();
    stage.workers().forget(dead);
    deaths.add(new Killed(instance, Instant.now()));
    worker = stage.workers().take();
    watcher.news(
        "Killed the worker (process %d) with SIGKILL in %s at '%s'; process %d recovers."
            .formatted(dead.pid(), instance, options.killAt().orElse(""), worker.pid()));
    worker.say(job.withoutStop().toJson());
  }

  /** What comes late is still put right after the last instance has ended. */
  private List<Law.Finding> lawsAtRest() {
    long end = System.nanoTime() + REST.plus(options.lease()).toNanos();
    settle();
    List<Law.Finding> found = laws();
    while (!found.stream().allMatch(Law.Finding::holds) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      settle();
      found = laws();
    }
    return found;
  }

  /** The day is over: who settles by a file sends it. */
  private void settle() {
    if (scenario.outside().filter(OutsideSystem::callsBack).isPresent()) {
      try (Concordat telling = Concordat.on(stage.source(HoldScenario.HOME)).client()) {
        Settlements.take(stage.outside(), telling);
      }
    }
  }

  private List<Law.Finding> laws() {
    return scenario.laws().stream().map(law -> law.check(stage.evidence())).toList();
  }

  private Result result(List<Law.Finding> laws, Tally tally) {
    try (Concordat looking = Concordat.on(stage.source(HoldScenario.HOME)).client()) {
      List<Told> told = told(looking);
      boolean killed = !deaths.isEmpty();
      return new Result(
          scenario.name(),
          scenario.pattern(),
          options.runs(),
          outcomes(),
          laws,
          List.of(),
          told,
          killed ? Optional.empty() : Optional.of(tally),
          killed);
    }
  }

  private List<Told> told(Concordat looking) {
    return options.runs() > SHOWN
        ? List.of()
        : LongStream.range(job.first(), job.first() + job.runs())
            .mapToObj(number -> withDeath(scenario.told(looking, scenario.id(number))))
            .toList();
  }

  /** Its journal knows nothing of the death, so it is told beside it. */
  private Told withDeath(Told told) {
    List<Told.Moment> moments = new ArrayList<>(told.moments());
    for (Killed death : deaths) {
      if (death.instance().equals(told.id())) {
        long before = moments.stream().filter(it -> it.at().isBefore(death.at())).count();
        String text =
            "killed with SIGKILL at '" + options.killAt().orElse("") + "'; another worker recovers";
        moments.add((int) before, new Told.Moment("Killed", "", death.at(), text, Told.Mark.BAD));
      }
    }
    return new Told(told.id(), told.status(), moments);
  }

  private Map<Status, Long> outcomes() {
    Map<Status, Long> outcomes = new EnumMap<>(Status.class);
    String sql = "SELECT status, id FROM concordat.instance";
    for (String row : stage.evidence().rows(HoldScenario.HOME, sql)) {
      String[] words = row.split(" ", 2);
      if (isOurs(words[1])) {
        outcomes.merge(Status.valueOf(words[0]), 1L, Long::sum);
      }
    }
    return outcomes;
  }

  private boolean isOurs(String id) {
    String start = scenario.name() + "-";
    if (!id.startsWith(start) || !id.substring(start.length()).matches("[0-9]{1,18}")) {
      return false;
    }
    long number = Long.parseLong(id.substring(start.length()));
    return number >= job.first() && number < job.first() + job.runs();
  }
}
