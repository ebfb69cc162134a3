package dev.concordat.engine;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Entry;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Store;
import dev.concordat.store.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives instances: takes them in, lets their actions be performed in threads, and knows which are
 * in hand. The {@link Worker} claims; this runs. Thread-safe.
 */
public final class Engine {

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private static final Duration FIRST_WAIT = Duration.ofMillis(20);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
  // A worker's clock is set at every renewal of its lease; one without a worker asks by itself.
  private static final Duration CLOCK_AGE = Duration.ofSeconds(10);
  private static final long NEVER = Long.MAX_VALUE;

  private final Store store;
  private final Platform platform;
  private final EngineConfig config;
  private final Coalescer coalescer;
  private final DatabaseClock clock;
  private final Numbers numbers;
  private final Rings rings;
  private final Map<String, Script<?, ?, ?, ?>> scripts = new ConcurrentHashMap<>();
  private final Map<Long, Instance<?, ?, ?, ?>> held = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<Object>> endings = new ConcurrentHashMap<>();
  private final @Nullable Worker worker;
  private volatile boolean stopping;

  /**
   * An engine on that store.
   *
   * @param works whether to run instances, or only to start them and leave them to other workers
   */
  public Engine(
      Store store,
      Platform platform,
      EngineConfig config,
      List<? extends Script<?, ?, ?, ?>> scripts,
      boolean works) {
    this.store = store;
    this.platform = platform;
    this.config = config;
    this.numbers = new Numbers(store.instances());
    this.rings = new Rings(store.bell(), platform);
    scripts.forEach(script -> this.scripts.put(label(script), script));
    this.clock = new DatabaseClock(platform, store.leases().now());
    this.coalescer = new Coalescer(store.journal(), platform, config.maxBatch());
    this.worker = works ? new Worker(this) : null;
  }

  /** Begins to claim and run; returns once the worker has its lease. */
  public void start() {
    if (worker != null) {
      worker.start();
    }
  }

  static String label(Script<?, ?, ?, ?> script) {
    return script.name() + "@" + script.version();
  }

  /** The script of that definition, or null if this engine does not have it. */
  public @Nullable Script<?, ?, ?, ?> script(String name, int version) {
    return scripts.get(name + "@" + version);
  }

  List<String> labels() {
    return scripts.keySet().stream().sorted().toList();
  }

  /** The store. */
  public Store store() {
    return store;
  }

  /** Time, chance and threads. */
  public Platform platform() {
    return platform;
  }

  EngineConfig config() {
    return config;
  }

  /** The database's time. */
  public Instant now() {
    if (worker == null && clock.isOlderThan(CLOCK_AGE)) {
      clock.set(soon(store.leases()::now));
    }
    return clock.now();
  }

  DatabaseClock clock() {
    return clock;
  }

  /** A number for a new instance; fails if the database does not answer. */
  public long nextNumber() {
    return numbers.next();
  }

  /** Who owns what is started here, or empty if it is left to whoever claims it. */
  public OptionalLong owner() {
    return worker == null || stopping || held.size() >= config.maxRunning()
        ? OptionalLong.empty()
        : worker.number();
  }

  /**
   * An instance may be held in this worker's name that it has dropped: its birth went unanswered.
   */
  void astray() {
    if (worker != null) {
      worker.astray();
    }
  }

  /** Looks for work at once instead of at the next poll. */
  public void wake() {
    if (worker != null) {
      worker.wake();
    }
  }

  /** There is work for the instance, or for whoever claims it: wakes this worker, and others. */
  public void wakeFor(long no) {
    wake();
    if (!holds(no)) {
      rings.ring();
    }
  }

  /** Wakes this worker and all others. */
  public void wakeAll() {
    wake();
    rings.ring();
  }

  /**
   * Takes in a new instance that this worker owns.
   *
   * @param ridesIn whether its first entry may be written together with its first local step
   */
  public <S, I, E, A> Instance<S, I, E, A> take(
      Script<S, I, E, A> script, NewInstance born, boolean ridesIn) {
    if (stopping) {
      throw new EngineStopped();
    }
    Instance<S, I, E, A> instance = new Instance<>(this, script, born, ridesIn);
    held.put(born.no(), instance);
    return instance;
  }

  /** Starts a thread whose errors are logged, not printed, and which may end when we stop. */
  void spawn(Instance<?, ?, ?, ?> instance, Runnable work) {
    platform.start("concordat-" + instance.id(), guarded(instance, work));
  }

  Runnable guarded(Instance<?, ?, ?, ?> instance, Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (EngineStopped e) {
        LOG.debug("'{}' is left to another worker: this one is stopping", instance.id());
      } catch (RuntimeException | Error e) {
        LOG.error(
            "'{}' is stopped here by an error of ours; it is claimed again shortly. Its journal is"
                + " as it was.",
            instance.id(),
            e);
        instance.drop();
      }
    };
  }

  /** Performs actions and all they lead to, in threads of their own. */
  public <S, I, E, A> void go(Instance<S, I, E, A> instance, List<A> actions) {
    for (A action : actions) {
      spawn(instance, () -> run(instance, List.of(action)));
    }
    if (actions.isEmpty()) {
      instance.rest();
    }
  }

  /** Performs inside actions in this thread for as long as there is one, the rest in others. */
  public <S, I, E, A> void goHere(
      Script<S, I, E, A> script, Instance<S, I, E, A> instance, List<A> actions) {
    List<A> next = actions;
    while (next.size() == 1 && script.isInside(next.get(0)) && !stopping) {
      next = instance.perform(next.get(0));
    }
    go(instance, next);
  }

  private <S, I, E, A> void run(Instance<S, I, E, A> instance, List<A> actions) {
    List<A> next = actions;
    while (!next.isEmpty() && !stopping) {
      A last = next.get(next.size() - 1);
      go0(instance, next.subList(0, next.size() - 1));
      next = instance.perform(last);
    }
    if (stopping) {
      instance.undone(next.size());
    } else {
      instance.rest();
    }
  }

  private <S, I, E, A> void go0(Instance<S, I, E, A> instance, List<A> actions) {
    if (!actions.isEmpty()) {
      go(instance, actions);
    }
  }

  Map<Long, Instance<?, ?, ?, ?>> held() {
    return held;
  }

  void hold(Instance<?, ?, ?, ?> instance) {
    held.put(instance.no(), instance);
  }

  void forget(Instance<?, ?, ?, ?> instance) {
    held.remove(instance.no(), instance);
  }

  /**
   * The instance is no longer held; who awaits its end hears of it, or asks the store from now on.
   */
  void released(Instance<?, ?, ?, ?> instance) {
    CompletableFuture<Object> ending = endings.remove(instance.no());
    if (ending != null) {
      ending.complete(instance.state());
    }
  }

  /** Whether this engine holds the instance now. */
  public boolean holds(long no) {
    return held.containsKey(no);
  }

  /** Completed when this worker lets go of the instance: with the state it then has. */
  public CompletableFuture<Object> ending(long no) {
    return endings.computeIfAbsent(no, key -> new CompletableFuture<>());
  }

  /** Nobody waits for that ending any more. */
  public void forgetEnding(long no) {
    endings.remove(no);
  }

  /** An instance whose first write rode with a local step turned out to exist already. */
  public static final class BornTwice extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BornTwice() {
      super("another instance has this id", null, false, false);
    }
  }

  /**
   * Writes a first entry, whose author waits for the answer, and not for ever unless it is a parent
   * instance.
   *
   * @throws RefusedException if the database could not be reached in time, or a transaction that
   *     makes the same instance has not ended by then: nothing was written
   * @throws OutcomeUnknownException if the answer was lost and could not be found in time
   */
  public Write.Result writeFirst(Write write) {
    NewInstance born = write.insert();
    boolean patient = born != null && born.parent().isPresent();
    long giveUpAt = patient ? NEVER : platform.nanos() + config.patience().toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      Write.Result result =
          patient ? writePatiently(write) : coalescer.write(write, left(giveUpAt));
      if (result != Write.Result.BUSY) {
        return result;
      }
      if (stopping) {
        throw new EngineStopped();
      }
      if (isOver(giveUpAt)) {
        throw busy();
      }
      pause(wait);
      wait = longer(wait);
    }
  }

  private static RefusedException busy() {
    return new RefusedException(
        "an instance of this id is being started in a transaction that has not ended; nothing was"
            + " started here. Start it again with the same id once that has ended.");
  }

  private Write.Result writePatiently(Write write) {
    try {
      return coalescer.write(write);
    } catch (OutcomeUnknownException e) {
      return Write.Result.BUSY;
    }
  }

  private Duration left(long giveUpAt) {
    return Duration.ofNanos(Math.max(0, giveUpAt - platform.nanos()));
  }

  private boolean isOver(long nanos) {
    return nanos != NEVER && platform.nanos() - nanos >= 0;
  }

  private static Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : twice;
  }

  Write.Result write(Write write) {
    return coalescer.write(write);
  }

  List<Entry> readJournal(long no) {
    return certain(() -> store.journal().read(no));
  }

  /** Asks a question of the database until it answers. */
  public <T> T certain(Supplier<T> question) {
    return certain(question, NEVER);
  }

  /**
   * Asks a question of the database for a caller, who does not wait for ever.
   *
   * @throws RefusedException or {@link OutcomeUnknownException}, as the last try did, once the
   *     patience is over
   */
  public <T> T soon(Supplier<T> question) {
    return certain(question, platform.nanos() + config.patience().toNanos());
  }

  private <T> T certain(Supplier<T> question, long giveUpAt) {
    Duration wait = FIRST_WAIT;
    while (true) {
      if (stopping && wait.compareTo(FIRST_WAIT) > 0) {
        throw new EngineStopped();
      }
      try {
        return question.get();
      } catch (OutcomeUnknownException | RefusedException e) {
        if (isOver(giveUpAt)) {
          throw e;
        }
        pause(wait);
      }
      wait = longer(wait);
    }
  }

  private void pause(Duration wait) {
    try {
      platform.pause(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineStopped();
    }
  }

  /** Whether this engine is shutting down or was killed. */
  public boolean isStopping() {
    return stopping;
  }

  /**
   * Shuts down in order: takes nothing new, waits up to the grace for running attempts, gives every
   * instance back so that other workers take it at once, and ends the lease.
   */
  public void close() {
    if (stopping) {
      return;
    }
    stopping = true;
    Platform.Timer end =
        platform.after(config.grace().plus(config.lease()), () -> coalescer.close());
    if (worker != null) {
      worker.drain();
    }
    end.cancel();
    coalescer.close();
    end();
  }

  private void end() {
    endings.values().forEach(ending -> ending.completeExceptionally(new EngineStopped()));
    store.close();
    platform.close();
  }

  /**
   * Stops as a killed process would: nothing is written, nothing is given back. For crash tests.
   */
  public void kill() {
    stopping = true;
    coalescer.close();
    if (worker != null) {
      worker.kill();
    }
    held.values().forEach(Instance::drop);
    end();
  }
}
