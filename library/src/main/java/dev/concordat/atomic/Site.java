package dev.concordat.atomic;

import dev.concordat.core.BranchId.Place;
import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import org.jspecify.annotations.Nullable;

/**
 * A database that takes part, as its coordinator has it.
 *
 * @param place what it is called, and what marks it
 * @param branches its branches
 * @param decisions the decisions it keeps, or null if it cannot keep any
 */
public record Site(Place place, Branches branches, @Nullable Decisions decisions) {

  boolean decides() {
    return decisions != null;
  }

  Decisions deciding() {
    Decisions kept = decisions;
    if (kept == null) {
      throw new InvariantViolation(place + " was asked for a decision and keeps none");
    }
    return kept;
  }
}
