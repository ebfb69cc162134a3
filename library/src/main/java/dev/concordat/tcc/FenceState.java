package dev.concordat.tcc;

/** How a branch stands at a participant. The three that end in -ING are for effects outside. */
enum FenceState {
  /** A try outside has begun; what became of it is not known yet. */
  STARTED,
  /** Something is held. */
  TRIED,
  /** The business said no; nothing is held. */
  REFUSED,
  /** A confirm outside has begun. */
  CONFIRMING,
  /** What was held is final. */
  CONFIRMED,
  /** A cancel outside has begun. */
  CANCELLING,
  /** Nothing is held any more, or ever was. */
  CANCELLED,
  /** Giving back outside, because its time was over, has begun. */
  EXPIRING,
  /** What was held was given back because its time was over. */
  EXPIRED
}
