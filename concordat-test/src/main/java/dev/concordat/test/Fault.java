package dev.concordat.test;

/**
 * One thing that goes wrong at one point.
 *
 * @param kind what goes wrong
 * @param point where: {@code Port.method#n}, the n-th such call of a worker's life
 */
public record Fault(Kind kind, String point) {

  /** What can go wrong at a point. */
  public enum Kind {
    /** The worker dies just before. */
    CRASH_BEFORE,
    /** The worker dies just after. */
    CRASH_AFTER,
    /** It is turned down and certainly did not happen; trying again may help. */
    FAIL_BEFORE,
    /** The request is lost: it did not happen, and nobody knows. */
    LOSE_REQUEST,
    /** It happens, and the answer is lost. */
    LOSE_ANSWER,
    /** It happens twice. */
    DUPLICATE,
    /** The worker freezes just before, others take over, and then it goes on. */
    FREEZE,
    /** User code refuses for a business reason; it did not happen. */
    REFUSE,
    /** User code fails in a way nobody foresaw, after it took effect. */
    UNEXPECTED;

    /** Whether the worker is lost, so that another has to recover. */
    public boolean losesWorker() {
      return this == CRASH_BEFORE || this == CRASH_AFTER || this == FREEZE;
    }

    boolean isBefore() {
      return switch (this) {
        case CRASH_BEFORE, FAIL_BEFORE, LOSE_REQUEST, FREEZE, REFUSE -> true;
        case CRASH_AFTER, LOSE_ANSWER, DUPLICATE, UNEXPECTED -> false;
      };
    }
  }

  /** The fault that {@link #toString} wrote. */
  public static Fault parse(String text) {
    int space = text.indexOf(' ');
    return new Fault(Kind.valueOf(text.substring(0, space)), text.substring(space + 1));
  }

  @Override
  public String toString() {
    return kind + " " + point;
  }
}
