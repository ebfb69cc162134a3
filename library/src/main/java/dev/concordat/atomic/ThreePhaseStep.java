package dev.concordat.atomic;

/**
 * What a request makes of a participant.
 *
 * @param after how it stands then
 * @param effect what its business does in the same transaction as its row changes
 */
record ThreePhaseStep(ThreePhaseStanding after, Effect effect) {

  /** What the business does. */
  enum Effect {
    /** Nothing. */
    NONE,
    /** Looks whether it can, and holds what it needs; if it refuses, it aborts instead. */
    PREPARE,
    /** Does what was prepared. */
    COMMIT,
    /** Gives up what was prepared. */
    ABORT,
    /** Nothing, but a person should know: it was told to do the opposite of what it has done. */
    ALARM
  }

  static ThreePhaseStep stay(ThreePhaseStanding standing) {
    return new ThreePhaseStep(standing, Effect.NONE);
  }
}
