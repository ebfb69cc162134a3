package dev.concordat.tcc;

/** What it means for the money when a branch does not do what was decided. */
final class TccMeaning {

  private TccMeaning() {}

  /** What an answer that contradicts the decision means, and what to do. */
  static String of(TccOperation operation, TccAnswer.Code code) {
    String what =
        operation == TccOperation.CONFIRM
            ? notConfirmed(code)
            : code == TccAnswer.Code.CONFIRMED
                ? "It was confirmed, by somebody other than this transaction, which was cancelled:"
                    + " its share is done while no other is."
                : "Whether it still holds anything, or will when a try comes late, nobody can say.";
    return what
        + " Look there, put it right by hand, and say skip with what you did; or say retry once it"
        + " would answer otherwise.";
  }

  private static String notConfirmed(TccAnswer.Code code) {
    String lost = ", so its share is not done while others are confirmed.";
    return switch (code) {
      case EXPIRED -> "What it held was given back before it was confirmed" + lost;
      case CANCELLED ->
          "It was cancelled, by somebody other than this transaction, which was confirmed" + lost;
      case NOT_TRIED -> "It knows of no try, though it answered one" + lost;
      case TOO_OLD -> "It no longer remembers the try, so whether its share is done is unknown.";
      case MISMATCH ->
          "It knows the branch with another body, so what it did is not what was asked.";
      case REFUSED, CONFIRMED ->
          "No participant may answer that to a confirm, so whether its share is done is unknown.";
    };
  }

  /** What it means that a branch could not be told what was decided. */
  static String untold(TccOperation operation) {
    return operation == TccOperation.CONFIRM
        ? "It could not be confirmed: what it holds is still held, or was given back when its time"
            + " was over. Its share may be done or not."
        : "It could not be cancelled: what it holds may still be held.";
  }
}
