package dev.concordat.reservation;

/** What is performed for a reservation or for the correction of one. */
public enum ReservationTask {
  /** Holds, in one transaction with the journal. */
  HOLD(true),
  /** Calls the provider. */
  CALL(false),
  /** Asks the provider how it stands. */
  ASK(false),
  /** Voids at the provider. */
  VOID(false),
  /** Makes final what is held. */
  CONFIRM(true),
  /** Gives back what is held. */
  RELEASE(true),
  /** Starts the instance that corrects. */
  CORRECT(false),
  /** Refunds at the provider. */
  REFUND(false),
  /** Takes back here what was confirmed. */
  REVERSE(true),
  /** Tells the corrected reservation that its charge is refunded. */
  TELL(false);

  private final boolean local;

  ReservationTask(boolean local) {
    this.local = local;
  }

  boolean isLocal() {
    return local;
  }
}
