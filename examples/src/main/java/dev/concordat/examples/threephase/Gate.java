package dev.concordat.examples.threephase;

import dev.concordat.atomic.ThreePhaseChannel;
import dev.concordat.atomic.ThreePhaseRequest.CanCommit;
import dev.concordat.atomic.ThreePhaseRequest.Commit;
import dev.concordat.atomic.ThreePhaseRequest.PreCommit;
import dev.concordat.atomic.ThreePhaseStanding;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's way out, which stands still at one phase of the first transfer that comes to
 * it, until it is told to go on, or never.
 */
final class Gate implements ThreePhaseChannel {

  private static final String FIRST = "debit";

  private final ThreePhaseChannel real;
  private final @Nullable Phase phase;
  private final AtomicReference<@Nullable String> chosen = new AtomicReference<>();
  private final CountDownLatch oneDone = new CountDownLatch(1);
  private final CountDownLatch allPreCommitted = new CountDownLatch(3);
  private final CountDownLatch open = new CountDownLatch(1);
  private final AtomicBoolean told = new AtomicBoolean();

  Gate(ThreePhaseChannel real, @Nullable Phase phase) {
    this.real = real;
    this.phase = phase;
  }

  /** Lets all pass from now on. */
  void open() {
    open.countDown();
  }

  @Override
  public ThreePhaseStanding ask(String address, Letter letter) throws Exception {
    if (phase == null || !isChosen(letter)) {
      return real.ask(address, letter);
    }
    if (isToStand(phase, letter)) {
      stand(letter.gid());
    }
    ThreePhaseStanding standing = real.ask(address, letter);
    if (letter.participant().equals(FIRST) && opens(phase, letter)) {
      oneDone.countDown();
    }
    if (letter.request() instanceof PreCommit) {
      allPreCommitted.countDown();
    }
    return standing;
  }

  private boolean isChosen(Letter letter) {
    chosen.compareAndSet(null, letter.gid());
    return letter.gid().equals(chosen.get());
  }

  /** Whether it is a request that only one may get before all others stand still. */
  private static boolean opens(Phase phase, Letter letter) {
    return switch (phase) {
      case PRE_COMMIT_ONE -> letter.request() instanceof PreCommit;
      case COMMIT_ONE -> letter.request() instanceof Commit;
      case CAN_COMMIT, VOTES, PRE_COMMIT -> false;
    };
  }

  private boolean isToStand(Phase at, Letter letter) throws InterruptedException {
    boolean isFirst = letter.participant().equals(FIRST);
    return switch (at) {
      case CAN_COMMIT -> letter.request() instanceof CanCommit;
      case VOTES -> letter.request() instanceof PreCommit;
      case PRE_COMMIT_ONE, COMMIT_ONE -> opens(at, letter) && !isFirst && after(oneDone);
      case PRE_COMMIT -> letter.request() instanceof Commit && after(allPreCommitted);
    };
  }

  private static boolean after(CountDownLatch latch) throws InterruptedException {
    latch.await();
    return true;
  }

  private void stand(String gid) throws InterruptedException {
    if (!told.getAndSet(true)) {
      System.out.println(CoordinatorProcess.AT + gid);
    }
    open.await();
  }
}
