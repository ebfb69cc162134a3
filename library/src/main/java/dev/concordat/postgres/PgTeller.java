package dev.concordat.postgres;

import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Branches;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Tells prepared branches the decision. On a connection of its own, for while all others wait for
 * locks of prepared branches, somebody must be able to end those.
 */
final class PgTeller implements Branches.Teller {

  private static final String GONE = "42704";
  private static final String DENIED = "42501";

  private final Database database;
  private final KeptConnection kept;
  private boolean warns = true;

  PgTeller(Database database) {
    this.database = database;
    this.kept = new KeptConnection(database, PostgresBranches.SILENCE);
  }

  @Override
  public BranchEnding commit(BranchId id) {
    return end("COMMIT PREPARED '", id, true);
  }

  @Override
  public BranchEnding rollBack(BranchId id) {
    return end("ROLLBACK PREPARED '", id, false);
  }

  private BranchEnding end(String how, BranchId id, boolean commits) {
    try {
      return kept.use(connection -> end(connection, how, id, commits));
    } catch (SQLException | RefusedException e) {
      if (e instanceof SQLException denied && DENIED.equals(denied.getSQLState()) && warns) {
        warns = false;
        Database.LOG.warn(
            "Branch {} cannot be ended by this database user ({}). It keeps its locks and is tried"
                + " again: recover as the user that prepared it, or as a superuser.",
            id,
            denied.getMessage());
      }
      Database.LOG.debug("branch {} could not be told the decision, and is told again", id, e);
      return BranchEnding.AGAIN;
    }
  }

  private BranchEnding end(Connection connection, String how, BranchId id, boolean commits)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try {
        statement.execute(how + id.text() + "'");
        return BranchEnding.DONE;
      } catch (SQLException e) {
        if (!GONE.equals(e.getSQLState())) {
          throw e;
        }
        return isMarked(statement, id) == commits ? BranchEnding.ALREADY : BranchEnding.HEURISTIC;
      }
    }
  }

  /** Its row is there if and only if it committed. */
  private boolean isMarked(Statement statement, BranchId id) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            database.sql("SELECT FROM $.branch WHERE attempt = ") + id.number())) {
      return row.next();
    }
  }

  @Override
  public void close() {
    kept.close();
  }
}
