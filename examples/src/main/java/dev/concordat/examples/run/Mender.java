package dev.concordat.examples.run;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.examples.db.Sql;
import dev.concordat.messaging.Consuming;
import dev.concordat.saga.Operator;
import dev.concordat.store.Consumers;
import dev.concordat.store.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** Plays the person for whom messages and instances wait that could not be handled. */
final class Mender {

  private static final long LOOK_EVERY_NANOS = 200_000_000;

  private static final Query PARKED =
      Query.newest(Query.MAX_LIMIT).withStatus(Status.NEEDS_ATTENTION);

  private final List<DataSource> databases;
  private long looked = System.nanoTime();
  private long waiting;

  /** Of services that use no Concordat nothing waits. */
  Mender(List<DataSource> databases) {
    this.databases = databases.stream().filter(Mender::hasConcordat).toList();
  }

  private static boolean hasConcordat(DataSource database) {
    String schema = "SELECT 1 FROM pg_namespace WHERE nspname = 'concordat'";
    try (Connection connection = database.getConnection()) {
      return Sql.number(connection, schema).isPresent();
    } catch (SQLException e) {
      throw new IllegalStateException("a database does not answer: " + e.getMessage(), e);
    }
  }

  /** How many messages and instances wait, as of a moment ago. */
  long waiting() {
    if (System.nanoTime() - looked > LOOK_EVERY_NANOS) {
      waiting = databases.stream().mapToLong(Mender::waiting).sum();
      looked = System.nanoTime();
    }
    return waiting;
  }

  private static long waiting(DataSource database) {
    try (Concordat looking = Concordat.on(database).client()) {
      return looking.consuming().standings().stream().mapToLong(Consumers.Standing::dead).sum()
          + looking.operator().list(PARKED).size();
    }
  }

  /** Lets all that waits be tried again. */
  void replay() {
    for (DataSource database : databases) {
      try (Concordat looking = Concordat.on(database).client()) {
        Operator operator = looking.operator();
        operator
            .list(PARKED)
            .forEach(row -> operator.retry(row.id(), "the scenario", "the service was mended"));
        Consuming consuming = looking.consuming();
        for (Consumers.Standing standing : consuming.standings()) {
          consuming
              .deadLetters(standing.consumer(), Options.MAX_RUNS)
              .forEach(letter -> consuming.replay(standing.consumer(), letter.no()));
        }
      }
    }
    waiting = 0;
  }
}
