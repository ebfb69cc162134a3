package dev.concordat.test;

import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.platform.Platform;
import dev.concordat.engine.platform.SystemPlatform;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The machine's own clock and threads, which counts the threads at work, hears of those that die of
 * an error, and makes the short pauses between tries at a database shorter.
 */
final class TestPlatform implements Platform {

  private static final Set<String> LOOPS = Set.of("concordat-lease", "concordat-claims");
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration SHORTER = Duration.ofMillis(1);

  private final SystemPlatform real = new SystemPlatform();
  private final AtomicInteger working = new AtomicInteger();
  private final int life;
  private final Trace trace;
  private final SkippingClock clock;

  TestPlatform(int life, Trace trace, SkippingClock clock) {
    this.clock = clock;
    this.life = life;
    this.trace = trace;
  }

  /** How many threads are at work, without those that only look for work. */
  int working() {
    return working.get();
  }

  @Override
  public long nanos() {
    return real.nanos() + clock.skippedNanos();
  }

  @Override
  public double random() {
    return real.random();
  }

  @Override
  public UUID uuid() {
    return real.uuid();
  }

  @Override
  public Thread start(String name, Runnable work) {
    return real.start(name, LOOPS.contains(name) ? work : counted(name, work));
  }

  @Override
  public Thread startHeavy(String name, Runnable work) {
    return real.startHeavy(name, work);
  }

  private Runnable counted(String name, Runnable work) {
    working.incrementAndGet();
    return () -> {
      try {
        work.run();
      } catch (EngineStopped e) {
        trace.poke();
      } catch (RuntimeException | Error e) {
        trace.add(new Happening.ThreadDied(life, name, e));
      } finally {
        working.decrementAndGet();
        trace.poke();
      }
    };
  }

  @Override
  public Timer after(Duration delay, Runnable work) {
    return real.after(delay, () -> counted("concordat-timer", work).run());
  }

  @Override
  public void pause(Duration time) throws InterruptedException {
    real.pause(time.compareTo(SHORT) <= 0 ? SHORTER : time);
  }

  @Override
  public void close() {
    real.close();
  }
}
