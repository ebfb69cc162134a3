package dev.concordat.reservation;

/**
 * What the runner performs; one at a time.
 *
 * @param task what
 * @param number which attempt at it, or which correction
 */
record ReservationAction(ReservationTask task, int number) {}
