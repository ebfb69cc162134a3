package dev.concordat.saga;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.store.InstanceRow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A started instance, wherever it runs.
 *
 * @param <S> the saga's state
 */
public final class SagaHandle<S> {

  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final Sagas sagas;
  private final SagaRunner<S> runner;
  private final long no;
  private final String id;

  SagaHandle(Sagas sagas, SagaRunner<S> runner, long no, String id) {
    this.sagas = sagas;
    this.runner = runner;
    this.no = no;
    this.id = id;
  }

  /** The instance's id. */
  public String id() {
    return id;
  }

  /** Where the instance stands now, as its journal says. */
  public SagaResult<S> now() {
    Engine engine = sagas.theEngine();
    return sagas.result(
        runner,
        id,
        SagaState.EMPTY.applyAll(
            SagaJournal.read(engine.certain(() -> engine.store().journal().read(no)))));
  }

  /**
   * Waits until the instance has ended, or waits for a person.
   *
   * @throws OutcomeUnknownException if that takes longer than {@code patience}; the instance goes
   *     on
   */
  public SagaResult<S> await(Duration patience) {
    Engine engine = sagas.theEngine();
    long end = engine.platform().nanos() + patience.toNanos();
    while (true) {
      var ending = engine.ending(no);
      Optional<InstanceRow> row = engine.certain(() -> engine.store().instances().find(no));
      if (row.isPresent() && rests(row.get().status())) {
        engine.forgetEnding(no);
        return now();
      }
      long left = end - engine.platform().nanos();
      if (left <= 0) {
        throw new OutcomeUnknownException(
            id, "'" + id + "' had not ended within " + patience + "; it goes on, ask again", null);
      }
      try {
        ending.get(Math.min(left, LOOK_EVERY.toNanos()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException lookAgain) {
        // The instance may have been released here and gone on elsewhere: the row says.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new OutcomeUnknownException(id, "interrupted while waiting for '" + id + "'", e);
      } catch (ExecutionException e) {
        failed(e);
      }
    }
  }

  private void failed(ExecutionException e) {
    if (e.getCause() instanceof EngineStopped) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat was shut down while waiting for '" + id + "'; others go on with it",
          e);
    }
  }

  private static boolean rests(Status status) {
    return status.isFinal() || status == Status.NEEDS_ATTENTION;
  }

  /**
   * Sends a signal. Durable when it returns; a step that awaits it, now or later, takes it.
   *
   * @param payload as the step declared it
   */
  public void signal(String name, Object payload) {
    Payload encoded = runner.states().encode(payload);
    sagas
        .theEngine()
        .store()
        .mailbox()
        .post(id, LetterBody.SIGNAL, LetterBody.signal(name, encoded));
    sagas.theEngine().wake();
  }

  /** Asks for the saga to be compensated, and waits up to ten seconds for the answer. */
  public Verdict cancel(String by, String reason) {
    return new Operator(sagas.theEngine()).cancel(id, by, reason);
  }
}
