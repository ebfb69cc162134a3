package dev.concordat.core;

/** What became of a branch that was told the decision. */
public enum BranchEnding {
  /** It did what it was told. */
  DONE,
  /** Somebody had told it before, and it had done so. */
  ALREADY,
  /** It did the opposite, or has lost it: somebody decided alone. */
  HEURISTIC,
  /** It could not be told, or its answer was lost: tell it again. */
  AGAIN
}
