package dev.concordat.postgres;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What PostgreSQL's refusal to prepare or commit a branch means, and what to change. */
final class Why {

  /** Of an id. */
  static final String BEFORE = "another attempt of the same id has committed";

  private Why() {}

  /**
   * If an id was not to be taken because of another attempt of it: what that has done, or may do.
   */
  static @Nullable String taken(SQLException e) {
    if (!Database.isWithin(e, "take_id")) {
      return null;
    }
    // Also a transaction that may not commit for what it read, which says nothing of other
    // attempts.
    if (Database.isFrom(e, "predicate.c")) {
      return null;
    }
    return switch (String.valueOf(e.getSQLState())) {
      case "22012" -> BEFORE;
      case "40001" -> "another attempt of the same id has committed meanwhile, or may have";
      case "55P03", "57014", "40P01" -> "another attempt of the same id has not ended yet";
      default -> null;
    };
  }

  /** Whether it was a lock that could not be waited for any longer, that of a decision perhaps. */
  static boolean mayBeWaiting(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.equals("55P03") || state.equals("57014");
  }

  static String refused(SQLException e) {
    String said = Database.message(e);
    String state = String.valueOf(e.getSQLState());
    return switch (state) {
      case "25P02" ->
          "a statement failed before and its error was swallowed, so PostgreSQL rolls the branch"
              + " back; let the error through, or use a savepoint";
      case "0A000" ->
          "PostgreSQL cannot prepare what this branch did ("
              + said
              + "): leave LISTEN, NOTIFY, temporary tables, WITH HOLD cursors, exported snapshots"
              + " and session locks out of it";
      case "55000" ->
          said.contains("disabled")
              ? "max_prepared_transactions is 0 in this database server: set it to at least its"
                  + " max_connections, and restart it"
              : said;
      case "53200", "53400" ->
          "the database server has no room for another prepared transaction ("
              + said
              + "): raise max_prepared_transactions, or see what is in doubt";
      case "42710" -> "the name of this branch is taken (" + said + "); what has it is left alone";
      case "55P03" -> "a lock was not to be had in time (" + said + "); it can be done again";
      case "57014" ->
          "a statement took too long, or was broken off to end a deadlock across databases ("
              + said
              + "); it can be done again";
      case "25P03" -> "the branch waited too long for its next statement (" + said + ")";
      case "40001", "40P01" -> "the database rolled back (" + said + "); it can be done again";
      default -> said + " (SQLSTATE " + state + ")";
    };
  }
}
