package dev.concordat;

import static dev.concordat.Fixture.note;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.RefusedException;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccLocal;
import java.sql.Connection;
import java.sql.SQLException;

/** A local branch that notes what it does in the ledger, and holds no more than 50. */
final class LedgerBranch implements TccLocal<Trip> {
  @Override
  public void hold(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
    if (trip.amount() > 50) {
      throw new RefusedException("too much");
    }
    note(tx, "hold");
  }

  @Override
  public void confirm(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
    note(tx, "confirm");
  }

  @Override
  public void cancel(Connection tx, Trip trip, TccBranchId branch) throws SQLException {
    note(tx, "cancel");
  }
}
