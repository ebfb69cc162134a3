package dev.concordat.tcc;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A participant's business, in its own database. The fence calls each method once for each branch:
 * no duplicates, nothing late, nothing before its turn. Must be thread-safe.
 *
 * <p>All of it is done through the connection, in the transaction that notes it in the fence; the
 * connection cannot end that transaction. What is thrown rolls it back.
 */
public interface TccHandler {

  /**
   * Holds what the branch needs, so that others can neither spend nor see it as theirs.
   *
   * @return what it holds
   * @throws dev.concordat.core.RefusedException if the business says no, for good
   * @throws Exception if it cannot be done now: it is asked again
   */
  TccHold tryHold(Connection tx, TccCall call) throws Exception;

  /**
   * Makes what is held final. It must not refuse: that is what the try was for.
   *
   * @param held what the try answered, as JSON
   * @return what the initiator is told, as JSON of at most 65,536 bytes; null if there is nothing
   * @throws Exception if it cannot be done now: it is asked again
   */
  @Nullable String confirm(Connection tx, TccCall call, String held) throws Exception;

  /**
   * Gives back what is held. It must not refuse. Not called if nothing is held.
   *
   * @param held what the try answered, as JSON
   * @return what the initiator is told, as JSON of at most 65,536 bytes; null if there is nothing
   * @throws Exception if it cannot be done now: it is asked again
   */
  @Nullable String cancel(Connection tx, TccCall call, String held) throws Exception;
}
