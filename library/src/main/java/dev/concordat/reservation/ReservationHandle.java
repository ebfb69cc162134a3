package dev.concordat.reservation;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.engine.Engine;
import dev.concordat.runner.Endings;
import dev.concordat.store.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A started reservation, wherever it runs.
 *
 * @param <S> the reservation's state
 */
public final class ReservationHandle<S> {

  private final Reservations reservations;
  private final ReservationRunner<S> runner;
  private final long no;
  private final String id;

  ReservationHandle(Reservations reservations, ReservationRunner<S> runner, long no, String id) {
    this.reservations = reservations;
    this.runner = runner;
    this.no = no;
    this.id = id;
  }

  /** The instance's id. */
  public String id() {
    return id;
  }

  /**
   * Where it stands now, as its journal says.
   *
   * @throws OutcomeUnknownException if the transaction that starts it has not committed
   */
  public ReservationResult<S> now() {
    Engine engine = reservations.engine();
    List<Entry> entries = engine.soon(() -> engine.store().journal().read(no));
    if (entries.isEmpty()) {
      throw new OutcomeUnknownException(id, endings().absent(), null);
    }
    return Reservations.result(
        runner, id, ReservationState.EMPTY.applyAll(ReservationJournal.read(entries)));
  }

  /**
   * Waits until it has ended, or waits for a person. A reservation that is UNKNOWN has not ended.
   *
   * @throws OutcomeUnknownException if that takes longer than {@code patience}; it goes on
   */
  public ReservationResult<S> await(Duration patience) {
    return endings().await(patience, this::now, this::ended);
  }

  private Optional<ReservationResult<S>> ended(Object state) {
    return state instanceof ReservationState last && Endings.rests(last.status())
        ? Optional.of(Reservations.result(runner, id, last))
        : Optional.empty();
  }

  private Endings endings() {
    return new Endings(reservations.engine(), no, id);
  }
}
