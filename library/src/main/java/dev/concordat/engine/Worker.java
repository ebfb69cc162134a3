package dev.concordat.engine;

import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox.Letter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a lease, claims what is due or abandoned, and hands letters to the instances it holds. Two
 * loops, so that slow claiming cannot cost the lease.
 */
final class Worker {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final int CLAIM_AT_ONCE = 100;
  private static final int LETTERS_AT_ONCE = 200;
  private static final Duration SLICE = Duration.ofMillis(50);
  static final String HANDED_OVER = "[{\"event\":\"HandedOver\"}]";
  private static final String TAKEN_OVER = "[{\"event\":\"TakenOver\"}]";

  private final Engine engine;
  private final Semaphore wakeUps = new Semaphore(0);
  private final Strays strays;
  private final Set<Long> reading = ConcurrentHashMap.newKeySet();
  private final Set<Long> missed = ConcurrentHashMap.newKeySet();
  private @Nullable Listening listening;
  private volatile long number;
  private volatile boolean ended;
  private volatile boolean over;
  private boolean troubled;
  private volatile boolean astray;

  Worker(Engine engine) {
    this.engine = engine;
    this.strays = new Strays(engine);
  }

  OptionalLong number() {
    return OptionalLong.of(number);
  }

  void start() {
    listening = engine.config().listens() ? new Listening(engine) : null;
    acquire();
    engine.platform().start("concordat-lease", this::keepLease);
    engine.platform().start("concordat-claims", this::claim);
  }

  /** Looks for strays at the next poll. */
  void astray() {
    astray = true;
  }

  void wake() {
    wakeUps.release();
  }

  private void acquire() {
    Leases.Lease lease = engine.store().leases().acquire(engine.config().lease(), engine.labels());
    number = lease.worker();
    engine.clock().set(lease.now());
  }

  private void keepLease() {
    Duration third = engine.config().lease().dividedBy(3);
    while (!over) {
      Duration next = third;
      try {
        renew();
      } catch (RuntimeException | Error e) {
        next = min(third, Duration.ofSeconds(1));
        LOG.warn(
            "The lease could not be renewed; trying again in {} ms. Should it end, another worker"
                + " takes over, and nothing is lost: {}",
            next.toMillis(),
            e.getMessage());
      }
      rest(next);
    }
  }

  private void rest(Duration time) {
    long end = engine.platform().nanos() + time.toNanos();
    while (!over && engine.platform().nanos() < end && paused(SLICE)) {
      // Short rests, so that the end of this worker is noticed.
    }
  }

  private void renew() {
    Optional<Instant> now = engine.store().leases().renew(number, engine.config().lease());
    if (now.isPresent()) {
      engine.clock().set(now.get());
      return;
    }
    if (ended) {
      // The lease was given up by our own shutdown, and a new one would be left behind.
      return;
    }
    LOG.warn(
        "This worker was silent for longer than its lease and others took over its {} instances; it"
            + " lets go of them and begins anew.",
        engine.held().size());
    List.copyOf(engine.held().values()).forEach(Instance::drop);
    acquire();
  }

  private void claim() {
    long lastLook = engine.platform().nanos() - engine.config().lease().toNanos();
    while (!ended) {
      try {
        boolean soon = troubled || astray;
        astray = false;
        boolean look = soon || engine.platform().nanos() - lastLook >= abandonedEvery().toNanos();
        if (look) {
          lastLook = engine.platform().nanos();
        }
        int claimed = claimDue() + (look ? claimAbandoned() + open(strays.find(number, soon)) : 0);
        deliverLetters();
        troubled = false;
        if (claimed > 0) {
          continue;
        }
      } catch (RuntimeException | Error e) {
        trouble(e);
      }
      await();
    }
  }

  /** Said once, until it works again. */
  private void trouble(Throwable e) {
    if (!troubled && !ended) {
      LOG.warn(
          "This worker cannot look for work, and tries again at every poll; what it already runs"
              + " goes on: {}",
          e.getMessage());
    }
    troubled = true;
  }

  private Duration abandonedEvery() {
    return min(engine.config().lease().dividedBy(4), Duration.ofSeconds(1));
  }

  private void await() {
    try {
      if (wakeUps.tryAcquire(
          engine.config().poll().toNanos(), java.util.concurrent.TimeUnit.NANOSECONDS)) {
        wakeUps.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = true;
    }
  }

  private int room() {
    return Math.min(CLAIM_AT_ONCE, engine.config().maxRunning() - engine.held().size());
  }

  private int claimDue() {
    int room = room();
    if (room <= 0 || ended) {
      return 0;
    }
    return open(engine.store().instances().claimDue(number, engine.labels(), room));
  }

  private int claimAbandoned() {
    int room = room();
    if (room <= 0 || ended) {
      return 0;
    }
    List<InstanceRow> rows =
        engine.store().instances().claimAbandoned(number, engine.labels(), room, TAKEN_OVER);
    if (!rows.isEmpty()) {
      LOG.info("took over {} instances of a worker whose lease had ended", rows.size());
    }
    int opened = open(rows);
    return rows.size() == room ? opened + claimAbandoned() : opened;
  }

  private int open(List<InstanceRow> rows) {
    for (InstanceRow row : rows) {
      Script<?, ?, ?, ?> script = engine.script(row.definition(), row.version());
      if (script != null) {
        open(script, row);
      }
    }
    return rows.size();
  }

  private <S, I, E, A> void open(Script<S, I, E, A> script, InstanceRow row) {
    Instance<S, I, E, A> instance = new Instance<>(engine, script, row);
    engine.hold(instance);
    engine.spawn(
        instance,
        () -> {
          List<Letter> letters =
              row.mail() == 0
                  ? List.of()
                  : engine.certain(() -> engine.store().mailbox().waitingFor(row.no()));
          engine.go(instance, instance.open(letters));
          lookAgainIfMissed(instance);
        });
  }

  private void deliverLetters() {
    Map<Long, List<Letter>> waiting =
        engine.store().mailbox().waiting(number, LETTERS_AT_ONCE).stream()
            .collect(Collectors.groupingBy(Letter::no));
    for (Map.Entry<Long, List<Letter>> letters : waiting.entrySet()) {
      Instance<?, ?, ?, ?> instance = engine.held().get(letters.getKey());
      // One thread for each instance, which asks for another look if there is more by its end.
      if (instance == null) {
        continue;
      }
      if (instance.isOpened() && reading.add(letters.getKey())) {
        read(instance, letters.getValue());
      } else {
        missed.add(letters.getKey());
        lookAgainIfMissed(instance);
      }
    }
  }

  /** Whoever ends last, the reader or this look, sees that a letter was left. */
  private void lookAgainIfMissed(Instance<?, ?, ?, ?> instance) {
    boolean free = instance.isOpened() && !reading.contains(instance.no());
    if (free && missed.remove(instance.no())) {
      wake();
    }
  }

  private <S, I, E, A> void read(Instance<S, I, E, A> instance, List<Letter> letters) {
    engine.spawn(
        instance,
        () -> {
          int before = instance.lettersTaken();
          try {
            for (Letter letter : letters) {
              engine.go(instance, instance.deliverLetter(letter));
            }
          } finally {
            reading.remove(instance.no());
            lookAgainIfMissed(instance);
            if (instance.lettersTaken() > before) {
              wake();
            }
          }
        });
  }

  /** Waits up to the grace for running attempts, then gives everything back. */
  void drain() {
    ended = true;
    wake();
    long end = engine.platform().nanos() + engine.config().grace().toNanos();
    List<Instance<?, ?, ?, ?>> left = new ArrayList<>(engine.held().values());
    while (!left.isEmpty()) {
      boolean force = engine.platform().nanos() > end;
      left.removeIf(instance -> givenBack(instance, force));
      if (!left.isEmpty() && !paused(Duration.ofMillis(5))) {
        break;
      }
    }
    stopLoops();
    // Others look at once for what was given back.
    engine.wakeAll();
    if (listening != null) {
      listening.close();
    }
    try {
      engine.store().leases().release(number);
    } catch (RuntimeException e) {
      LOG.warn(
          "The lease could not be ended; others take over when it runs out: {}", e.getMessage());
    }
  }

  private static boolean givenBack(Instance<?, ?, ?, ?> instance, boolean force) {
    try {
      return instance.giveBack(force);
    } catch (RuntimeException e) {
      LOG.warn(
          "'{}' could not be given back; another worker takes it over when the lease ends: {}",
          instance.id(),
          e.getMessage());
      return true;
    }
  }

  void kill() {
    ended = true;
    stopLoops();
    if (listening != null) {
      listening.kill();
    }
  }

  /** They are not interrupted: that would break the connection of whichever is asking something. */
  private void stopLoops() {
    over = true;
    wake();
  }

  private boolean paused(Duration time) {
    try {
      engine.platform().pause(time);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
