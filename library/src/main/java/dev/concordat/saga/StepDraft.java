package dev.concordat.saga;

import dev.concordat.core.Reply;
import dev.concordat.core.RetryPolicy;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Role;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaPlan.Undo;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A step being declared. */
final class StepDraft<S> {

  static final RetryPolicy RETRY = RetryPolicy.exponential(Duration.ofMillis(200));
  static final RetryPolicy RETRY_FOR_EVER = RETRY.upTo(Duration.ofMinutes(1)).unlimited();
  static final RetryPolicy UNDO_RETRY = RETRY.upTo(Duration.ofMinutes(1)).attempts(20);
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  final String name;
  final Kind kind;
  final Role role;
  @Nullable RetryPolicy retry;
  @Nullable Duration timeout;
  RetryPolicy undoRetry = UNDO_RETRY;
  @Nullable Duration undoTimeout;
  @Nullable String undoReason;
  @Nullable Duration waits;
  @Nullable String signal;
  boolean elseGoOn;
  @Nullable LocalAction<S> local;
  @Nullable OutsideAction<S> outside;
  @Nullable CommandAction<S> command;
  BiFunction<S, Reply, S> onReply = (state, reply) -> state;
  final Set<String> refusedBy = new LinkedHashSet<>();
  @Nullable LocalCompensation<S> localUndo;
  @Nullable OutsideCompensation<S> outsideUndo;
  @Nullable CommandAction<S> commandUndo;
  @Nullable LookUp<S> lookUp;
  @Nullable Predicate<S> when;
  @Nullable Function<S, Instant> until;
  StepCode.@Nullable SignalCode<S, ?> signalCode;
  StepCode.@Nullable ChildCode<S, ?> childCode;
  @Nullable Predicate<Throwable> refusedWhen;
  @Nullable String participant;

  StepDraft(String name, Kind kind, Role role) {
    this.name = name;
    this.kind = kind;
    this.role = role;
  }

  Undo undo() {
    if (localUndo != null) {
      return Undo.LOCAL;
    }
    if (commandUndo != null) {
      return Undo.COMMAND;
    }
    return outsideUndo == null ? Undo.NONE : Undo.OUTSIDE;
  }

  /** How many ways to compensate were declared. */
  int undos() {
    return (localUndo == null ? 0 : 1)
        + (outsideUndo == null ? 0 : 1)
        + (commandUndo == null ? 0 : 1);
  }

  /** Thirty seconds unless said, or as long as the whole saga may take if that is less. */
  Duration timeout(@Nullable Duration deadline) {
    if (timeout != null) {
      return timeout;
    }
    return deadline != null && deadline.compareTo(TIMEOUT) < 0 ? deadline : TIMEOUT;
  }

  StepPlan plan(@Nullable Duration deadline) {
    Duration limit = timeout(deadline);
    RetryPolicy policy = role == Role.RETRIABLE ? RETRY_FOR_EVER : RETRY;
    return new StepPlan(
        name,
        kind,
        role,
        retry == null ? policy : retry,
        limit,
        undo(),
        undoReason == null ? "it has no compensation" : undoReason,
        undoRetry,
        undoTimeout == null ? limit : undoTimeout,
        lookUp != null,
        when != null || until != null,
        waits,
        signal,
        elseGoOn);
  }

  StepCode<S> code() {
    return new StepCode<>(
        local,
        outside,
        command == null
            ? null
            : new StepCode.CommandCode<>(command, onReply, Set.copyOf(refusedBy)),
        localUndo,
        outsideUndo,
        commandUndo,
        lookUp,
        when,
        until,
        signalCode,
        childCode,
        refusedWhen,
        participant);
  }
}
