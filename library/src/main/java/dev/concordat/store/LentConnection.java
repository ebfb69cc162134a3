package dev.concordat.store;

import java.sql.Connection;
import java.util.function.BooleanSupplier;

/**
 * Lends a connection to business code, for everything but ending the transaction: neither on it,
 * nor through what it hands out, nor by a statement that begins with COMMIT or the like.
 */
public final class LentConnection {

  private LentConnection() {}

  /** Lends it until {@code over} says that the transaction is: then it may be somebody else's. */
  public static Connection of(Connection real, BooleanSupplier over) {
    return new Lending(over).connection(real);
  }

  /** Whether that SQL begins with what would end the transaction, or begin one. */
  public static boolean ends(String sql) {
    return Lending.ends(sql);
  }
}
