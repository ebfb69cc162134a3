package dev.concordat.tcc;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A participant's business outside its database: a call to another system, for instance. The fence
 * notes that it begins, lets it be done, and notes how it ended; it holds no connection meanwhile.
 * Must be thread-safe.
 *
 * <p>If the process dies in between, it is done again for the same branch: give the other system
 * {@link TccCall#key} as its idempotency key, and a time limit of {@link TccCall#timeLeft}. Nobody
 * else is at the branch during that time.
 */
public interface TccOutside {

  /**
   * Holds what the branch needs.
   *
   * @throws dev.concordat.core.RefusedException if the business says no, for good, so that nothing
   *     is held
   * @throws Exception if it is not known what happened: it is asked again, or cancelled
   */
  TccHold tryHold(TccCall call) throws Exception;

  /**
   * Makes what is held final. It must not refuse.
   *
   * @param held what the try answered, as JSON
   * @return what the initiator is told, as JSON of at most 65,536 bytes; null if there is nothing
   * @throws Exception if it is not known what happened: it is asked again
   */
  @Nullable String confirm(TccCall call, String held) throws Exception;

  /**
   * Gives back what is held, if anything is. It must not refuse, and must make sure that a try that
   * is still on its way finds itself cancelled.
   *
   * @param held what the try answered, as JSON; empty if it is not known what became of it
   * @return what the initiator is told, as JSON of at most 65,536 bytes; null if there is nothing
   * @throws Exception if it is not known what happened: it is asked again
   */
  @Nullable String cancel(TccCall call, Optional<String> held) throws Exception;
}
