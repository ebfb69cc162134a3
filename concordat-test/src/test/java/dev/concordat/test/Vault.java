package dev.concordat.test;

import dev.concordat.core.RefusedException;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccLocal;
import java.sql.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The world of crash tests of try, confirm and cancel: participants that keep the contract, with a
 * fence written by hand, and a local branch that writes to {@link Books}.
 */
final class Vault implements World {

  static final String FLIGHT = "flight";
  static final String HOTEL = "hotel";
  static final String FEE = "fee";
  private static final String FEE_FINAL = "fee confirmed";

  private enum State {
    HELD,
    CONFIRMED,
    CANCELLED
  }

  private final Books books;
  private final boolean fenced;
  private final Map<String, State> fence = new HashMap<>();
  private final Map<String, Integer> held = new HashMap<>();
  private final Map<String, Integer> sold = new HashMap<>();

  private Vault(Books books, boolean fenced) {
    this.books = books;
    this.fenced = fenced;
  }

  static Vault over(Books books) {
    return new Vault(books, true);
  }

  /** Participants that know no try again. */
  static Vault withoutFence(Books books) {
    return new Vault(books, false);
  }

  @Override
  public synchronized void reset() {
    books.reset();
    fence.clear();
    held.clear();
    sold.clear();
  }

  synchronized TccAnswer answer(TccCall call) {
    String branch = call.branch().branch();
    State known = fence.get(call.branch().toString());
    return switch (call.operation()) {
      case TRY -> tried(call.branch(), known);
      case CONFIRM -> {
        if (known != State.HELD) {
          yield known == State.CONFIRMED ? done() : refused(TccAnswer.Code.NOT_TRIED);
        }
        held.merge(branch, -1, Integer::sum);
        sold.merge(branch, 1, Integer::sum);
        yield now(call.branch(), State.CONFIRMED);
      }
      case CANCEL -> {
        if (known == State.CONFIRMED) {
          yield refused(TccAnswer.Code.CONFIRMED);
        }
        held.merge(branch, known == State.HELD ? -1 : 0, Integer::sum);
        yield now(call.branch(), State.CANCELLED);
      }
    };
  }

  private TccAnswer tried(TccBranchId branch, State known) {
    if (known == State.CANCELLED) {
      return refused(TccAnswer.Code.CANCELLED);
    }
    if (known == null || !fenced) {
      held.merge(branch.branch(), 1, Integer::sum);
    }
    return now(branch, State.HELD);
  }

  private TccAnswer now(TccBranchId branch, State state) {
    fence.put(branch.toString(), state);
    return done();
  }

  private static TccAnswer done() {
    return new TccAnswer.Done("null");
  }

  private static TccAnswer refused(TccAnswer.Code code) {
    return new TccAnswer.Refused(code, "it stands against it");
  }

  /** Code of a branch in the journal's transaction. */
  TccLocal<Job> fee() {
    return new TccLocal<>() {
      @Override
      public void hold(Connection tx, Job state, TccBranchId branch) throws Exception {
        if (state.amount() < 0) {
          throw new RefusedException("no fee is that low");
        }
        books.write(tx, FEE, 1);
      }

      @Override
      public void confirm(Connection tx, Job state, TccBranchId branch) throws Exception {
        books.write(tx, FEE_FINAL, 1);
      }

      @Override
      public void cancel(Connection tx, Job state, TccBranchId branch) throws Exception {
        books.write(tx, FEE, -1);
      }
    };
  }

  /** Whether every one of these, and the fee, is sold once, and nothing is held. */
  synchronized boolean isSold(List<String> branches) {
    return branches.stream().allMatch(branch -> sold.getOrDefault(branch, 0) == 1)
        && isNothingHeld()
        && books.net(FEE) == 1
        && books.net(FEE_FINAL) == 1;
  }

  /** Whether nothing is sold, and nothing is held. */
  synchronized boolean isUntouched() {
    return sold.values().stream().allMatch(count -> count == 0)
        && isNothingHeld()
        && books.net(FEE) == 0
        && books.net(FEE_FINAL) == 0;
  }

  private boolean isNothingHeld() {
    return held.values().stream().allMatch(count -> count == 0);
  }
}
