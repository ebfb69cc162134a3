package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.examples.SagaScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.Surroundings;
import dev.concordat.examples.db.Pools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The program that is a worker, in a process of its own. It is an application that uses Concordat:
 * it starts instances and runs them. After a crash another one simply starts the same instances
 * again: those that exist are the same by their ids, and those the dead one was running are taken
 * over when its lease has ended.
 */
public final class Worker {

  static final String READY = "ready";
  static final String PROGRESS = "progress ";
  static final String AT = "at ";
  static final String DONE = "done ";
  static final String CLOSE = "close";
  static final String CLOSED = "closed";

  private static final int CONNECTIONS = 12;

  private @Nullable HikariDataSource database;
  private @Nullable Concordat concordat;

  private Worker() {}

  /** Does one job after the other, as told by its input. */
  public static void main(String[] args) throws IOException {
    Worker worker = new Worker();
    System.out.println(READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals(CLOSE)) {
        worker.close();
        System.out.println(CLOSED);
      } else {
        Job job = Job.read(line);
        // Reading goes on meanwhile, because the end of the input is the end of this process.
        Thread.ofPlatform().daemon().name("job").start(() -> worker.workOrDie(job));
      }
    }
    Runtime.getRuntime().halt(0);
  }

  /** Whoever waits for this process learns of every error by its end. */
  private void workOrDie(Job job) {
    try {
      work(job, Scenarios.saga(job.scenario()));
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private <S> void work(Job job, SagaScenario<S> scenario) {
    Surroundings around = new Surroundings(job.addresses(), job.refuse());
    var saga = scenario.saga(around);
    HikariDataSource pool = Pools.open(job.jdbcUrl(), CONNECTIONS);
    Concordat running =
        Concordat.on(pool)
            .sagas(saga)
            .listener(new StandStill(job.stopAt()))
            .lease(Duration.ofMillis(job.leaseMillis()))
            .start();
    database = pool;
    concordat = running;
    Tally tally = new Load<>(running, saga, scenario, job).run();
    System.out.println(DONE + tally.toJson());
  }

  private void close() {
    if (concordat != null) {
      concordat.close();
      concordat = null;
    }
    if (database != null) {
      database.close();
      database = null;
    }
  }
}
