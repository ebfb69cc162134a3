package dev.concordat.saga;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.Payload;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.runner.Endings;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A started instance, wherever it runs.
 *
 * @param <S> the saga's state
 */
public final class SagaHandle<S> {

  // What an instance has been sent is kept in memory while it runs.
  private static final int MAX_SIGNAL = 64 * 1024;
  private static final int MAX_LETTERS = 1000;

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

  /**
   * Where the instance stands now, as its journal says.
   *
   * @throws OutcomeUnknownException if the transaction that starts it has not committed
   */
  public SagaResult<S> now() {
    Engine engine = sagas.theEngine();
    List<Entry> entries = engine.soon(() -> engine.store().journal().read(no));
    if (entries.isEmpty()) {
      throw new OutcomeUnknownException(id, endings().absent(), null);
    }
    return sagas.result(runner, id, SagaState.EMPTY.applyAll(SagaJournal.read(entries)));
  }

  /**
   * Waits until the instance has ended, or waits for a person.
   *
   * @throws OutcomeUnknownException if that takes longer than {@code patience}, or the database
   *     does not answer for longer than starting waits; the instance goes on
   */
  public SagaResult<S> await(Duration patience) {
    return endings().await(patience, this::now, this::ended);
  }

  private Endings endings() {
    return new Endings(sagas.theEngine(), no, id);
  }

  /** The instance may be let go of here and go on elsewhere: then there is no result yet. */
  private Optional<SagaResult<S>> ended(Object state) {
    return state instanceof SagaState last && Endings.rests(last.status())
        ? Optional.of(sagas.result(runner, id, last))
        : Optional.empty();
  }

  /**
   * Sends a signal. Durable when it returns; a step that awaits it, now or later, takes it.
   *
   * @param payload as the step declared it; at most 65,536 characters encoded
   * @throws RefusedException if there is no such instance, it has ended, it was sent a thousand
   *     letters before, or the transaction that starts it has not committed: nothing was sent
   * @throws OutcomeUnknownException if the answer was lost; sent again it may be there twice
   */
  public void signal(String name, Object payload) {
    Payload encoded = runner.states().encode(payload);
    if (encoded.text().length() > MAX_SIGNAL) {
      throw new RefusedException(
          "a signal has at most "
              + MAX_SIGNAL
              + " characters encoded, and this one "
              + encoded.text().length()
              + "; nothing was sent. Send a reference to it instead.");
    }
    Engine engine = sagas.theEngine();
    Optional<InstanceRow> row = engine.soon(() -> engine.store().instances().find(id));
    if (row.isPresent() && row.get().status().isFinal()) {
      throw new RefusedException(
          "'" + id + "' has ended " + row.get().status() + ", so nothing was sent");
    }
    if (row.isPresent() && row.get().mail() >= MAX_LETTERS) {
      throw new RefusedException(
          "'"
              + id
              + "' was sent "
              + MAX_LETTERS
              + " signals and requests already, far more than its steps await; nothing was sent");
    }
    String body = LetterBody.signal(name, encoded);
    Mailbox.Posted posted =
        engine
            .store()
            .mailbox()
            .post(id, LetterBody.SIGNAL, body)
            .orElseThrow(() ->
                new RefusedException(
                    "there is no instance '"
                        + id
                        + "', or the transaction that starts it has not committed; nothing was"
                        + " sent"));
    engine.wakeFor(posted.no());
  }

  /** Asks for the saga to be compensated, and waits up to ten seconds for the answer. */
  public Verdict cancel(String by, String reason) {
    return new Operator(sagas.theEngine()).cancel(id, by, reason);
  }
}
