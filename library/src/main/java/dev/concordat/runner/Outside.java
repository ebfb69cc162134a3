package dev.concordat.runner;

import dev.concordat.engine.Engine;
import dev.concordat.engine.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls to systems outside, of which nobody knows what they did until they have answered. */
public final class Outside {

  private final Gates gates;

  /** Calls that take turns at those gates. */
  public Outside(Gates gates) {
    this.gates = gates;
  }

  /**
   * One call.
   *
   * @param <S> the state
   * @param <I> the stimuli
   */
  public interface Calling<S, I> {

    /** Whose gate it passes, or null for nobody's. */
    @Nullable String participant();

    /** How long the code may take; after that nobody waits for it any more. */
    Duration limit();

    /** Whether the instance still waits for this call: asked before it is made. */
    boolean isAwaited(S state);

    /** The call begins. Must not throw. */
    default void starts() {}

    /** Makes the call; the result makes the stimulus. */
    Function<Instant, I> call() throws Exception;

    /** The code has returned. Must not throw. */
    default void returned() {}

    /** The code threw. Must not throw. */
    default void threw(Throwable error, Duration took) {}

    /** What is delivered when the code threw that. */
    I failed(Throwable error);

    /** What is delivered when there was no answer in time. */
    I expired();
  }

  /**
   * Makes the call and delivers what came of it.
   *
   * @return the actions that follow
   */
  public <S, I, E, A> List<A> perform(Instance<S, I, E, A> instance, Calling<S, I> calling) {
    Runnable endOfTurn = gates.takeTurn(calling.participant());
    try {
      // While it waited for its turn, the instance may have been cancelled, taken over, shut down.
      return !instance.isGone()
              && !instance.engine().isStopping()
              && calling.isAwaited(instance.state())
          ? instance.deliver(outcome(instance, calling, endOfTurn))
          : List.of();
    } finally {
      endOfTurn.run();
    }
  }

  private static <S, I, E, A> I outcome(
      Instance<S, I, E, A> instance, Calling<S, I> calling, Runnable endOfTurn) {
    Engine engine = instance.engine();
    long began = engine.platform().nanos();
    calling.starts();
    try {
      Function<Instant, I> made =
          new Attempt(engine.platform())
              .run(calling.limit(), () -> expired(instance, calling, endOfTurn), calling::call);
      calling.returned();
      return made.apply(engine.now());
    } catch (Exception | Error e) {
      calling.threw(e, Duration.ofNanos(engine.platform().nanos() - began));
      return calling.failed(e);
    }
  }

  private static <S, I, E, A> void expired(
      Instance<S, I, E, A> instance, Calling<S, I> calling, Runnable endOfTurn) {
    // Code that does not heed its interruption must not hold up the others.
    endOfTurn.run();
    instance.engine().go(instance, instance.deliver(calling.expired()));
  }
}
