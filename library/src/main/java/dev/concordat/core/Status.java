package dev.concordat.core;

/** Where an instance stands, as the search column of its row says. */
public enum Status {
  /** Accepted and durable; no worker has begun it yet. */
  PENDING,
  /** Going forward: a step runs, or it waits for a timer, a signal, a child or its next attempt. */
  RUNNING,
  /** Every step is done. Final. */
  COMPLETED,
  /** Undoing: completed steps are being compensated, last one first. */
  COMPENSATING,
  /** Every completed step that has a compensation is compensated. Final. */
  COMPENSATED,
  /** It waits for a person: retry, skip, supply or forward. Nothing runs until then. */
  NEEDS_ATTENTION,
  /**
   * Of a two- or three-phase commit: able to do either, and not yet told everywhere what is
   * decided. The databases themselves say so; no instance's row ever does.
   */
  PREPARED;

  /** Whether nothing will ever change this instance again. */
  public boolean isFinal() {
    return this == COMPLETED || this == COMPENSATED;
  }
}
