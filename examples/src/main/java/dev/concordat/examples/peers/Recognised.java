package dev.concordat.examples.peers;

import dev.concordat.examples.db.Sql;
import dev.concordat.messaging.ConsumerListener;

/** Counts what came again and had no second effect. */
record Recognised(Line line) implements ConsumerListener {

  static final String TABLE =
      """
      CREATE TABLE recognised (
        messages bigint NOT NULL
      );
      INSERT INTO recognised VALUES (0);
      """;

  @Override
  public void handled(String consumer, int count, int known) {
    if (known > 0) {
      String more = "UPDATE recognised SET messages = messages + ?";
      line.transact(tx -> Sql.update(tx, more, (long) known));
    }
  }
}
