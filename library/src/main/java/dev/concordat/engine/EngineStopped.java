package dev.concordat.engine;

/** The engine is stopping or has been killed: whatever was under way is left to another worker. */
public final class EngineStopped extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Thrown by the engine itself, and by fault points in its stead. */
  public EngineStopped() {
    super(
        "this worker is stopping; what it had begun is taken over by another", null, false, false);
  }
}
