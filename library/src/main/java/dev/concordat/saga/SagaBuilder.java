package dev.concordat.saga;

import dev.concordat.core.StateCodec;
import dev.concordat.saga.SagaPlan.Kind;
import dev.concordat.saga.SagaPlan.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Declares a saga. Steps run in the order of declaration; what {@link #step} and its sisters return
 * declares more about that step, and goes on with the saga.
 *
 * @param <S> the saga's state
 */
public class SagaBuilder<S> {

  final SagaDraft<S> draft;

  SagaBuilder(SagaDraft<S> draft) {
    this.draft = draft;
  }

  /** The definition's version, 1 unless said; raise it whenever steps change. */
  public SagaBuilder<S> version(int version) {
    draft.version = version;
    return this;
  }

  /** A step in one database transaction with the journal. */
  public LocalStep<S> local(String name, LocalAction<S> action) {
    return addLocal(name, Role.COMPENSABLE, action);
  }

  /** A local step after whose commit there is only forward. */
  public LocalStep<S> localPivot(String name, LocalAction<S> action) {
    return addLocal(name, Role.PIVOT, action);
  }

  /** A local step after the pivot, tried until it succeeds. */
  public LocalStep<S> localRetriable(String name, LocalAction<S> action) {
    return addLocal(name, Role.RETRIABLE, action);
  }

  /** A step that calls a system outside. */
  public OutsideStep<S> step(String name, OutsideAction<S> action) {
    return addOutside(name, Role.COMPENSABLE, action);
  }

  /** A call after whose success there is only forward. */
  public OutsideStep<S> pivot(String name, OutsideAction<S> action) {
    return addOutside(name, Role.PIVOT, action);
  }

  /** A call after the pivot, tried until it succeeds. */
  public OutsideStep<S> retriable(String name, OutsideAction<S> action) {
    return addOutside(name, Role.RETRIABLE, action);
  }

  /**
   * A step that sends a command and waits for the reply, without a thread or a connection. The
   * command leaves if and only if the attempt is in the journal.
   */
  public CommandStep<S> command(String name, CommandAction<S> command) {
    return addCommand(name, Role.COMPENSABLE, command);
  }

  /** A command after whose reply there is only forward. */
  public CommandStep<S> commandPivot(String name, CommandAction<S> command) {
    return addCommand(name, Role.PIVOT, command);
  }

  /** A command after the pivot, sent until it is answered. */
  public CommandStep<S> commandRetriable(String name, CommandAction<S> command) {
    return addCommand(name, Role.RETRIABLE, command);
  }

  /**
   * A step that is a saga of its own, with the id {@code parent/step}. It is done when the child is
   * completed, and refused when the child is compensated.
   *
   * @param input makes the child's input of this saga's state
   * @param result makes this saga's state of its state before and the child's at its end
   */
  public <C> OutsideStep<S> child(
      String name, Saga<C> child, Function<S, C> input, BiFunction<S, C, S> result) {
    StepDraft<S> step = draft.add(new StepDraft<>(name, Kind.CHILD, Role.COMPENSABLE));
    step.childCode = new StepCode.ChildCode<>(child, input, result);
    return new OutsideStep<>(draft, step);
  }

  /** Sleeps that long; a crash does not make it longer. */
  public SagaBuilder<S> sleep(String name, Duration time) {
    draft.add(new StepDraft<>(name, Kind.SLEEP, Role.COMPENSABLE)).waits = time;
    return this;
  }

  /** Sleeps until an instant that depends on the state. */
  public SagaBuilder<S> sleepUntil(String name, Function<S, Instant> until) {
    draft.add(new StepDraft<>(name, Kind.SLEEP, Role.COMPENSABLE)).until = until;
    return this;
  }

  /**
   * Waits for a signal. A signal that came before is taken at once.
   *
   * @param name the step's name, and the signal's
   * @param take makes the new state; may throw a {@link dev.concordat.core.RefusedException}
   */
  public <P> SignalStep<S> awaitSignal(String name, Class<P> type, BiFunction<S, P, S> take) {
    StepDraft<S> step = draft.add(new StepDraft<>(name, Kind.SIGNAL, Role.COMPENSABLE));
    step.signal = name;
    step.signalCode = new StepCode.SignalCode<>(type, take);
    return new SignalStep<>(draft, step);
  }

  /**
   * Branches that run at the same time, each begun with {@link Saga#branch}. Each sees the state as
   * it was before them and its own changes; at the end the changes are merged.
   */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public final SagaBuilder<S> parallel(SagaBuilder<S>... branches) {
    draft.nodes.add(
        new SagaDraft.Node<>(null, Arrays.stream(branches).map(branch -> branch.draft).toList()));
    return this;
  }

  /** How parallel branches are merged; by default each may change record components of its own. */
  public SagaBuilder<S> merging(BranchMerger<S> merger) {
    draft.merger = merger;
    return this;
  }

  /** How long an instance may go forward before its pivot; then it is compensated. */
  public SagaBuilder<S> deadline(Duration deadline) {
    draft.deadline = deadline;
    return this;
  }

  /** Lets adjacent local steps share one commit: they are then done or undone together. */
  public SagaBuilder<S> fuseLocalSteps() {
    draft.fused = true;
    return this;
  }

  /** After an error nobody foresaw, compensate instead of waiting for a person. */
  public SagaBuilder<S> compensateUnexpected() {
    draft.parkUnexpected = false;
    return this;
  }

  /** Something instances can be searched by, made of their input; null values are left out. */
  public SagaBuilder<S> attribute(String name, Function<S, String> value) {
    draft.attributes.put(name, value);
    return this;
  }

  /** How the state is encoded; by default as Concordat was told to. */
  public SagaBuilder<S> codec(StateCodec codec) {
    draft.codec = codec;
    return this;
  }

  /**
   * The saga.
   *
   * @throws UnsoundSagaException if it is not sound, with every reason
   */
  public Saga<S> build() {
    return Soundness.build(draft);
  }

  private LocalStep<S> addLocal(String name, Role role, LocalAction<S> action) {
    StepDraft<S> step = draft.add(new StepDraft<>(name, Kind.LOCAL, role));
    step.local = action;
    return new LocalStep<>(draft, step);
  }

  private CommandStep<S> addCommand(String name, Role role, CommandAction<S> command) {
    StepDraft<S> step = draft.add(new StepDraft<>(name, Kind.COMMAND, role));
    step.command = command;
    return new CommandStep<>(draft, step);
  }

  private OutsideStep<S> addOutside(String name, Role role, OutsideAction<S> action) {
    StepDraft<S> step = draft.add(new StepDraft<>(name, Kind.OUTSIDE, role));
    step.outside = action;
    return new OutsideStep<>(draft, step);
  }
}
