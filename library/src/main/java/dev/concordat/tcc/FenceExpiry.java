package dev.concordat.tcc;

import dev.concordat.store.FenceClaim.Moved;
import dev.concordat.store.FenceKey;
import dev.concordat.store.FenceMove;
import dev.concordat.store.Fences;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives back what is held longer than its time: page by page, so that one that fails stops none.
 */
final class FenceExpiry {

  private static final int PAGE = 100;

  private final Fences fences;

  FenceExpiry(Fences fences) {
    this.fences = fences;
  }

  private interface Giving {
    /** False if it was not to be given back any more. */
    boolean back(TccCall call) throws Exception;
  }

  int expire(TccHandler handler, int max) {
    return expire(call -> inTransaction(call, handler), max);
  }

  int expire(FenceOutside outside, TccOutside business, int max) {
    return expire(call -> outside.expire(call, business), max);
  }

  private int expire(Giving giving, int max) {
    int given = 0;
    Fences.Overdue last = Fences.Overdue.NONE;
    List<Fences.Overdue> page = fences.overdue(last, PAGE);
    while (!page.isEmpty() && given < max) {
      for (Fences.Overdue one : page) {
        given += given < max && isGivenBack(one, giving) ? 1 : 0;
        last = one;
      }
      page = fences.overdue(last, PAGE);
    }
    return given;
  }

  private static boolean isGivenBack(Fences.Overdue one, Giving giving) {
    TccBranchId branch = new TccBranchId(one.transaction(), one.branch());
    TccCall call = FenceCalls.expiry(branch, one.body(), one.holdUntil());
    try {
      return giving.back(call);
    } catch (Exception e) {
      TccFence.unknown(call, e);
      return false;
    }
  }

  private boolean inTransaction(TccCall call, TccHandler handler) throws Exception {
    FenceKey key = FenceCalls.key(call);
    FenceMove move = TccFence.to(FenceState.EXPIRED, Set.of(FenceState.TRIED), null).ifOverdue();
    return fences
        .run(
            key,
            FenceCalls.patience(call),
            tx -> {
              if (tx.claim(move) instanceof Moved(int attempt, Optional<String> held)) {
                TccFence.ended(tx, call, handler, held);
                return true;
              }
              return false;
            })
        .orElse(false);
  }
}
