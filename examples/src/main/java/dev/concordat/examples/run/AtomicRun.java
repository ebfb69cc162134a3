package dev.concordat.examples.run;

import dev.concordat.core.Status;
import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.Evidence;
import dev.concordat.examples.Law;
import dev.concordat.examples.Told;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.process.Child;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import tools.jackson.databind.json.JsonMapper;

/** One run of a scenario whose databases change together. */
final class AtomicRun {

  private static final int SHOWN = 20;
  private static final long LOOK_EVERY_NANOS = 1_000_000;
  private static final Duration REST = Duration.ofSeconds(60);

  private final AtomicStage stage;
  private final AtomicScenario scenario;
  private final Options options;
  private final long first;
  private final Watcher watcher;
  private final Trouble trouble;
  private final AtomicJob job;
  private final Map<Long, String> answers = new TreeMap<>();
  private final List<Coordinator.Said> said = new ArrayList<>();
  private final long[] nanos;
  private Child coordinator;
  private boolean up;
  private boolean done;
  private boolean killed;

  AtomicRun(AtomicStage stage, Options options, long first, Watcher watcher, Trouble trouble) {
    this.stage = stage;
    this.scenario = stage.scenario();
    this.options = options;
    this.first = first;
    this.watcher = watcher;
    this.trouble = trouble;
    this.nanos = new long[options.runs()];
    this.job =
        new AtomicJob(
            scenario.name(),
            trouble.urls(),
            first,
            options.unluckyEvery(),
            numbers(),
            options.fail().orElse(""),
            options.killAt().orElse(""),
            first + options.runs() / 2,
            options.runs() <= SHOWN,
            options.lease().toMillis());
    this.coordinator = stage.coordinators().take();
  }

  private List<Long> numbers() {
    return LongStream.range(first, first + options.runs()).boxed().toList();
  }

  Result run() {
    if (options.killAt().isPresent()) {
      stage.coordinators().prepare();
    }
    long began = System.nanoTime();
    coordinator.say(job.toJson());
    List<Law.Finding> laws;
    try (Onlooker onlooker = new Onlooker(scenario.always(), stage.evidence())) {
      listen();
      long took = System.nanoTime() - began;
      note();
      laws = new ArrayList<>(lawsAtRest());
      laws.addAll(onlooker.findings());
      close();
      return result(laws, took);
    }
  }

  /** Hears the coordinator out; if it is killed, its successor too. */
  private void listen() {
    long heard = System.nanoTime();
    while (!done || !trouble.look(answers.size())) {
      if (hear()) {
        heard = System.nanoTime();
      } else if (System.nanoTime() - heard > SagaStage.PATIENCE.toNanos()) {
        throw new IllegalStateException("The coordinator has come to a standstill.");
      } else {
        LockSupport.parkNanos(LOOK_EVERY_NANOS);
      }
      if (up) {
        var unused = trouble.look(answers.size());
      }
    }
  }

  /** One line, if there is one. */
  private boolean hear() {
    Optional<String> line = coordinator.heard();
    line.ifPresent(this::hear);
    return line.isPresent();
  }

  private void hear(String line) {
    if (line.startsWith(Coordinator.ANSWER)) {
      answered(line.split(" ", -1));
    } else if (line.startsWith(Coordinator.MOMENT)) {
      String moment = line.substring(Coordinator.MOMENT.length());
      said.add(JsonMapper.shared().readValue(moment, Coordinator.Said.class));
    } else if (line.startsWith(Worker.AT)) {
      replace(line.substring(Worker.AT.length()));
    } else if (line.equals(Coordinator.UP)) {
      up = true;
    } else if (line.equals(Worker.DONE)) {
      done = true;
    }
  }

  private void answered(String[] words) {
    long number = Long.parseLong(words[1]);
    answers.put(number, words[2]);
    nanos[(int) (number - first)] = Long.parseLong(words[3]) * 1000;
    watcher.progress(answers.size(), options.runs());
  }

  private void replace(String instance) {
    Child dead = coordinator;
    dead.kill();
    stage.coordinators().forget(dead);
    hearOut(dead);
    killed = true;
    trouble.end();
    coordinator = stage.coordinators().take();
    String moment = options.killAt().orElse("");
    watcher.news(
        "Killed the coordinator (process %d) with SIGKILL in %s at '%s'; process %d recovers."
            .formatted(dead.pid(), instance, moment, coordinator.pid()));
    said.add(
        new Coordinator.Said(
            instance,
            "Killed",
            "coordinator",
            Instant.now(),
            "killed with SIGKILL at '" + moment + "'; another one recovers",
            Told.Mark.BAD));
    List<Long> unanswered = numbers().stream().filter(n -> !answers.containsKey(n)).toList();
    coordinator.say(job.goOn(unanswered).toJson());
  }

  /** What it said before its death was said to its callers, and holds. */
  private void hearOut(Child dead) {
    try {
      while (true) {
        String line = dead.hear(SagaStage.PATIENCE);
        if (!line.startsWith(Worker.AT)) {
          hear(line);
        }
      }
    } catch (IllegalStateException e) {
      // That was its last word.
    }
  }

  /** The callers' notebook: what each was answered, for the laws to ask. */
  private void note() {
    StringBuilder rows = new StringBuilder("INSERT INTO answer VALUES ");
    answers.forEach((number, answer) ->
        rows.append(rows.charAt(rows.length() - 1) == ')' ? ", " : "")
            .append("('%s', '%s')".formatted(scenario.id(number), answer)));
    try (Connection connection = stage.source(AtomicScenario.CALLERS).getConnection()) {
      Sql.script(connection, rows.toString());
    } catch (SQLException e) {
      throw new IllegalStateException("cannot note the answers: " + e.getMessage(), e);
    }
  }

  private List<Law.Finding> lawsAtRest() {
    long end = System.nanoTime() + REST.plus(options.lease()).toNanos();
    List<Law.Finding> found = laws();
    while (!found.stream().allMatch(Law.Finding::holds) && System.nanoTime() < end) {
      while (hear()) {
        // Recovery goes on, and tells of it.
      }
      LockSupport.parkNanos(20 * LOOK_EVERY_NANOS);
      found = laws();
    }
    return found;
  }

  private List<Law.Finding> laws() {
    Evidence evidence = stage.evidence();
    return scenario.laws().stream().map(law -> law.check(evidence)).toList();
  }

  private void close() {
    coordinator.say(Worker.CLOSE);
    String line = coordinator.hear(SagaStage.PATIENCE);
    while (!line.equals(Worker.CLOSED)) {
      hear(line);
      line = coordinator.hear(SagaStage.PATIENCE);
    }
    stage.coordinators().release(coordinator);
  }

  private Result result(List<Law.Finding> laws, long took) {
    boolean whole = !killed && !options.databases().isTroubled();
    return new Result(
        scenario.name(),
        scenario.pattern(),
        options.runs(),
        outcomes(),
        laws,
        List.of(),
        options.runs() <= SHOWN ? numbers().stream().map(this::told).toList() : List.of(),
        whole ? Optional.of(Tally.of(nanos, took)) : Optional.empty(),
        killed);
  }

  private Map<Status, Long> outcomes() {
    Map<Status, Long> outcomes = new EnumMap<>(Status.class);
    numbers().forEach(number -> outcomes.merge(status(number), 1L, Long::sum));
    return outcomes;
  }

  /** Aborted is what this pattern calls it when nothing is left in any database. */
  private Status status(long number) {
    return switch (answers.getOrDefault(number, Coordinator.UNKNOWN)) {
      case "DONE" -> Status.COMPLETED;
      case "REFUSED" -> Status.COMPENSATED;
      default -> Status.RUNNING;
    };
  }

  private Told told(long number) {
    String id = scenario.id(number);
    List<Told.Moment> moments =
        said.stream()
            .filter(one -> one.id().equals(id))
            .map(one -> new Told.Moment(one.type(), one.step(), one.at(), one.text(), one.mark()))
            .toList();
    return new Told(id, status(number), moments);
  }
}
