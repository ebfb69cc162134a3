package dev.concordat.reservation;

/** The machine, or one with a planted bug. */
interface Decider {

  /** The machine itself. */
  Decider REAL = ReservationMachine::decide;

  ReservationDecision decide(
      ReservationPlan plan, ReservationState state, ReservationStimulus stimulus);
}
