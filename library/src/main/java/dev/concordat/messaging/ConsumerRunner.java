package dev.concordat.messaging;

import dev.concordat.core.MessageKey;
import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works for one consumer: one thread receives and tells the source what is done with, others handle
 * what came, and one tries again what is parked.
 */
final class ConsumerRunner implements Source.Lanes, ConsumerSlot.Finished {

  private static final Logger LOG = LoggerFactory.getLogger(ConsumerRunner.class);

  private static final Duration PATIENCE = Duration.ofMillis(20);
  private static final Duration BUSY = Duration.ofMillis(2);
  private static final Duration IDLE = Duration.ofMillis(100);
  private static final long GRACE_MS = 10_000;

  private final Engine engine;
  private final Consumer consumer;
  private final ConsumerMoments moments;
  private final Runnable committed;
  private final List<ConsumerSlot> slots = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, LaneClaim> claims = new HashMap<>();
  private final Queue<Piece> done = new ConcurrentLinkedQueue<>();
  private final AtomicInteger held = new AtomicInteger();
  private volatile boolean over;
  private volatile boolean killed;
  private volatile boolean fenced;
  private boolean open;
  private int turn;
  private @Nullable Thread receiver;

  /**
   * @param committed called after each transaction that handled something
   */
  ConsumerRunner(
      Engine engine, Consumer consumer, List<ConsumerListener> listeners, Runnable committed) {
    this.engine = engine;
    this.consumer = consumer;
    this.moments = new ConsumerMoments(consumer.name(), listeners);
    this.committed = committed;
    for (int i = 0; i < consumer.concurrency(); i++) {
      slots.add(new ConsumerSlot(engine, consumer, moments, this, () -> over));
    }
  }

  /**
   * Begins to receive and handle.
   *
   * @throws dev.concordat.core.RefusedException if the source's settings lose or repeat messages
   */
  void start() {
    engine.store().consumers().enter(consumer.name(), consumer.keepsOffsets());
    try {
      open();
    } catch (Exception e) {
      if (e instanceof RefusedException refused && !(e instanceof NotNowException)) {
        throw refused;
      }
      moments.unavailable(e);
    }
    String name = "concordat-consumer-" + consumer.name();
    for (ConsumerSlot slot : slots) {
      threads.add(engine.platform().start(name, slot::run));
    }
    threads.add(engine.platform().start(name + "-parked", this::revive));
    receiver = engine.platform().startHeavy(name + "-source", this::run);
  }

  private void open() throws Exception {
    try {
      consumer.source().open(this, consumer.keepsOffsets());
      open = true;
    } catch (Exception e) {
      consumer.source().close();
      throw e;
    }
  }

  void stop() {
    over = true;
  }

  /** Ends in order, and returns when what was handled is told to the source. */
  void close() {
    stop();
    Thread running = receiver;
    if (running != null) {
      join(running, 2 * GRACE_MS);
    } else {
      consumer.source().close();
    }
  }

  /** Ends as a killed process would: the source is told nothing. */
  void kill() {
    killed = true;
    close();
  }

  private static void join(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Backoff backoff = new Backoff(engine.platform(), () -> over);
    while (!over) {
      try {
        if (!open) {
          open();
        }
        receive();
        backoff.worked();
      } catch (InterruptedException e) {
        over = true;
      } catch (Exception | Error e) {
        trouble(e, backoff);
      }
    }
    end();
  }

  /** Everything that was received and not done with comes again. */
  private void trouble(Throwable e, Backoff backoff) {
    if (over) {
      return;
    }
    moments.unavailable(e);
    List.copyOf(claims.keySet()).forEach(this::lost);
    consumer.source().close();
    open = false;
    try {
      backoff.again();
    } catch (InterruptedException stopped) {
      over = true;
    }
  }

  private void receive() throws Exception {
    if (fenced) {
      fenced = false;
      throw new NotNowException(
          "somebody else claimed a lane that the source says is ours; it is asked anew whose it"
              + " is");
    }
    tell();
    int room = consumer.window() - held.get();
    List<Delivery> deliveries =
        consumer.source().receive(Math.max(0, room), held.get() == 0 ? PATIENCE : BUSY);
    if (room <= 0 && deliveries.isEmpty()) {
      engine.platform().pause(BUSY);
    }
    for (Delivery delivery : deliveries) {
      LaneClaim claim = claims.get(delivery.lane());
      if (claim != null) {
        Piece piece = Piece.of(consumer, delivery, claim);
        held.incrementAndGet();
        slot(piece).add(piece);
      }
    }
  }

  /** The same for all messages of a key; or of a lane, if its offset is what is noted. */
  private ConsumerSlot slot(Piece piece) {
    MessageKey key = piece.message().ordering();
    int hash =
        consumer.keepsOffsets()
            ? piece.claim().lane().hashCode()
            : key == null ? turn++ : key.hashCode();
    return slots.get(Math.floorMod((hash * 0x9E3779B9) >>> 7, slots.size()));
  }

  private void tell() throws Exception {
    List<Delivery> all = new ArrayList<>();
    for (Piece piece = done.poll(); piece != null; piece = done.poll()) {
      if (!piece.claim().isLost()) {
        all.add(piece.delivery());
      }
    }
    if (!all.isEmpty()) {
      consumer.source().done(all);
    }
  }

  /** Handlers that run on may commit later; then what they handled comes again and is known. */
  private void end() {
    threads.forEach(thread -> join(thread, GRACE_MS));
    try {
      if (!killed && open) {
        tell();
      }
    } catch (Exception e) {
      LOG.debug("the source of consumer '{}' was not told all", consumer.name(), e);
    }
    consumer.source().close();
  }

  @Override
  public OptionalLong taken(String lane) {
    if (!consumer.keepsOffsets()) {
      claims.put(lane, new LaneClaim(lane, 0));
      return OptionalLong.empty();
    }
    var claim = engine.store().consumers().claim(consumer.name(), lane);
    claims.put(lane, new LaneClaim(lane, claim.epoch()));
    return claim.next();
  }

  @Override
  public void lost(String lane) {
    LaneClaim claim = claims.remove(lane);
    if (claim != null) {
      claim.lose();
    }
  }

  @Override
  public void stuck(String lane, String why) {
    moments.stuck(lane, why);
  }

  @Override
  public void done(List<Piece> pieces) {
    held.addAndGet(-pieces.size());
    done.addAll(pieces);
    committed.run();
  }

  @Override
  public void fenced(LaneClaim claim) {
    // If the source took it from us meanwhile, nothing is wrong.
    fenced |= !claim.isLost();
    claim.lose();
  }

  @Override
  public void dropped(List<Piece> pieces) {
    held.addAndGet(-pieces.size());
  }

  private void revive() {
    ConsumerJournal journal = new ConsumerJournal(engine, consumer);
    Backoff backoff = new Backoff(engine.platform(), () -> over);
    while (!over) {
      try {
        if (!tell(journal.revive())) {
          backoff.rest(IDLE);
        }
        backoff.worked();
      } catch (InterruptedException e) {
        return;
      } catch (Exception | Error e) {
        if (!rested(e, backoff)) {
          return;
        }
      }
    }
  }

  private boolean rested(Throwable e, Backoff backoff) {
    if (!over) {
      moments.unavailable(e);
    }
    try {
      backoff.again();
      return true;
    } catch (InterruptedException stopped) {
      return false;
    }
  }

  /** Whether there was something to do. */
  private boolean tell(ConsumerJournal.Revived revived) {
    return switch (revived) {
      case ConsumerJournal.Revived.None none -> false;
      case ConsumerJournal.Revived.Gone gone -> {
        moments.handled(new ConsumerJournal.Count(gone.handled(), 0, List.of()));
        committed.run();
        yield true;
      }
      case ConsumerJournal.Revived.Failed failed -> {
        if (failed.dead()) {
          moments.parked(failed.message(), failed.reason());
        } else {
          moments.failed(failed.message(), failed.attempts(), failed.reason());
        }
        yield true;
      }
    };
  }
}
