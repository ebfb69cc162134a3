package dev.concordat.examples.run;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.broker.Wire;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.peers.Instructions;
import dev.concordat.examples.peers.Line;
import dev.concordat.examples.peers.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The program that is a service which talks by messages, in a process of its own. Its first line of
 * input says which; the others are commands. It ends when there is nobody left to read from.
 */
public final class PeerProcess {

  static final String UP = "up";
  static final String TELL = "tell ";
  static final String BEGIN = "begin ";
  static final String OK = "ok";

  private static final int CONNECTIONS = 10;
  private static final int AT_ONCE = 4;

  private final PeerScenario scenario;
  private final Line line;
  private final Peer.Running running;

  private PeerProcess(PeerJob job) {
    this.scenario = Scenarios.overBroker(job.scenario());
    HikariDataSource database = Pools.open(job.jdbcUrl(), CONNECTIONS);
    this.line =
        new Line(
            database,
            Wire.to(job.broker(), job.address(), job.topology()),
            Duration.ofMillis(job.timeoutMillis()),
            Duration.ofMillis(job.leaseMillis()),
            job.instructions());
    this.running = peer(job.peer()).start(line);
  }

  private Peer peer(String name) {
    return scenario.peers().stream()
        .filter(peer -> peer.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no service is named " + name));
  }

  /** Is one service, as told by its input. */
  public static void main(String[] args) throws IOException {
    System.out.println(Worker.READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String job = commands.readLine();
    if (job != null) {
      PeerProcess process = new PeerProcess(PeerJob.read(job));
      System.out.println(UP);
      for (String told = commands.readLine(); told != null; told = commands.readLine()) {
        process.obey(told);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private void obey(String command) {
    if (command.startsWith(TELL)) {
      line.tell(Instructions.read(command.substring(TELL.length())));
      System.out.println(OK);
    } else if (command.startsWith(BEGIN)) {
      Beginning beginning = Beginning.read(command.substring(BEGIN.length()));
      // Reading goes on meanwhile, because the end of the input is the end of this process.
      Thread.ofPlatform().daemon().name("begin").start(() -> beginOrDie(beginning));
    } else if (command.equals(Worker.CLOSE)) {
      running.close();
      System.out.println(Worker.CLOSED);
    }
  }

  /** Whoever waits for this process learns of every error by its end. */
  private void beginOrDie(Beginning beginning) {
    try {
      begin(beginning);
    } catch (RuntimeException | Error | InterruptedException | ExecutionException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private void begin(Beginning beginning) throws InterruptedException, ExecutionException {
    AtomicLong next = new AtomicLong(beginning.first());
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      for (int i = 0; i < AT_ONCE; i++) {
        callers.add(threads.submit(() -> beginNext(beginning, next)));
      }
    }
    for (Future<?> caller : callers) {
      caller.get();
    }
  }

  private void beginNext(Beginning beginning, AtomicLong next) {
    long last = beginning.last();
    for (long n = next.getAndIncrement(); n <= last; n = next.getAndIncrement()) {
      running.begin(scenario.id(n), n, beginning.isUnlucky(n));
    }
  }
}
