package dev.concordat.examples.threephase;

import dev.concordat.Concordat;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseTermination;
import dev.concordat.core.Outcome;
import dev.concordat.http.ThreePhaseHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The program that is the coordinator, in a process of its own. It keeps nothing: after it was
 * killed another one executes the same transfers again, and those that were begun end by their
 * participants. Its first line of input is its job; it ends when there is nobody left to read from.
 */
public final class CoordinatorProcess {

  /** What a line begins with when it stands still; the transfer's id follows. */
  public static final String AT = "at ";

  /** What a line begins with that says how many transfers have ended. */
  public static final String PROGRESS = "progress ";

  /** What a line begins with that says that all have; their times follow, in nanoseconds. */
  public static final String DONE = "done";

  /** The command to go on. */
  public static final String GO = "go";

  private static final int AT_ONCE = 4;
  private static final int WARMING = 5;

  private final Job job;
  private final Gate gate;
  private final ThreePhaseCommit commit;
  private final ThreePhaseCommit unhindered;
  private final ThreePhasePlan plan;
  private final ThreePhasePlan patient;
  private final AtomicLong next;
  private final AtomicInteger ended = new AtomicInteger();
  private final List<Long> nanos = new ArrayList<>();

  private CoordinatorProcess(Job job) {
    this.job = job;
    Routes routes = new Routes();
    routes.learn(Routes.line(job.ports()));
    ThreePhaseHttp http = new ThreePhaseHttp(routes);
    this.unhindered = Concordat.threePhaseCommit(http);
    this.gate = new Gate(http, job.phase().isEmpty() ? null : Phase.of(job.phase()));
    this.commit = Concordat.threePhaseCommit(gate);
    Map<String, String> addresses = new TreeMap<>();
    Transfers.SERVICES.forEach(name -> addresses.put(name, Routes.address(name)));
    this.plan =
        ThreePhasePlan.among(addresses)
            .patience(Duration.ofMillis(job.patienceMillis()))
            .termination(
                job.unsafe() ? ThreePhaseTermination.UNSAFE_TIMEOUT : ThreePhaseTermination.QUORUM);
    this.patient = ThreePhasePlan.among(addresses).patience(Duration.ofMinutes(1));
    this.next = new AtomicLong(job.first());
  }

  /** The id of the transfer with that number. */
  public static String id(long number) {
    return "transfer-" + number;
  }

  /** Coordinates, as told by its input. */
  public static void main(String[] args) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String first = commands.readLine();
    if (first != null) {
      CoordinatorProcess process = new CoordinatorProcess(Job.read(first));
      Thread.ofPlatform().daemon().name("transfers").start(process::workOrDie);
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        process.gate.open();
      }
    }
    Runtime.getRuntime().halt(0);
  }

  /** Whoever waits for this process learns of every error by its end. */
  private void workOrDie() {
    try {
      warmUp();
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        clients.add(Thread.ofVirtual().start(this::transfer));
      }
      for (Thread client : clients) {
        client.join();
      }
      StringBuilder times = new StringBuilder(DONE);
      nanos.forEach(time -> times.append(' ').append(time));
      System.out.println(times);
    } catch (RuntimeException | InterruptedException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  /**
   * In processes that have just begun the first transfer may take longer than the patience, and
   * would be given up before it comes to the phase that is to be looked at.
   */
  private void warmUp() {
    for (int n = 0; n < WARMING; n++) {
      var unused = unhindered.execute("warm-up " + (char) ('a' + n), patient, Transfers.nothing());
    }
  }

  private void transfer() {
    long end = job.first() + job.runs();
    for (long n = next.getAndIncrement(); n < end; n = next.getAndIncrement()) {
      long began = System.nanoTime();
      Outcome<String> outcome;
      do {
        outcome = commit.execute(id(n), plan, Transfers.work(n, job.isUnlucky(n)));
      } while (outcome instanceof Outcome.Unknown);
      note(System.nanoTime() - began);
    }
  }

  private synchronized void note(long time) {
    nanos.add(time);
    System.out.println(PROGRESS + ended.incrementAndGet());
  }
}
