package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Branches;
import dev.concordat.store.Branches.Vote;
import dev.concordat.store.LentConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;

/** A branch in an XA resource. */
final class XaBranch implements Branches.Open {

  private final XaBranches branches;
  private final XaLink link;
  private final XaName name;
  private boolean used;
  private boolean lent;
  private boolean ended;

  XaBranch(XaBranches branches, XaLink link, XaName name) {
    this.branches = branches;
    this.link = link;
    this.name = name;
  }

  @Override
  public Connection connection() {
    used = true;
    lent = true;
    return LentConnection.of(link.sql(), () -> ended);
  }

  @Override
  public int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = executed(sql, values)) {
      return Math.max(0, statement.getUpdateCount());
    }
  }

  @Override
  public <T> List<T> query(String sql, Branches.RowReader<T> reader, Object... values)
      throws SQLException {
    try (PreparedStatement statement = executed(sql, values);
        ResultSet row = statement.getResultSet()) {
      if (row == null) {
        throw new SQLException("this is no query: use update(...) for what returns no rows");
      }
      List<T> all = new ArrayList<>();
      while (row.next()) {
        all.add(reader.read(row));
      }
      return all;
    }
  }

  @SuppressWarnings("MustBeClosedChecker")
  private PreparedStatement executed(String sql, Object... values) throws SQLException {
    if (ended) {
      throw new SQLNonTransientConnectionException(
          "this branch has ended, and its connection may be another's; nothing was done", "08003");
    }
    used = true;
    PreparedStatement statement = link.statement(sql);
    try {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.execute();
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  /** XA has no way to ask, and a SELECT may call a function that writes: what was used counts. */
  @Override
  public boolean wrote() {
    return used;
  }

  /** Nothing was done in it, so nothing can be wrong with it. */
  @Override
  public Vote endReadOnly(String id) {
    close();
    return new Vote.ReadOnly();
  }

  /** It takes no id: where XA takes part home decides, and other attempts are met there. */
  @Override
  public Vote prepare(BranchId id, Duration remembered) {
    if (!id.equals(name.id())) {
      throw new InvariantViolation(id + " was begun as " + name.id());
    }
    try {
      branches.tables().note(link.sql(), id);
      link.xa().end(name, XAResource.TMSUCCESS);
    } catch (SQLException | XAException e) {
      // It was not asked to prepare yet: it ends with its connection.
      drop();
      return new Vote.No(Xa.message(e));
    }
    return voted();
  }

  private Vote voted() {
    try {
      int vote = link.xa().prepare(name);
      if (vote == XAResource.XA_OK) {
        ended = true;
        branches.park(name.id(), link);
        return new Vote.Yes();
      }
      drop();
      return new Vote.Unknown(
          "its driver says that nothing was written (" + vote + "), and Concordat wrote a row");
    } catch (XAException e) {
      drop();
      return Xa.isRolledBack(e) ? new Vote.No(Xa.message(e)) : new Vote.Unknown(Xa.message(e));
    }
  }

  private void drop() {
    ended = true;
    branches.connections().drop(link);
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      link.xa().end(name, XAResource.TMFAIL);
      link.xa().rollback(name);
      branches.connections().giveBack(link, lent);
    } catch (XAException | RuntimeException e) {
      // It ends with its connection.
      branches.connections().drop(link);
    }
  }
}
