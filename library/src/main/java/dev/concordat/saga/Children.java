package dev.concordat.saga;

import dev.concordat.core.Keys;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.Payload;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.core.Verb;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.runner.Asked;
import dev.concordat.runner.Starts;
import dev.concordat.saga.StepCode.ChildCode;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Store;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts, watches and cancels child sagas, and tells parents when a child has ended. */
final class Children {

  private static final Logger LOG = LoggerFactory.getLogger(Children.class);
  private static final String NAME = "the parent saga";

  private final Sagas sagas;

  Children(Sagas sagas) {
    this.sagas = sagas;
  }

  /** The child's id; one that would be too long ends in a hash of itself. */
  static String id(String parent, String step, int attempt) {
    String id = parent + "/" + step + (attempt > 1 ? "#" + attempt : "");
    if (id.length() <= Starts.MAX_ID) {
      return id;
    }
    int kept = Starts.MAX_ID - 1 - Keys.SHORT_HASH;
    int end = Character.isHighSurrogate(id.charAt(kept - 1)) ? kept - 1 : kept;
    return id.substring(0, end) + "~" + Keys.shortHash(id);
  }

  <S> List<SagaAction> start(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      SagaAction.StartChild action) {
    ChildCode<S, ?> child = Objects.requireNonNull(runner.saga().code(action.step()).child());
    try {
      start(parent, runner, action, child);
    } catch (EngineStopped e) {
      throw e;
    } catch (RuntimeException | Error e) {
      return parent.deliver(
          new SagaStimulus.Stuck(
              parent.engine().now(),
              action.step(),
              "its child could not be started: " + Failures.message(e)));
    }
    return check(parent, runner, action.step(), action.attempt());
  }

  private <S, C> void start(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      SagaAction.StartChild action,
      ChildCode<S, C> child) {
    S state = runner.states().decode(runner.seenBy(parent.state(), action.step()));
    String id = id(parent.id(), action.step(), action.attempt());
    Engine engine = parent.engine();
    for (Optional<InstanceRow> row = find(engine, id); row.isEmpty(); row = find(engine, id)) {
      try {
        sagas.startChild(child.saga(), id, child.input().apply(state), parent.no());
        return;
      } catch (OutcomeUnknownException e) {
        if (engine.isStopping()) {
          throw new EngineStopped();
        }
      }
    }
    if (find(engine, id).filter(row -> isOurs(parent, row)).isEmpty()) {
      throw new RefusedException(
          "the id '" + id + "' is taken by an instance that somebody else started");
    }
  }

  private static Optional<InstanceRow> find(Engine engine, String id) {
    return engine.certain(() -> engine.store().instances().find(id));
  }

  private static boolean isOurs(Instance<?, ?, ?, ?> parent, InstanceRow row) {
    return row.parent().isPresent() && row.parent().getAsLong() == parent.no();
  }

  /** Delivers the child's end if it has ended; a child that was never started counts as undone. */
  <S> List<SagaAction> check(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      String step,
      int attempt) {
    String id = id(parent.id(), step, attempt);
    Optional<InstanceRow> row = find(parent.engine(), id).filter(found -> isOurs(parent, found));
    if (row.isEmpty() || !row.get().status().isFinal()) {
      return List.of();
    }
    return parent.deliver(ended(parent, runner, step, row.get()));
  }

  private <S> SagaStimulus ended(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      String step,
      InstanceRow row) {
    boolean completed = row.status() == Status.COMPLETED;
    ChildCode<S, ?> child = Objects.requireNonNull(runner.saga().code(step).child());
    Engine engine = parent.engine();
    try {
      Payload state = completed ? result(parent, runner, step, child, row) : null;
      String why = completed ? "" : "child '" + row.id() + "' was compensated";
      return new SagaStimulus.ChildEnded(engine.now(), step, completed, state, why);
    } catch (EngineStopped e) {
      throw e;
    } catch (RuntimeException | Error e) {
      return new SagaStimulus.Stuck(
          engine.now(), step, "the result of its child could not be taken: " + Failures.message(e));
    }
  }

  private <S, C> @Nullable Payload result(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      String step,
      ChildCode<S, C> child,
      InstanceRow row) {
    SagaState ended =
        SagaState.EMPTY.applyAll(
            SagaJournal.read(
                parent.engine().certain(() -> parent.engine().store().journal().read(row.no()))));
    Payload before = runner.seenBy(parent.state(), step);
    C childState = sagas.states(child.saga()).decode(ended.data());
    S after = child.result().apply(runner.states().decode(before), childState);
    return runner.states().encodeIfChanged(before, after);
  }

  <S> List<SagaAction> cancel(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      SagaAction.CancelChild action) {
    String id = id(parent.id(), action.step(), action.attempt());
    if (!startToCancel(parent, runner, action)) {
      return parent.deliver(
          new SagaStimulus.ChildEnded(
              parent.engine().now(), action.step(), false, null, "it was never started"));
    }
    Asked cancel = new Asked(Verb.CANCEL, NAME, "'" + parent.id() + "' turned back", null);
    Engine engine = parent.engine();
    engine
        .certain(() -> engine.store().mailbox().post(id, Asked.KIND, cancel.write()))
        .ifPresent(posted -> engine.wakeFor(posted.no()));
    return check(parent, runner, action.step(), action.attempt());
  }

  /**
   * Somebody who was about to start the child may still do so, so a child that is not there is
   * started here, to be cancelled at once. False if it is refused, so that nobody can start it.
   */
  private <S> boolean startToCancel(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> parent,
      SagaRunner<S> runner,
      SagaAction.CancelChild action) {
    SagaAction.StartChild start = new SagaAction.StartChild(action.step(), action.attempt());
    ChildCode<S, ?> child = Objects.requireNonNull(runner.saga().code(action.step()).child());
    String id = id(parent.id(), action.step(), action.attempt());
    return parent
        .engine()
        .certain(() -> {
          try {
            start(parent, runner, start, child);
            return true;
          } catch (EngineStopped | OutcomeUnknownException e) {
            throw e;
          } catch (RuntimeException e) {
            return parent.engine().store().instances().find(id).stream()
                .anyMatch(row -> isOurs(parent, row));
          }
        });
  }

  /** If a child has ended, its parent is told; should that be lost, the parent looks by itself. */
  void recorded(Instance<?, ?, ?, ?> instance, SagaState state) {
    if (!state.isFinal() || instance.parent().isEmpty()) {
      return;
    }
    long parent = instance.parent().getAsLong();
    Engine engine = instance.engine();
    engine.platform().start("concordat-child-news", () -> tell(engine, parent));
  }

  private static void tell(Engine engine, long parent) {
    try {
      Store store = engine.store();
      engine
          .certain(() -> store.instances().find(parent))
          .ifPresent(
              row -> engine.certain(() -> store.mailbox().post(row.id(), LetterBody.CHILD, "{}")));
      engine.wakeFor(parent);
    } catch (RuntimeException e) {
      LOG.debug("a parent was not told of its child's end; it looks by itself", e);
    }
  }
}
