package dev.concordat.engine.platform;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The machine's own clock, randomness and virtual threads. */
public final class SystemPlatform implements Platform {

  private final ScheduledThreadPoolExecutor timers;

  /** Starts the timer thread. */
  public SystemPlatform() {
    timers =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("concordat-timers").factory());
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public double random() {
    return ThreadLocalRandom.current().nextDouble();
  }

  @Override
  public UUID uuid() {
    return UUID.randomUUID();
  }

  @Override
  public Thread start(String name, Runnable work) {
    return Thread.ofVirtual().name(name).start(work);
  }

  @Override
  public Thread startHeavy(String name, Runnable work) {
    return Thread.ofPlatform().daemon().name(name).start(work);
  }

  @Override
  public Timer after(Duration delay, Runnable work) {
    try {
      ScheduledFuture<?> future =
          timers.schedule(
              () -> start("concordat-timer", work),
              Math.max(0, delay.toNanos()),
              TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public void pause(Duration time) throws InterruptedException {
    Thread.sleep(time);
  }

  @Override
  public void close() {
    timers.shutdownNow();
  }
}
