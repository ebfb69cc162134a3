package dev.concordat.messaging;

import dev.concordat.engine.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Handles one message, or one batch of them, after the other, in a thread of its own. */
final class ConsumerSlot {

  /** Hears what is no longer in anybody's hands here. */
  interface Finished {

    /** Handled, or parked. */
    void done(List<Piece> pieces);

    /** Left to whoever has the lane now. */
    void dropped(List<Piece> pieces);

    /** Somebody else has claimed a lane that the source says is ours. */
    void fenced(LaneClaim claim);
  }

  private static final long LOOK_MS = 50;

  private final Consumer consumer;
  private final ConsumerJournal journal;
  private final ConsumerMoments moments;
  private final Finished finished;
  private final BooleanSupplier over;
  private final Backoff backoff;
  private final BlockingQueue<Piece> queue = new LinkedBlockingQueue<>();

  ConsumerSlot(
      Engine engine,
      Consumer consumer,
      ConsumerMoments moments,
      Finished finished,
      BooleanSupplier over) {
    this.consumer = consumer;
    this.journal = new ConsumerJournal(engine, consumer);
    this.moments = moments;
    this.finished = finished;
    this.over = over;
    this.backoff = new Backoff(engine.platform(), over);
  }

  void add(Piece piece) {
    queue.add(piece);
  }

  void run() {
    try {
      while (!over.getAsBoolean()) {
        List<Piece> unit = next();
        if (!unit.isEmpty()) {
          work(unit);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is handled in one transaction; of one lane, if the consumer keeps offsets. */
  private List<Piece> next() throws InterruptedException {
    Piece first = queue.poll(LOOK_MS, TimeUnit.MILLISECONDS);
    if (first == null) {
      return List.of();
    }
    List<Piece> unit = new ArrayList<>();
    unit.add(first);
    while (unit.size() < consumer.batch() && fits(first, queue.peek())) {
      unit.add(queue.remove());
    }
    return unit;
  }

  @SuppressWarnings("ReferenceEquality") // each claim is one of its own
  private boolean fits(Piece first, @Nullable Piece next) {
    return next != null && (!consumer.keepsOffsets() || next.claim() == first.claim());
  }

  /** Until they are handled or parked, or the lane is lost. */
  private void work(List<Piece> unit) throws InterruptedException {
    List<Piece> ours = unit;
    while (!over.getAsBoolean()) {
      ours = withoutLost(ours);
      if (ours.isEmpty()) {
        return;
      }
      if (isDone(ours)) {
        backoff.worked();
        finished.done(ours);
        return;
      }
    }
  }

  private List<Piece> withoutLost(List<Piece> unit) {
    List<Piece> lost = unit.stream().filter(piece -> piece.claim().isLost()).toList();
    if (lost.isEmpty()) {
      return unit;
    }
    finished.dropped(lost);
    return unit.stream().filter(piece -> !lost.contains(piece)).toList();
  }

  /** Whether they are handled or parked; if not, it has waited and they are to be tried again. */
  private boolean isDone(List<Piece> unit) throws InterruptedException {
    try {
      moments.handled(journal.handle(unit));
      return true;
    } catch (ConsumerJournal.LaneLost e) {
      finished.fenced(unit.get(0).claim());
      return false;
    } catch (ConsumerJournal.Moved e) {
      return unit.size() > 1 && eachAlone(unit);
    } catch (ConsumerJournal.HandlerFailed e) {
      return isDone(unit, e.mishap(), e.getCause() == null ? e : e.getCause());
    } catch (Exception | Error e) {
      return isDone(unit, Mishap.of(e), e);
    }
  }

  private boolean isDone(List<Piece> unit, Mishap mishap, Throwable error)
      throws InterruptedException {
    if (mishap.kind() == Mishap.Kind.UNAVAILABLE) {
      moments.unavailable(error);
      backoff.again();
      return false;
    }
    return unit.size() > 1 ? eachAlone(unit) : isParked(unit.get(0), mishap);
  }

  /** A batch that failed as a whole, one by one. */
  private boolean eachAlone(List<Piece> unit) throws InterruptedException {
    for (Piece piece : unit) {
      alone(piece);
    }
    return !over.getAsBoolean() && unit.stream().noneMatch(piece -> piece.claim().isLost());
  }

  /** One of a batch that failed as a whole. */
  private void alone(Piece piece) throws InterruptedException {
    while (!over.getAsBoolean() && !piece.claim().isLost()) {
      if (isDone(List.of(piece))) {
        return;
      }
    }
  }

  private boolean isParked(Piece piece, Mishap mishap) throws InterruptedException {
    try {
      Optional<Duration> wait = journal.park(piece, mishap);
      if (wait.isPresent()) {
        moments.failed(piece.message(), 1, mishap.reason());
      } else {
        moments.parked(piece.message(), mishap.reason());
      }
      return true;
    } catch (ConsumerJournal.LaneLost e) {
      finished.fenced(piece.claim());
      return false;
    } catch (Exception | Error e) {
      moments.unavailable(e);
      backoff.again();
      return false;
    }
  }
}
