package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Relay;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * How fast one lane of a relay takes messages to a sink that counts, beside a bare cursor loop over
 * the same rows; also while another transaction that has published stays open, and one is prepared.
 */
final class Draining {

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;
  private final boolean besideOpen;

  Draining(LocalPostgres postgres, BenchPlan plan, Consumer<String> said, boolean besideOpen) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
    this.besideOpen = besideOpen;
  }

  private record Round(double raw, double relayed) {}

  Row run() throws Exception {
    String name = besideOpen ? "relay-beside-open" : "relay";
    List<Round> rounds = new ArrayList<>();
    try (Bed bed = new Bed(postgres, name.replace('-', '_'), 2)) {
      DataSource pool = bed.concordat();
      Filling.prepare(pool);
      try (Connection open = pool.getConnection()) {
        Counting sink = new Counting();
        for (int i = -1; i < plan.rounds(); i++) {
          if (besideOpen) {
            leaveOpen(open, pool, i);
          }
          Round round = round(pool, sink);
          if (i >= 0) {
            rounds.add(round);
            said.accept(
                String.format(
                    "%s, round %d: %,.0f messages per second, %.3f of a bare cursor",
                    name, i + 1, round.relayed(), round.relayed() / round.raw()));
          }
        }
        if (besideOpen) {
          open.rollback();
        }
      }
    }
    return Row.of(name)
        .with("raw_per_s", Numbers.median(rounds, Round::raw))
        .with("concordat_per_s", Numbers.median(rounds, Round::relayed))
        .with("ratio", Numbers.median(rounds, r -> r.relayed() / r.raw()))
        .with("ratio_min", Numbers.min(rounds, r -> r.relayed() / r.raw()))
        .with("ratio_max", Numbers.max(rounds, r -> r.relayed() / r.raw()));
  }

  /** One transaction that has published and stays open, and one that is prepared. */
  private static void leaveOpen(Connection open, DataSource pool, int round) throws SQLException {
    open.setAutoCommit(false);
    open.rollback();
    publish(open);
    try (Connection prepared = pool.getConnection()) {
      prepared.setAutoCommit(false);
      publish(prepared);
      try (Statement statement = prepared.createStatement()) {
        statement.execute("PREPARE TRANSACTION 'bench-" + round + "'");
      }
      prepared.commit();
    }
  }

  private static void publish(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO concordat.outbox (id, topic, lane, type, payload)"
              + " VALUES (gen_random_uuid(), 'orders', 0, 'OrderPlaced', 'x')");
    }
  }

  private Round round(DataSource pool, Counting sink) throws Exception {
    int messages = plan.crowd().messages();
    long before = Filling.number(pool, "SELECT concordat.last_position()");
    Filling.fill(pool, messages);
    long from = System.nanoTime();
    long read = Filling.readByHand(pool, before);
    double raw = read * 1e9 / (System.nanoTime() - from);
    if (read < messages) {
      throw new IllegalStateException("the bare cursor read " + read + " of " + messages);
    }
    long had = sink.count();
    from = System.nanoTime();
    try (Concordat unused =
        Concordat.on(pool).relay(Relay.named("bench", sink)).pollingOnly().start()) {
      sink.await(had + messages);
      double relayed = messages * 1e9 / (System.nanoTime() - from);
      return new Round(raw, relayed);
    }
  }
}
