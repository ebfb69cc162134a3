package dev.concordat.saga;

import dev.concordat.core.Reply;
import java.time.Instant;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What runs when a step does: the user's code, by kind of step. Null where it does not apply. */
record StepCode<S>(
    @Nullable LocalAction<S> local,
    @Nullable OutsideAction<S> outside,
    @Nullable CommandCode<S> command,
    @Nullable LocalCompensation<S> localUndo,
    @Nullable OutsideCompensation<S> outsideUndo,
    @Nullable CommandAction<S> commandUndo,
    @Nullable LookUp<S> lookUp,
    @Nullable Predicate<S> when,
    @Nullable Function<S, Instant> until,
    @Nullable SignalCode<S, ?> signal,
    @Nullable ChildCode<S, ?> child,
    @Nullable Predicate<Throwable> refusedWhen,
    @Nullable String participant) {

  /** How a command is made and its reply taken, and which types of replies say no. */
  record CommandCode<S>(
      CommandAction<S> make, BiFunction<S, Reply, S> take, Set<String> refusedBy) {}

  /** How a signal is taken. */
  record SignalCode<S, P>(Class<P> type, BiFunction<S, P, S> take) {}

  /** How a child is started and its result taken. */
  record ChildCode<S, C>(Saga<C> saga, Function<S, C> input, BiFunction<S, C, S> result) {}
}
