package dev.concordat.engine;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.Status;
import dev.concordat.store.Change;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Mailbox.Letter;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Transactions;
import dev.concordat.store.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance in the hands of this worker: folds its journal, lets its machine decide about each
 * stimulus, makes the decision durable, and only then performs what was decided. Thread-safe: one
 * stimulus after the other.
 *
 * @param <S> the state
 * @param <I> the stimuli
 * @param <E> the events
 * @param <A> the actions
 */
public final class Instance<S, I, E, A> {

  private static final Logger LOG = LoggerFactory.getLogger(Instance.class);

  private final Engine engine;
  private final Script<S, I, E, A> script;
  private final Identity identity;
  // Listeners hear of what was recorded only when the turn is over.
  private final Turns turns = new Turns(this::announce);
  private final Alarm alarm;
  private final AtomicInteger performing = new AtomicInteger();
  private final Riding<S, E, A> riding;
  private final Queue<Recorded<S, E>> recorded = new ConcurrentLinkedQueue<>();

  private volatile S state;
  private int position;
  private @Nullable NewInstance unborn;
  private boolean ridesIn;
  private Shown shown;
  // 1 while an action delivers what came of it, which does not keep the instance from being let go.
  private int own;
  // Until its journal is folded and its letters are taken up, nothing else may touch it.
  private volatile boolean opened;
  private volatile boolean gone;

  /**
   * A new instance, not yet written. {@code ridesIn}: its first write may wait for a local step.
   */
  Instance(Engine engine, Script<S, I, E, A> script, NewInstance born, boolean ridesIn) {
    this(engine, script, Identity.of(born), Shown.UNBORN);
    this.unborn = born;
    this.ridesIn = ridesIn;
    this.opened = true;
  }

  /** An instance just claimed. */
  Instance(Engine engine, Script<S, I, E, A> script, InstanceRow row) {
    this(engine, script, Identity.of(row), Shown.of(row));
  }

  private Instance(Engine engine, Script<S, I, E, A> script, Identity identity, Shown shown) {
    this.engine = engine;
    this.script = script;
    this.identity = identity;
    this.alarm =
        new Alarm(engine.platform(), engine.guarded(this, () -> engine.go(this, ticked())));
    this.riding = new Riding<>(script);
    this.state = script.empty();
    this.shown = shown;
  }

  /** Its number. */
  public long no() {
    return identity.no();
  }

  /** What its user calls it. */
  public String id() {
    return identity.id();
  }

  /** What its idempotency keys are derived from. */
  public UUID uid() {
    return identity.uid();
  }

  /** The state after the last decision. */
  public S state() {
    return state;
  }

  /** Whether its journal is folded and letters may be delivered. */
  boolean isOpened() {
    return opened;
  }

  int lettersTaken() {
    return script.lettersTaken(state);
  }

  /** The engine that drives it. */
  public Engine engine() {
    return engine;
  }

  /** Whether this worker no longer holds it; whatever is delivered then is ignored. */
  public boolean isGone() {
    return gone;
  }

  /** The number of the instance that started it, if one did. */
  public OptionalLong parent() {
    return identity.parent();
  }

  /**
   * Lets the machine decide and makes the decision durable.
   *
   * @return the actions that follow; empty if the instance is no longer ours
   */
  public List<A> deliver(I stimulus) {
    return locked(() -> {
      own = 1;
      return gone ? List.of() : settle(script.decide(state, stimulus), null);
    });
  }

  List<A> deliverLetter(Letter letter) {
    return locked(() -> gone || !opened ? List.of() : take(letter));
  }

  private List<A> take(Letter letter) {
    return settle(script.decide(state, script.letter(state, engine.now(), letter)), null);
  }

  /**
   * Like {@link #deliver}, but the decision is written and committed in {@code local}, together
   * with what business code wrote there.
   *
   * @param stimulus makes the stimulus of the state as it is when nothing can change it any more,
   *     or returns null if the transaction is no longer wanted
   * @throws StillBusy if another decision takes too long: close the transaction, or that decision
   *     may be waiting for its connection, and do the work again
   * @throws dev.concordat.store.RolledBack if the database rolled the transaction back, for certain
   * @throws dev.concordat.core.OutcomeUnknownException if nobody can say yet whether it committed:
   *     {@link #reload} tells
   */
  public List<A> deliverWith(Transactions.Local local, Function<S, @Nullable I> stimulus) {
    return turns.takeSoon(() -> {
      own = 1;
      I made = gone ? null : stimulus.apply(state);
      return made == null ? List.of() : settle(script.decide(state, made), local);
    });
  }

  /**
   * Reads the journal again after a commit with an unknown outcome.
   *
   * @return the actions that follow if the commit was applied, or empty if it is not in the
   *     journal: then deliver the attempt's failure, whose entry takes the place for good
   */
  public Optional<List<A>> reload() {
    return locked(() -> {
      if (gone) {
        return Optional.of(List.<A>of());
      }
      List<Entry> entries = engine.readJournal(no());
      return entries.size() > position ? Optional.of(adopt(entries)) : Optional.empty();
    });
  }

  private void announce() {
    for (Recorded<S, E> next = recorded.poll(); next != null; next = recorded.poll()) {
      script.recorded(this, next.events(), next.state());
    }
  }

  private <T> T locked(Supplier<T> work) {
    return turns.take(() -> {
      own = 0;
      return work.get();
    });
  }

  /** Folds the journal of an instance just claimed; delivers that, and its letters. */
  List<A> open(List<Letter> letters) {
    return locked(() -> {
      try {
        refold(engine.readJournal(no()));
        String objection = script.objection(state);
        if (objection != null) {
          settle(script.decide(state, script.stuck(engine.now(), objection)), null);
        }
        List<A> actions =
            new ArrayList<>(settle(script.decide(state, script.opened(engine.now())), null));
        for (Letter letter : letters) {
          actions.addAll(gone ? List.of() : take(letter));
        }
        return actions;
      } catch (EngineStopped e) {
        drop();
        return List.of();
      } catch (RuntimeException e) {
        return unreadable(e);
      } finally {
        opened = true;
      }
    });
  }

  private void refold(List<Entry> entries) {
    state = script.fold(script.empty(), script.read(entries));
    position = entries.size();
    riding.clear();
    unborn = null;
  }

  /** Its journal is left as it is; only the row says that somebody must look. */
  private List<A> unreadable(RuntimeException e) {
    LOG.error(
        "The journal of '{}' cannot be read, so it waits in NEEDS_ATTENTION and nothing of it runs."
            + " Deploy a definition and codec that can read it, then say retry.",
        id(),
        e);
    Change change =
        new Change(Status.NEEDS_ATTENTION, false, new Change.Release(null, Integer.MAX_VALUE));
    drop();
    engine.write(identity.writing(0, "", change));
    return List.of();
  }

  private List<A> settle(Decision<S, E, A> decision, Transactions.@Nullable Local local) {
    List<E> events = riding.with(decision.events());
    if (local == null && mayRide(events, decision)) {
      state = decision.state();
      riding.add(decision.events());
      return due(decision.actions());
    }
    Change change = change(decision);
    if (events.isEmpty() && change == null && local == null) {
      state = decision.state();
      // An instance just taken over may wait for a time that its last owner's timer knew.
      schedule(engine.now());
      return due(decision.actions());
    }
    String text = events.isEmpty() ? "" : script.write(events);
    Write write =
        new Write(no(), identity.token(), position, text, unborn, change, decision.answers());
    Write.Result result = local == null ? append(write) : local.commit(write);
    return switch (result) {
      case ACCEPTED -> accepted(decision, events, change);
      case STALE -> stale();
      case EXISTS, BUSY -> {
        drop();
        throw new Engine.BornTwice();
      }
    };
  }

  /** From its decision to its end an action keeps the instance from being let go of. */
  private List<A> due(List<A> actions) {
    performing.addAndGet(actions.size());
    return actions;
  }

  /** Actions that will not be performed, because this worker is stopping. */
  void undone(int actions) {
    performing.addAndGet(-actions);
  }

  private boolean mayRide(List<E> events, Decision<S, E, A> decision) {
    return unborn == null
        ? riding.mayRide(events, 0, decision) || riding.mayWait(events, shown, decision)
        : ridesIn && riding.mayRide(events, 1, decision);
  }

  private Write.Result append(Write write) {
    if (write.insert() == null) {
      return engine.write(write);
    }
    try {
      return engine.writeFirst(write);
    } catch (RuntimeException e) {
      drop();
      engine.astray();
      throw e;
    }
  }

  /** What the row must show from now on, or null if that is what it shows already. */
  private @Nullable Change change(Decision<S, E, A> decision) {
    Shown next = Shown.of(script, decision.state());
    Change.Release release = release(decision);
    return release == null && unborn == null && next.equals(shown) ? null : next.with(release);
  }

  private Change.@Nullable Release release(Decision<S, E, A> decision) {
    S next = decision.state();
    if (!opened) {
      return null;
    }
    // What has ended may still have something to pass on, which a crash must not lose.
    if (script.status(next).isFinal() && !script.isBusy(next)) {
      return new Change.Release(null, script.lettersTaken(next));
    }
    if (!decision.actions().isEmpty() || script.isBusy(next) || performing.get() > own) {
      return null;
    }
    Instant now = engine.now();
    Instant wake = script.wakeAt(next, now);
    if (wake != null && wake.isBefore(now.plus(engine.config().keepInMemory()))) {
      return null;
    }
    return new Change.Release(wake, script.lettersTaken(next));
  }

  private List<A> accepted(Decision<S, E, A> decision, List<E> events, @Nullable Change change) {
    state = decision.state();
    riding.clear();
    unborn = null;
    if (!events.isEmpty()) {
      position++;
    }
    if (change != null) {
      shown = new Shown(change.status(), change.paused());
    }
    if (change != null && change.release() != null) {
      drop();
      engine.released(this);
    } else {
      schedule(engine.now());
    }
    if (!events.isEmpty()) {
      recorded.add(new Recorded<>(events, state));
    }
    return due(decision.actions());
  }

  /** Either another worker took over, or an answer of ours was lost and the entry is our own. */
  private List<A> stale() {
    List<Entry> entries = engine.readJournal(no());
    boolean ours =
        !entries.isEmpty() && entries.get(entries.size() - 1).token() == identity.token();
    if (ours && entries.size() > position) {
      return adopt(entries);
    }
    LOG.debug("'{}' was taken over from this worker, which lets go of it", id());
    drop();
    return List.of();
  }

  private List<A> adopt(List<Entry> entries) {
    if (entries.get(entries.size() - 1).token() != identity.token()) {
      drop();
      return List.of();
    }
    S before = state;
    List<E> missed = script.read(entries.subList(position, entries.size()));
    refold(entries);
    recorded.add(new Recorded<>(missed, state));
    shown = Shown.of(script, state);
    if (shown.status().isFinal() && !script.isBusy(state)) {
      drop();
      engine.released(this);
      return List.of();
    }
    return settle(script.decide(state, script.reread(before, engine.now())), null);
  }

  private void schedule(Instant now) {
    alarm.set(now, script.wakeAt(state, now));
  }

  private List<A> ticked() {
    return locked(() -> {
      alarm.rang();
      if (gone) {
        return List.of();
      }
      List<A> actions = settle(script.decide(state, script.tick(engine.now())), null);
      if (!gone) {
        schedule(engine.now());
      }
      return actions;
    });
  }

  /** Lets go without writing anything: from here on everything delivered is ignored. */
  void drop() {
    turns.take(() -> {
      gone = true;
      alarm.cancel();
      engine.forget(this);
      return true;
    });
  }

  /** Performs one action and whatever it leads to; an escaped error stops this instance only. */
  List<A> perform(A action) {
    try {
      return script.perform(this, action);
    } catch (EngineStopped e) {
      drop();
      return List.of();
    } catch (Engine.BornTwice e) {
      throw e;
    } catch (RuntimeException | Error e) {
      if (unborn != null) {
        drop();
        throw e;
      }
      LOG.error(
          "A bug of ours stopped '{}' at {}; its journal is kept and it waits in NEEDS_ATTENTION.",
          id(),
          action,
          e);
      return stop(new InvariantViolation("performing " + action + " failed", e));
    } finally {
      performing.decrementAndGet();
    }
  }

  private List<A> stop(InvariantViolation violation) {
    String reason = violation + ": " + violation.getCause();
    try {
      return locked(() -> {
        own = 1;
        if (gone) {
          return List.of();
        }
        // What this worker has in memory may be what the bug is about.
        refold(engine.readJournal(no()));
        List<A> none = settle(script.decide(state, script.stuck(engine.now(), reason)), null);
        // And what it was at is lost, or nobody could go on with it.
        return gone ? none : settle(script.decide(state, script.opened(engine.now())), null);
      });
    } catch (RuntimeException e) {
      LOG.error("'{}' cannot even be marked; it is taken over when this worker ends.", id(), e);
      drop();
      return List.of();
    }
  }

  /** Lets the instance go if nothing is under way and nothing will be soon. */
  void rest() {
    locked(() ->
        gone || !opened || performing.get() > 0 || script.isBusy(state) || !riding.isEmpty()
            ? List.<A>of()
            : settle(new Decision<>(state, List.of(), List.of(), List.of()), null));
  }

  /**
   * Gives the instance to whichever worker comes first, as part of an orderly shutdown.
   *
   * @param force even while an attempt is under way
   * @return whether it is no longer ours
   */
  boolean giveBack(boolean force) {
    // Should a commit that is under way not end, others take over when the lease has.
    return turns.takeNow(() -> givenBack(force), force);
  }

  private boolean givenBack(boolean force) {
    if (gone) {
      return true;
    }
    if (!force && (performing.get() > 0 || unborn != null)) {
      return false;
    }
    Change.Release now = new Change.Release(engine.now(), script.lettersTaken(state));
    Change change = shown.with(now);
    drop();
    if (unborn == null) {
      // An entry, so that a commit that may still be under way cannot follow it.
      engine.write(identity.writing(position, Worker.HANDED_OVER, change));
    }
    return true;
  }
}
