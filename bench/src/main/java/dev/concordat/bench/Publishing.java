package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.core.Bytes;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Message;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A business row and a message in one transaction: published, or inserted by hand into a plain
 * table. And, to know what a message costs at all, the business row alone against both.
 */
final class Publishing {

  private static final byte[] PAYLOAD = new byte[200];

  private static final Law MESSAGES = new Law("messages", "SELECT count(*) FROM plain_outbox", 1);
  private static final Law PUBLISHED =
      new Law("messages", "SELECT count(*) FROM concordat.outbox", 1);

  private static final String TABLE =
      "CREATE TABLE plain_outbox (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
          + " id uuid NOT NULL, topic text NOT NULL, key text, type text NOT NULL, headers text,"
          + " payload bytea NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())";

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Publishing(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  List<Row> run() throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int clients : plan.concurrency()) {
      rows.add(against("publish", clients, true));
      rows.add(against("publish-against-none", clients, false));
    }
    return rows;
  }

  private Row against(String name, int clients, boolean byHand) throws Exception {
    String database = name.replace('-', '_') + "_" + clients;
    try (Bed bed = new Bed(postgres, database, clients)) {
      execute(bed.raw(), TABLE);
      try (Concordat concordat = Concordat.on(bed.concordat()).start()) {
        List<Law> laws = byHand ? List.of(Shop.EFFECTS, MESSAGES) : List.of(Shop.EFFECTS);
        Side raw = new Side("raw", bed.raw(), no -> transaction(bed.raw(), no, byHand, null), laws);
        Side published =
            new Side(
                "concordat",
                bed.concordat(),
                no -> transaction(bed.concordat(), no, false, concordat),
                List.of(Shop.EFFECTS, PUBLISHED));
        return new Duel(new Comparison(name, bed.meter(raw), bed.meter(published), 1), plan, said)
            .run(clients);
      }
    }
  }

  private static void execute(DataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static void transaction(
      DataSource pool, long no, boolean byHand, @Nullable Concordat concordat) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      business(connection, no);
      if (byHand) {
        insert(connection, no);
      }
      if (concordat != null) {
        concordat
            .outbox()
            .publish(
                connection,
                Message.of("orders", "OrderPlaced")
                    .key("order-" + no)
                    .payload(Bytes.taking(PAYLOAD)));
      }
      connection.commit();
    }
  }

  private static void business(Connection connection, long no) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("INSERT INTO effect (no, what) VALUES (?, ?)")) {
      statement.setLong(1, no);
      statement.setString(2, "business");
      statement.executeUpdate();
    }
  }

  private static void insert(Connection connection, long no) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO plain_outbox (id, topic, key, type, headers, payload)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      statement.setObject(1, UUID.randomUUID());
      statement.setString(2, "orders");
      statement.setString(3, "order-" + no);
      statement.setString(4, "OrderPlaced");
      statement.setString(5, null);
      statement.setBytes(6, PAYLOAD);
      statement.executeUpdate();
    }
  }
}
