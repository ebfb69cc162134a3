package dev.concordat.examples.run;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.Law;
import dev.concordat.examples.process.Child;
import dev.concordat.saga.Story;
import java.util.List;
import java.util.Optional;

/** One run of a scenario. */
final class SagaRun {

  private static final int SHOWN = 20;
  private static final int READ = 500;

  private final SagaStage stage;
  private final Options options;
  private final Job job;
  private final Watcher watcher;
  private Child worker;
  private boolean killed;

  SagaRun(SagaStage stage, Options options, long first, Watcher watcher) {
    this.stage = stage;
    this.options = options;
    this.job = stage.job(options, first);
    this.watcher = watcher;
    this.worker = stage.workers().take();
  }

  Result run() {
    stage.tell(options.fail().map("refuse "::concat).orElse("accept"));
    if (options.killAt().isPresent()) {
      stage.workers().prepare();
    }
    worker.say(job.toJson());
    Tally tally = listen();
    // The tables exist now, so there is something to look at.
    try (Concordat looking = Concordat.on(stage.source(stage.scenario().home())).client()) {
      Instances instances = new Instances(looking.operator(), job);
      mend(instances);
      Result result = result(instances, tally);
      worker.ask(Worker.CLOSE, SagaStage.PATIENCE);
      stage.workers().release(worker);
      return result;
    }
  }

  /** Hears the worker out; if it is to be killed, its successor too. */
  private Tally listen() {
    while (true) {
      String line = worker.hear(SagaStage.PATIENCE);
      if (line.startsWith(Worker.PROGRESS)) {
        int ended = Integer.parseInt(line.substring(Worker.PROGRESS.length()));
        watcher.progress(ended, options.runs());
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
    killed = true;
    worker = stage.workers().take();
    try (Concordat looking = Concordat.on(stage.source(stage.scenario().home())).client()) {
      Story story = looking.operator().show(instance);
      watcher.killed(
          new Watcher.Killing(
              dead.pid(), instance, options.killAt().orElse(""), story, worker.pid()));
    }
    worker.say(job.withoutStop().toJson());
  }

  /**
   * A refusal after the pivot cannot be compensated: the instance waits for a person. Here that
   * person mends the service and says retry.
   */
  private void mend(Instances instances) {
    List<String> parked =
        options.fail().isEmpty() ? List.of() : instances.ids(Status.NEEDS_ATTENTION);
    if (!parked.isEmpty()) {
      watcher.mending(parked.size());
      stage.tell("accept");
      instances.retry(parked);
    }
  }

  private Result result(Instances instances, Tally tally) {
    List<Story> stories = instances.stories(READ);
    Evidence evidence = stage.evidence(stories);
    List<Law.Finding> laws =
        stage.scenario().laws().stream().map(law -> law.check(evidence)).toList();
    return new Result(
        stage.scenario().name(),
        stage.scenario().pattern(),
        options.runs(),
        instances.outcomes(),
        laws,
        options.runs() <= SHOWN ? stories : List.of(),
        List.of(),
        killed ? Optional.empty() : Optional.of(tally),
        killed);
  }
}
