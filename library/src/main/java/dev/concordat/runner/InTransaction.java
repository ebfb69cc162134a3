package dev.concordat.runner;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.engine.StillBusy;
import dev.concordat.store.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Business code in one database transaction with the journal entry of what came of it. */
public final class InTransaction {

  private InTransaction() {}

  /**
   * A piece of such work.
   *
   * @param <S> the state
   * @param <I> the stimuli
   */
  public interface Work<S, I> {

    /** How long the code may take; after that its transaction is broken off. */
    Duration limit();

    /** An attempt begins. Must not throw. */
    default void starts() {}

    /** Runs business code; the result makes the stimulus that is delivered in its transaction. */
    Function<Instant, I> run(Connection connection) throws Exception;

    /** The code has returned. Must not throw. */
    default void returned() {}

    /**
     * Whether the instance still waits for this work; asked when nothing can change it any more.
     */
    boolean isWanted(S state);

    /** The code threw, or its transaction could not commit. Must not throw. */
    default void threw(Throwable error, Duration took) {}

    /** What is delivered when certainly nothing was committed, because of that error. */
    I failed(Throwable error);

    /** What is delivered when the transaction was broken off because it took too long. */
    I expired();
  }

  /**
   * Does the work and delivers what came of it. When it returns, either both are durable, or
   * neither and the failure is.
   *
   * @return the actions that follow
   */
  public static <S, I, E, A> List<A> perform(Instance<S, I, E, A> instance, Work<S, I> work) {
    Engine engine = instance.engine();
    long began = engine.platform().nanos();
    work.starts();
    // No connection to be had is no failed attempt: the work has not been tried.
    try (Transactions.Local local = engine.certain(engine.store().transactions()::begin)) {
      Function<Instant, I> made =
          new Attempt(engine.platform())
              .run(
                  work.limit(),
                  () -> expired(instance, work, local),
                  () -> work.run(local.connection()));
      work.returned();
      return instance.deliverWith(local, state -> stimulus(engine, work, state, made));
    } catch (EngineStopped | Engine.BornTwice e) {
      throw e;
    } catch (StillBusy e) {
      // Rolled back, and its connection is free for whoever it waited for.
      return perform(instance, work);
    } catch (OutcomeUnknownException e) {
      // The journal says whether the commit was applied; if not, the failure's entry is final.
      return instance.reload().orElseGet(() -> instance.deliver(work.failed(e)));
    } catch (Exception | Error e) {
      work.threw(e, Duration.ofNanos(engine.platform().nanos() - began));
      return instance.deliver(work.failed(e));
    }
  }

  private static <S, I> @Nullable I stimulus(
      Engine engine, Work<S, I> work, S state, Function<Instant, I> made) {
    return work.isWanted(state) ? made.apply(engine.now()) : null;
  }

  private static <S, I, E, A> void expired(
      Instance<S, I, E, A> instance, Work<S, I> work, Transactions.Local local) {
    local.abort();
    instance.engine().go(instance, instance.deliver(work.expired()));
  }
}
