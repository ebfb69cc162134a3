package dev.concordat.examples.run;

import dev.concordat.Concordat;
import dev.concordat.examples.SagaScenario;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the instances of a job, a limited number at once, and waits for the end of each. */
final class Load<S> {

  private static final int AT_ONCE = 32;
  private static final int STEPS_OF_PROGRESS = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Concordat concordat;
  private final Saga<S> saga;
  private final SagaScenario<S> scenario;
  private final Job job;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final long[] nanos;

  Load(Concordat concordat, Saga<S> saga, SagaScenario<S> scenario, Job job) {
    this.concordat = concordat;
    this.saga = saga;
    this.scenario = scenario;
    this.job = job;
    this.nanos = new long[job.runs()];
  }

  Tally run() {
    long began = System.nanoTime();
    List<Future<?>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < Math.min(AT_ONCE, job.runs()); i++) {
        callers.add(threads.submit(this::call));
      }
    }
    callers.forEach(Load::rethrow);
    return Tally.of(nanos, System.nanoTime() - began);
  }

  /** One caller: starts an instance, waits for its end, and takes the next number. */
  private void call() {
    for (int i = next.getAndIncrement(); i < job.runs(); i = next.getAndIncrement()) {
      long began = System.nanoTime();
      long number = job.first() + i;
      String id = job.id(number);
      S input = scenario.input(id, number, job.isUnlucky(number));
      concordat.start(saga, id, input).await(PATIENCE);
      nanos[i] = System.nanoTime() - began;
      tell(ended.incrementAndGet());
    }
  }

  private void tell(int done) {
    long percent = (long) done * STEPS_OF_PROGRESS / job.runs();
    if (percent > (long) (done - 1) * STEPS_OF_PROGRESS / job.runs()) {
      System.out.println(Worker.PROGRESS + done);
    }
  }

  private static void rethrow(Future<?> caller) {
    try {
      caller.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
