package dev.concordat.store;

/**
 * The sequencer of all that is published: messages now, events of streams later. A tick is a
 * snapshot; what became visible between two ticks comes after all that the first one shows. Numbers
 * of transactions and positions of rows could not tell: a lower one may be committed later. And
 * nothing waits for a transaction that stays open or prepared: what it published belongs to the
 * tick after its commit. (Skype's PgQ sequences so.)
 */
public interface Ticks {

  /**
   * The newest tick; a new one if anything may have become visible since the last.
   *
   * <p><b>When it returns</b>, the tick and everything it shows are on disk, also what was
   * committed without waiting for that.
   *
   * @return its number, from 1
   */
  long newest();
}
