package dev.concordat.postgres;

import dev.concordat.store.Ticks;

/**
 * Ticks in SQL: all of it is in one function, whose statements each see a snapshot of their own.
 */
final class PgTicks implements Ticks {

  private final Database database;

  PgTicks(Database database) {
    this.database = database;
  }

  @Override
  public long newest() {
    return database.run(
        "SELECT no FROM $.next_tick()",
        statement -> Database.rows(statement, row -> row.getLong(1)).get(0));
  }
}
