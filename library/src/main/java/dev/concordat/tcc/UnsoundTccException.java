package dev.concordat.tcc;

import dev.concordat.core.RefusedException;
import java.util.List;

/** A transaction was declared that could not keep its promises. Nothing was made. */
public final class UnsoundTccException extends RefusedException {

  private static final long serialVersionUID = 1L;

  private final List<String> reasons;

  UnsoundTccException(String name, List<String> reasons) {
    super("'" + name + "' is unsound: " + String.join("; ", reasons));
    this.reasons = List.copyOf(reasons);
  }

  /** Everything that is wrong with it. */
  public List<String> reasons() {
    return reasons;
  }
}
