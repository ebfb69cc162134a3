package dev.concordat.atomic;

import java.sql.Connection;

/**
 * What a participant of three-phase commits does. Each method runs in a transaction on its database
 * that also changes the participant's row: do not commit, and touch nothing that a rollback does
 * not undo.
 *
 * <p>Each is done once, if it is done: a method whose transaction did not commit runs again.
 */
public interface ThreePhaseWork {

  /**
   * Looks whether it can be done, and holds what it needs, so that {@link #commit} cannot fail for
   * a reason of the business, however late it comes. Others must not see it as done.
   *
   * @param gid the transaction's id
   * @param work what to do, as the coordinator's caller said it
   * @throws dev.concordat.core.RefusedException to vote no: then nothing of this is kept
   * @throws Exception anything else: this attempt failed, and the next may not
   */
  void prepare(Connection tx, String gid, String work) throws Exception;

  /**
   * Does what was prepared.
   *
   * @throws Exception then it is rolled back and tried again, until it succeeds
   */
  void commit(Connection tx, String gid, String work) throws Exception;

  /**
   * Gives up what was prepared.
   *
   * @throws Exception then it is rolled back and tried again, until it succeeds
   */
  void abort(Connection tx, String gid, String work) throws Exception;
}
