package dev.concordat.engine;

/** An instance is busy with another decision for longer than a transaction should wait. */
public final class StillBusy extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StillBusy() {
    super("the instance is busy with another decision", null, false, false);
  }
}
