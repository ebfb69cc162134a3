package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.NotNowException;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.Told.Mark;
import dev.concordat.examples.db.Pools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program that is a coordinator, in a process of its own: an application that executes
 * transactions over several databases. After a crash another one executes those again that nobody
 * was answered about, with the same ids; what the dead one left in doubt it finds by itself.
 */
public final class Coordinator {

  static final String UP = "up";
  static final String ANSWER = "answer ";
  static final String MOMENT = "moment ";
  static final String UNKNOWN = "UNKNOWN";

  private static final int CONNECTIONS = 16;
  private static final int AT_ONCE = 8;
  private static final long PAUSE_NANOS = 50_000_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

  /**
   * Something that happened, as it is told.
   *
   * @param id of the transaction
   */
  record Said(String id, String type, String step, Instant at, String text, Mark mark) {}

  private final AtomicJob job;
  private final AtomicScenario scenario;
  private final List<HikariDataSource> pools = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private @Nullable Concordat concordat;

  private Coordinator(AtomicJob job) {
    this.job = job;
    this.scenario = Scenarios.atomic(job.scenario());
  }

  /** Does one job after the other, as told by its input. */
  public static void main(String[] args) throws IOException {
    System.out.println(Worker.READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Coordinator working = null;
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals(Worker.CLOSE)) {
        if (working != null) {
          working.close();
        }
        System.out.println(Worker.CLOSED);
      } else {
        Coordinator begun = new Coordinator(AtomicJob.read(line));
        working = begun;
        // Reading goes on meanwhile, because the end of the input is the end of this process.
        Thread.ofPlatform().daemon().name("job").start(begun::workOrDie);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  /** Whoever waits for this process learns of every error by its end. */
  private void workOrDie() {
    try {
      work();
    } catch (RuntimeException | Error | InterruptedException | ExecutionException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private void work() throws InterruptedException, ExecutionException {
    TwoPhaseCommit commit = start();
    System.out.println(UP);
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < Math.min(AT_ONCE, job.numbers().size()); i++) {
        callers.add(threads.submit(() -> callAll(commit)));
      }
    }
    for (Future<?> caller : callers) {
      caller.get();
    }
    System.out.println(Worker.DONE);
  }

  private TwoPhaseCommit start() {
    Protocol protocol = new Protocol(job.stopAt(), scenario.id(job.stopNumber()), this::tell);
    TwoPhase plan = TwoPhase.named(scenario.name()).grace(Duration.ofMillis(job.graceMillis()));
    for (int i = 0; i < job.jdbcUrls().size(); i++) {
      plan = with(plan, scenario.databases().get(i), job.jdbcUrls().get(i));
    }
    Concordat running = Concordat.on(pools.getFirst()).wrappingBranches(protocol).start();
    concordat = running;
    return running.twoPhaseCommit(plan);
  }

  private TwoPhase with(TwoPhase plan, String database, String url) {
    if (scenario.resources().contains(database)) {
      return plan.xa(database, Home.resource(url));
    }
    HikariDataSource pool = Pools.open(url, CONNECTIONS);
    pools.add(pool);
    return plan.database(database, pool);
  }

  private void tell(String id, String type, String step, String text, Mark mark) {
    if (job.tells()) {
      Said said = new Said(id, type, step, Instant.now(), text, mark);
      System.out.println(MOMENT + JsonMapper.shared().writeValueAsString(said));
    }
  }

  /** One caller: executes a transaction until it knows how that ended, and takes the next. */
  private void callAll(TwoPhaseCommit commit) {
    int size = job.numbers().size();
    for (int i = next.getAndIncrement(); i < size; i = next.getAndIncrement()) {
      long number = job.numbers().get(i);
      long began = System.nanoTime();
      String answer = call(commit, number);
      long micros = (System.nanoTime() - began) / 1000;
      System.out.println(ANSWER + number + " " + answer + " " + micros);
    }
  }

  /**
   * What is refused because a database does not answer is tried again, and so is what nobody knows
   * of: with the same id, so that it is done once.
   */
  private String call(TwoPhaseCommit commit, long number) {
    String id = scenario.id(number);
    long end = System.nanoTime() + PATIENCE_NANOS;
    Outcome<String> outcome = execute(commit, number);
    while (outcome instanceof Outcome.Unknown && System.nanoTime() < end) {
      LockSupport.parkNanos(PAUSE_NANOS);
      outcome = commit.outcome(id, String.class);
      if (outcome instanceof Outcome.Unknown) {
        outcome = execute(commit, number);
      }
    }
    return switch (outcome) {
      case Outcome.Done<String> done -> {
        tell(id, "Done", "", "the caller is told: done, " + done.value(), Mark.DONE);
        yield "DONE";
      }
      case Outcome.Refused<String> refused -> {
        tell(id, "Refused", "", "the caller is told: refused, " + refused.reason(), Mark.BAD);
        yield "REFUSED";
      }
      case Outcome.Unknown<String> unknown -> {
        tell(id, "Unknown", "", "the caller is told: unknown, " + unknown.detail(), Mark.BAD);
        yield UNKNOWN;
      }
    };
  }

  /** A refusal that is not the business's is worth another try. */
  private Outcome<String> execute(TwoPhaseCommit commit, long number) {
    String id = scenario.id(number);
    AtomicBoolean refusedHere = new AtomicBoolean(!job.refuse().isEmpty());
    tell(id, "Begun", "", "an attempt begins", Mark.NOTE);
    Outcome<String> outcome =
        commit.execute(
            id,
            tx -> {
              try {
                return scenario.work(tx, number, job.isUnlucky(number), job.refuse());
              } catch (NotNowException e) {
                throw e;
              } catch (RefusedException e) {
                refusedHere.set(true);
                throw e;
              }
            });
    return outcome instanceof Outcome.Refused<String> refused && !refusedHere.get()
        ? new Outcome.Unknown<>(refused.reason())
        : outcome;
  }

  private void close() {
    if (concordat != null) {
      concordat.close();
    }
    pools.forEach(HikariDataSource::close);
  }
}
