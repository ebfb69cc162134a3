package dev.concordat.engine;

import dev.concordat.core.Status;
import dev.concordat.store.Entry;
import dev.concordat.store.Mailbox.Letter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One definition of one protocol, as the engine drives it: a pure machine, the writing of its
 * events, and the performing of its actions.
 *
 * @param <S> the state, folded from events
 * @param <I> the stimuli
 * @param <E> the events
 * @param <A> the actions
 */
public interface Script<S, I, E, A> {

  /** The definition's name. */
  String name();

  /** The definition's version. */
  int version();

  /** The state before any event. */
  S empty();

  /** Folds further events. */
  S fold(S state, List<E> events);

  /** The machine. Pure. */
  Decision<S, E, A> decide(S state, I stimulus);

  /** Whether losing the event in a crash costs nothing, so that it may wait for the next write. */
  boolean rides(E event);

  /**
   * Whether the event may wait for the end of an attempt that is under way, and be written together
   * with it: losing it in a crash costs nothing but asking again.
   */
  default boolean waits(E event) {
    return false;
  }

  /** Whether the action leaves nothing behind unless it is journalled in the same transaction. */
  boolean isInside(A action);

  /** The events as a JSON array. */
  String write(List<E> events);

  /**
   * The events of a journal.
   *
   * @throws RuntimeException if they cannot be read, with what is wrong and where
   */
  List<E> read(List<Entry> entries);

  /** Why an instance in that state cannot be gone on with by this program, or null if it can. */
  @Nullable String objection(S state);

  /** The status that the instance's row shows. */
  Status status(S state);

  /** Whether the instance is paused. */
  boolean isPaused(S state);

  /** Whether an attempt is under way whose end will be delivered. */
  boolean isBusy(S state);

  /** When the instance wants a tick, or null for never. */
  @Nullable Instant wakeAt(S state, Instant now);

  /** How many letters the journal has taken up. */
  int lettersTaken(S state);

  /** A worker took hold of the instance. */
  I opened(Instant now);

  /** The journal was read again by the worker that holds the instance. */
  I reread(S before, Instant now);

  /** Time has passed. */
  I tick(Instant now);

  /** A letter came to an instance in that state. */
  I letter(S state, Instant now, Letter letter);

  /** The instance cannot go on, for a reason that a person must remove. */
  I stuck(Instant now, String reason);

  /**
   * Performs an action, blocking as long as it takes, and delivers what came of it.
   *
   * @return the actions that follow
   */
  List<A> perform(Instance<S, I, E, A> instance, A action);

  /** Events of the instance have become durable. Must not throw. */
  void recorded(Instance<S, I, E, A> instance, List<E> events, S state);
}
