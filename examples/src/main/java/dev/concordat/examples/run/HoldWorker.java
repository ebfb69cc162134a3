package dev.concordat.examples.run;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.reservation.CallbackSignature;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The program that starts and runs instances which hold something for a moment, in a process of its
 * own. After a crash another one starts the same instances again: those that exist are the same.
 */
public final class HoldWorker {

  /** What it says when it can be called back, with the address. */
  static final String LISTENS = "listens ";

  private static final int CONNECTIONS = 12;
  private static final int AT_ONCE = 32;
  private static final int PROGRESS_STEPS = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int MAX_BODY = 65_536;

  private final Job job;
  private final HoldScenario scenario;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final long[] nanos;
  private @Nullable HikariDataSource database;
  private @Nullable Concordat concordat;
  private @Nullable HttpServer callbacks;

  private HoldWorker(Job job) {
    this.job = job;
    this.scenario = Scenarios.holding(job.scenario());
    this.nanos = new long[job.runs()];
  }

  /** Does one job after the other, as told by its input. */
  public static void main(String[] args) throws IOException {
    System.out.println(Worker.READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    HoldWorker working = null;
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals(Worker.CLOSE)) {
        if (working != null) {
          working.close();
        }
        System.out.println(Worker.CLOSED);
      } else {
        HoldWorker begun = new HoldWorker(Job.read(line));
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
    } catch (RuntimeException | Error | IOException | InterruptedException | ExecutionException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private void work() throws IOException, InterruptedException, ExecutionException {
    StandStill still = new StandStill(job.stopAt());
    HoldScenario.Work work =
        scenario.work(new HoldScenario.Around(job.addresses(), job.refuse(), still::reached));
    HikariDataSource pool = Pools.open(job.jdbcUrl(), CONNECTIONS);
    database = pool;
    Concordat running =
        work.declare(Concordat.on(pool)).lease(Duration.ofMillis(job.leaseMillis())).start();
    concordat = running;
    if (scenario.outside().filter(OutsideSystem::callsBack).isPresent()) {
      listen(running, work);
    }
    long began = System.nanoTime();
    runAll(running, work);
    System.out.println(Worker.DONE + Tally.of(nanos, System.nanoTime() - began).toJson());
  }

  private void listen(Concordat running, HoldScenario.Work work) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    callbacks = server;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/callback", exchange -> calledBack(running, work, exchange));
    server.start();
    System.out.println(LISTENS + "http://127.0.0.1:" + server.getAddress().getPort() + "/callback");
  }

  /** Answered only when it is durable, so that it comes again if it is not. */
  private static void calledBack(Concordat running, HoldScenario.Work work, HttpExchange exchange) {
    try (exchange) {
      int answer;
      try {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY);
        String header = exchange.getRequestHeaders().getFirst(CallbackSignature.HEADER);
        work.calledBack(running, header == null ? "" : header, body);
        answer = 204;
      } catch (RefusedException e) {
        answer = 401;
      } catch (RuntimeException e) {
        answer = 503;
      }
      exchange.sendResponseHeaders(answer, -1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void runAll(Concordat running, HoldScenario.Work work)
      throws InterruptedException, ExecutionException {
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < Math.min(AT_ONCE, job.runs()); i++) {
        callers.add(threads.submit(() -> runOneByOne(running, work)));
      }
    }
    for (Future<?> caller : callers) {
      caller.get();
    }
  }

  private void runOneByOne(Concordat running, HoldScenario.Work work) {
    for (int i = next.getAndIncrement(); i < job.runs(); i = next.getAndIncrement()) {
      long began = System.nanoTime();
      long number = job.first() + i;
      work.run(running, scenario.id(number), number, job.isUnlucky(number), PATIENCE);
      nanos[i] = System.nanoTime() - began;
      tell(ended.incrementAndGet());
    }
  }

  private void tell(int done) {
    long percent = (long) done * PROGRESS_STEPS / job.runs();
    if (percent > (long) (done - 1) * PROGRESS_STEPS / job.runs()) {
      System.out.println(Worker.PROGRESS + done);
    }
  }

  private void close() {
    if (callbacks != null) {
      callbacks.stop(0);
    }
    if (concordat != null) {
      concordat.close();
    }
    if (database != null) {
      database.close();
    }
  }
}
