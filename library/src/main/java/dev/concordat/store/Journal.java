package dev.concordat.store;

import dev.concordat.core.OutcomeUnknownException;
import java.sql.Connection;
import java.util.List;

/** The append-only record of every instance: the truth that states are folded from. */
public interface Journal {

  /**
   * Appends entries of several instances in one database transaction. Each is accepted or not by
   * itself; at most one entry per instance.
   *
   * <p><b>Durable when it returns</b>, as far as accepted.
   *
   * <p><b>If it throws</b> {@link OutcomeUnknownException}, some, all or none may be there. Append
   * the very same writes again: what is there already under the same token and position with the
   * same events counts as accepted. Any other exception means that nothing was written.
   *
   * <p><b>Fencing.</b> An entry is refused as {@link Write.Result#STALE} unless its token is the
   * highest ever issued for the instance and its position is the journal's length, also against a
   * claim that commits at the same moment (then the unique position decides).
   *
   * @param writes at least one
   * @return one result per write, in the same order
   */
  List<Write.Result> append(List<Write> writes);

  /**
   * Writes the first entry of an instance into a transaction of the caller's. It is durable when
   * that transaction commits, and never was if it rolls back. The instance must have no owner.
   *
   * @param connection the caller's, inside a transaction on the store's database
   * @return ACCEPTED or EXISTS
   */
  Write.Result appendWithin(Connection connection, Write write);

  /**
   * Reads a whole journal, as committed now.
   *
   * @return its entries by position; empty if there is no such instance
   */
  List<Entry> read(long no);
}
