package dev.concordat.store;

/**
 * The database rolled a local transaction back at its commit, for certain: a deferred constraint, a
 * serialization conflict, or an error that business code had swallowed. The cause says which.
 */
public final class RolledBack extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * A transaction was rolled back.
   *
   * @param cause the database's error
   */
  public RolledBack(Exception cause) {
    super("rolled back at commit: " + cause.getMessage(), cause);
  }
}
