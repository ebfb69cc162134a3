package dev.concordat.examples.threephase;

import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/** Moves money into an account, or out of it: what goes out is held until that is decided. */
final class TransferWork implements ThreePhaseWork {

  private volatile boolean refusing;

  /** Whether to refuse all that is asked from now on. */
  void refuse(boolean all) {
    refusing = all;
  }

  /** An account and by how much it changes. */
  private record Change(String account, long amount) {
    static Change of(String work) {
      String[] parts = work.split(" ", 2);
      return new Change(parts[0], Long.parseLong(parts[1]));
    }

    long out() {
      return Math.max(0, -amount);
    }
  }

  @Override
  public void prepare(Connection tx, String gid, String work) throws SQLException {
    if (refusing) {
      throw new RefusedException("it was told to refuse");
    }
    Change change = Change.of(work);
    String hold = "UPDATE account SET held = held + ? WHERE id = ? AND balance - held >= ?";
    if (Sql.update(tx, hold, change.out(), change.account(), change.out()) == 0) {
      throw new RefusedException(change.account() + " does not have " + change.out());
    }
  }

  @Override
  public void commit(Connection tx, String gid, String work) throws SQLException {
    Change change = Change.of(work);
    Sql.update(
        tx,
        "UPDATE account SET balance = balance + ?, held = held - ? WHERE id = ?",
        change.amount(),
        change.out(),
        change.account());
    Sql.update(tx, "INSERT INTO movement VALUES (?, ?, ?)", gid, change.account(), change.amount());
  }

  @Override
  public void abort(Connection tx, String gid, String work) throws SQLException {
    Change change = Change.of(work);
    String release = "UPDATE account SET held = held - ? WHERE id = ?";
    Sql.update(tx, release, change.out(), change.account());
  }
}
