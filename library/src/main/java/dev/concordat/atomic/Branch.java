package dev.concordat.atomic;

import dev.concordat.store.Branches;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** One database's share of a two-phase commit, for the code that does the work. */
public final class Branch {

  private final Branches.Open open;

  Branch(Branches.Open open) {
    this.open = open;
  }

  /**
   * Runs an INSERT, UPDATE or DELETE.
   *
   * @param values of its parameters, in order
   * @return how many rows it changed
   */
  public int update(String sql, Object... values) throws SQLException {
    return open.update(sql, values);
  }

  /**
   * Runs a query, and reads all rows.
   *
   * @param values of its parameters, in order
   */
  public <T> List<T> query(String sql, Branches.RowReader<T> reader, Object... values)
      throws SQLException {
    return open.query(sql, reader, values);
  }

  /**
   * The branch's connection, for other libraries: for everything but ending the transaction. The
   * first time costs a round trip, which {@link #update} and {@link #query} do not.
   */
  public Connection connection() throws SQLException {
    return open.connection();
  }
}
