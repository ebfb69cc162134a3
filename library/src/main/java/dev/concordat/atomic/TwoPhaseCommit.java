package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.NotNowException;
import dev.concordat.core.Outcome;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.Engine;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Changes several databases together or not at all. Thread-safe. As long as it is open it also ends
 * what other processes left in doubt in its databases.
 */
public final class TwoPhaseCommit implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(5);

  /**
   * What is done in the databases. May be done again with the same id, if an attempt was broken
   * off.
   *
   * @param <T> the receipt: what is remembered with the decision
   */
  public interface Work<T> {
    /**
     * Does it, in branches of {@code transaction}; what it throws rolls all of them back.
     *
     * @return what is remembered; null is refused, and then nothing commits
     */
    T with(TwoPhaseTransaction transaction) throws Exception;
  }

  private final TwoPhase plan;
  private final TwoPhaseReceipts receipts;
  private final TwoPhaseRunner runner;
  private final TwoPhaseRecovery recovery;
  private final TwoPhaseDeadlocks deadlocks;

  /** Used through the door. */
  @SuppressWarnings("exports")
  public TwoPhaseCommit(
      Engine engine,
      TwoPhase plan,
      List<Site> sites,
      Site home,
      StateCodec codec,
      List<TwoPhaseListener> listeners) {
    this.plan = plan;
    this.receipts = new TwoPhaseReceipts(codec, plan.name());
    TwoPhaseMoments moments = new TwoPhaseMoments(listeners);
    this.runner = new TwoPhaseRunner(engine, plan, sites, home, receipts, moments);
    this.recovery = new TwoPhaseRecovery(runner);
    this.deadlocks = new TwoPhaseDeadlocks(runner);
    runner.start();
    recovery.start();
    deadlocks.start();
  }

  /**
   * Does the work, and commits it in all databases or in none.
   *
   * <p><b>Durable when it returns {@link Outcome.Done}</b>: the decision that all commit; the
   * branches follow within moments, through every crash. {@link Outcome.Refused}: certainly nothing
   * happened, nor in an attempt that had ended before, and none was seen that is open; one that
   * begins later may commit, unless it is {@linkplain #giveUp given up}. {@link Outcome.Unknown}:
   * nobody can say yet; ask for its {@link #outcome}, and if none is recorded execute it again with
   * the same id.
   *
   * <p>An id commits once: when it has committed, its receipt is given back as it was, and what the
   * work did this time is rolled back. If that receipt can no longer be read in the class of what
   * the work returned this time, the answer is Unknown and says that it has committed.
   *
   * @param id yours to choose; 1 to 120 bytes, encoded as in a URL
   * @throws RuntimeException that the work threw, if it is not of Concordat; nothing happened then
   */
  public <T> Outcome<T> execute(String id, Work<T> work) {
    return runner.execute(id, work);
  }

  /**
   * What became of a transaction, for as long as that is remembered.
   *
   * @param receipt the class of what the work returned
   * @return Done, or Unknown if no commit of it is recorded: it may still be under way; or if it
   *     has committed and its receipt is not of that class, which the detail says
   */
  public <T> Outcome<T> outcome(String id, Class<T> receipt) {
    try {
      return recorded(id, receipt)
          .orElseGet(() ->
              new Outcome.Unknown<>(
                  "no commit of '" + id + "' is recorded; it may still be under way"));
    } catch (ConcordatException e) {
      return new Outcome.Unknown<>(String.valueOf(e.getMessage()));
    }
  }

  private <T> Optional<Outcome<T>> recorded(String id, Class<T> receipt) {
    return runner
        .committed(id)
        .filter(receipts::isOurs)
        .map(decision -> receipts.read(decision, receipt));
  }

  /**
   * Makes certain what became of a transaction: if no commit of it is recorded, none will be, for
   * as long as decisions are remembered.
   *
   * <p><b>Durable when it returns</b> Done or Refused.
   *
   * @param receipt the class of what the work returned
   */
  public <T> Outcome<T> giveUp(String id, Class<T> receipt) {
    try {
      for (Site site : runner.deciding()) {
        BranchId all = new BranchId(id, BranchId.EVERY_ATTEMPT, site.place(), site.place().mark());
        var unused = site.deciding().fence(plan.name(), all);
      }
      return recorded(id, receipt)
          .orElseGet(() -> new Outcome.Refused<>("'" + id + "' was given up and never commits"));
    } catch (ConcordatException e) {
      return new Outcome.Unknown<>(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The same for a saga's step, which is done again with the same key: {@link #execute}, with each
   * outcome as a step tells it. What the work itself refuses is given up for good first, so that no
   * attempt that slept commits behind the saga's back, unless it has committed; what failed for
   * another reason may be under way in another attempt, and is unknown.
   *
   * @param key the step's key, {@code call.key()}
   * @param receipt the class of what the work returns
   * @return what it returned, this time or when it committed before
   * @throws RefusedException that the work threw: this key never commits
   * @throws OutcomeUnknownException if nobody can say yet
   */
  public <T> T executeStep(String key, Class<T> receipt, Work<T> work) {
    AtomicReference<@Nullable RefusedException> thrown = new AtomicReference<>();
    Outcome<T> outcome = execute(key, tx -> noting(thrown, work, tx));
    RefusedException refusal = thrown.get();
    if (!(outcome instanceof Outcome.Done) && refusal != null) {
      outcome = giveUp(key, receipt);
    }
    return switch (outcome) {
      case Outcome.Done<T> done -> done.value();
      case Outcome.Refused<T> refused when refusal != null -> throw refusal;
      case Outcome.Refused<T> refused ->
          throw new OutcomeUnknownException(key, refused.reason(), null);
      case Outcome.Unknown<T> unknown ->
          throw new OutcomeUnknownException(key, unknown.detail(), null);
    };
  }

  private static <T> T noting(
      AtomicReference<@Nullable RefusedException> thrown,
      Work<T> work,
      TwoPhaseTransaction transaction)
      throws Exception {
    try {
      return work.with(transaction);
    } catch (NotNowException e) {
      throw e;
    } catch (RefusedException e) {
      thrown.set(e);
      throw e;
    }
  }

  /** Branches that wait for their decision, in all databases, longest first. */
  public List<Branches.Prepared> inDoubt() {
    List<Branches.Prepared> all = new ArrayList<>();
    runner.sites().forEach(site -> all.addAll(site.branches().prepared()));
    all.sort((one, other) -> other.age().compareTo(one.age()));
    return all;
  }

  /** Branches that did not do what was decided, oldest first. */
  public List<Decisions.Heuristic> heuristics() {
    return runner.deciding().stream()
        .flatMap(site -> site.deciding().heuristics().stream())
        .toList();
  }

  /** Ends in order: what is decided is told to the branches that can be reached. */
  @Override
  public void close() {
    deadlocks.stop();
    recovery.stop();
    runner.close(GRACE);
    closeSites();
  }

  /** Ends as a killed process would. For crash tests. */
  public void kill() {
    deadlocks.stop();
    recovery.stop();
    runner.kill();
    closeSites();
  }

  private void closeSites() {
    runner.sites().forEach(site -> site.branches().close());
    runner.home().branches().close();
  }
}
