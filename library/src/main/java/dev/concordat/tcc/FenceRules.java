package dev.concordat.tcc;

import static dev.concordat.tcc.TccOperation.CANCEL;
import static dev.concordat.tcc.TccOperation.CONFIRM;

import dev.concordat.store.FenceClaim.Found;
import dev.concordat.store.FenceKey;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;

/** What is answered to an operation that has nothing to do: it was done, or must not be. Pure. */
final class FenceRules {

  /** What is answered if there is nothing to tell. */
  static final String NOTHING = "null";

  static final Refused NOT_TRIED =
      new Refused(Code.NOT_TRIED, "nothing is held here that could be confirmed");

  static final Refused TOO_OLD =
      new Refused(
          Code.TOO_OLD, "it began so long ago that what became of it is no longer remembered here");

  private static final Refused MISMATCH =
      new Refused(
          Code.MISMATCH, "this branch was asked for with another body before; that one counts");

  private static final Refused CONFIRMED = new Refused(Code.CONFIRMED, "it is confirmed");

  private static final Refused CANCELLED = new Refused(Code.CANCELLED, "it is cancelled");

  private static final Refused EXPIRED =
      new Refused(Code.EXPIRED, "what was held was given back, because its time was over");

  private FenceRules() {}

  /** The answer if the row is in a state that the operation does not change. */
  static TccAnswer answer(TccOperation operation, FenceKey key, Found row) {
    if (!row.hash().equals(key.hash())) {
      return MISMATCH;
    }
    FenceState state = FenceState.valueOf(row.state());
    return switch (operation) {
      case TRY -> toTry(state, row);
      case CONFIRM -> toConfirm(state, row);
      case CANCEL -> toCancel(state, row);
    };
  }

  private static TccAnswer toTry(FenceState state, Found row) {
    return switch (state) {
      case STARTED -> underWay("a try", row);
      case TRIED -> stored(row);
      case REFUSED -> new Refused(Code.REFUSED, row.reason());
      case CONFIRMING, CONFIRMED -> CONFIRMED;
      case CANCELLING, CANCELLED -> CANCELLED;
      case EXPIRING, EXPIRED -> EXPIRED;
    };
  }

  private static TccAnswer toConfirm(FenceState state, Found row) {
    return switch (state) {
      // Nobody was told yet that the try was done, so nobody can have decided to confirm it.
      case STARTED, REFUSED -> NOT_TRIED;
      case TRIED, CONFIRMING -> underWay("a confirm", row);
      case CONFIRMED -> stored(row);
      case CANCELLING, CANCELLED -> CANCELLED;
      case EXPIRING, EXPIRED -> EXPIRED;
    };
  }

  private static TccAnswer toCancel(FenceState state, Found row) {
    return switch (state) {
      case STARTED -> underWay("a try", row);
      case REFUSED, EXPIRED -> new Done(NOTHING);
      case CONFIRMING, CONFIRMED -> CONFIRMED;
      case TRIED, CANCELLING, EXPIRING -> underWay("a cancel", row);
      case CANCELLED -> stored(row);
    };
  }

  private static Done stored(Found row) {
    return new Done(row.answered().orElse(NOTHING));
  }

  private static Unknown underWay(String what, Found row) {
    return new Unknown(
        what + " is under way, for at most " + row.busyFor().toMillis() + " ms more; ask again");
  }

  /** Whether asking for it was an error of the initiator, or of whoever made the ids. */
  static boolean isProtocolError(TccOperation operation, Code code) {
    return switch (code) {
      case REFUSED, EXPIRED -> false;
      case CANCELLED, NOT_TRIED -> operation == CONFIRM;
      case CONFIRMED -> operation == CANCEL;
      case MISMATCH -> true;
      case TOO_OLD -> operation == CONFIRM || operation == CANCEL;
    };
  }
}
