package dev.concordat.reservation;

/**
 * What the runner performs; one at a time.
 *
 * @param task what
 * @param number which attempt at it, or which correction
 */
record ReservationAction(Task task, int number) {

  enum Task {
    HOLD(true),
    CALL(false),
    ASK(false),
    VOID(false),
    CONFIRM(true),
    RELEASE(true),
    /** Starts the instance that corrects. */
    CORRECT(false),
    REFUND(false),
    REVERSE(true),
    /** Tells the corrected instance that its charge is refunded. */
    TELL(false);

    private final boolean local;

    Task(boolean local) {
      this.local = local;
    }

    boolean isLocal() {
      return local;
    }
  }
}
