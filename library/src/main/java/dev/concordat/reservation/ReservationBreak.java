package dev.concordat.reservation;

/** What a reservation can be broken by: nothing goes on until a person has looked. */
public enum ReservationBreak {
  /** What moved is not what was asked for. */
  AMOUNT_DIFFERS,
  /** The provider knows the key with another request: a bug. */
  KEY_MISUSED,
  /** It was done after what was held had been released, and nobody can refund it. */
  LATE_SUCCESS,
  /** It was taken back or failed after it had been confirmed, and nobody can reverse that. */
  LATE_FAILURE,
  /** It was taken back more than once. */
  DOUBLE_REFUND,
  /** It was done again after it had been taken back. */
  CHARGED_AGAIN,
  /** The provider refuses to refund. */
  REFUND_REFUSED,
  /** A refund may have been done or not, and the provider may have forgotten its key. */
  REFUND_UNKNOWN,
  /** What is said by one contradicts what is said by another, and neither can be passed over. */
  EVIDENCE_CONFLICTS,
  /** Nobody can be asked how it stands. */
  NOBODY_TO_ASK,
  /** A charge that no reservation asked for. */
  CHARGE_WITHOUT_INTENT
}
