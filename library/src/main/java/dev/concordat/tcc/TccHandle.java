package dev.concordat.tcc;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.engine.Engine;
import dev.concordat.runner.Endings;
import dev.concordat.store.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A started transaction, wherever it runs.
 *
 * @param <S> the state's type
 */
public final class TccHandle<S> {

  private final Engine engine;
  private final TccRunner<S> runner;
  private final long no;
  private final String id;

  TccHandle(Engine engine, TccRunner<S> runner, long no, String id) {
    this.engine = engine;
    this.runner = runner;
    this.no = no;
    this.id = id;
  }

  /** The instance's id. */
  public String id() {
    return id;
  }

  /**
   * Where the transaction stands now, as its journal says.
   *
   * @throws OutcomeUnknownException if the transaction that starts it has not committed
   */
  public TccResult<S> now() {
    List<Entry> entries = engine.soon(() -> engine.store().journal().read(no));
    if (entries.isEmpty()) {
      throw new OutcomeUnknownException(id, endings().absent(), null);
    }
    return runner.result(id, TccState.EMPTY.applyAll(TccJournal.read(entries)));
  }

  /**
   * Waits until the transaction has ended, or waits for a person.
   *
   * @throws OutcomeUnknownException if that takes longer than {@code patience}, or the database
   *     does not answer for longer than starting waits; the transaction goes on
   */
  public TccResult<S> await(Duration patience) {
    return endings().await(patience, this::now, this::ended);
  }

  private Endings endings() {
    return new Endings(engine, no, id);
  }

  /** The instance may be let go of here and go on elsewhere: then there is no result yet. */
  private Optional<TccResult<S>> ended(Object state) {
    return state instanceof TccState last && Endings.rests(last.status())
        ? Optional.of(runner.result(id, last))
        : Optional.empty();
  }
}
