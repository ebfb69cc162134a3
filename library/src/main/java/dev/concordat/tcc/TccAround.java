package dev.concordat.tcc;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Something around every call of a branch's code, in the thread that makes it. What it throws
 * counts as thrown by that code; crash tests inject faults with it.
 */
public interface TccAround {

  /** Nothing around. */
  TccAround NOTHING =
      new TccAround() {
        @Override
        public TccAnswer ask(Site site, Callable<TccAnswer> participant) throws Exception {
          return participant.call();
        }

        @Override
        public void run(Site site, Callable<?> code) throws Exception {
          code.call();
        }
      };

  /** Asks a participant, or not, or more than once. */
  TccAnswer ask(Site site, Callable<TccAnswer> participant) throws Exception;

  /** Runs a local branch's code in its transaction, or not. */
  void run(Site site, Callable<?> code) throws Exception;

  /**
   * A call of a branch's code.
   *
   * @param of the instance
   * @param call what a participant is asked, or null for a local branch
   */
  record Site(
      TccListener.Moment of,
      TccOperation operation,
      String branch,
      int attempt,
      @Nullable TccCall call) {}
}
