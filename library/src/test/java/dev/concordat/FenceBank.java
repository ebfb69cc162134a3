package dev.concordat;

import dev.concordat.core.RefusedException;
import dev.concordat.postgres.TestPostgres;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Accounts from which money is held and taken, in a schema of their own. It trusts its fence: what
 * it is asked for twice it does twice, and the laws then see it.
 */
public final class FenceBank implements TccHandler {

  public static final int OPENING = 100;

  private final DataSource source;
  private final String schema;

  public FenceBank(DataSource source, String schema, String... accounts) {
    this.source = source;
    this.schema = schema;
    sql(
        """
        CREATE TABLE s.account (id text PRIMARY KEY, balance bigint NOT NULL, held bigint NOT NULL);
        CREATE TABLE s.effect (transaction uuid, branch text, what text, amount bigint,
                               at bigint GENERATED ALWAYS AS IDENTITY);
        """);
    for (String account : accounts) {
      sql("INSERT INTO s.account VALUES ('" + account + "', " + OPENING + ", 0)");
    }
  }

  /** An id of a transaction that began then: RFC 9562, 5.7. */
  static UUID idAt(Instant began) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = began.toEpochMilli() << 16 | 7L << 12 | random.nextLong(1 << 12);
    return new UUID(high, 2L << 62 | random.nextLong(1L << 62));
  }

  /** A branch of a transaction that begins now. */
  public static TccBranchId branch() {
    return new TccBranchId(idAt(Instant.now()), "debit");
  }

  /** What is asked of an account. */
  public static TccCall call(
      TccBranchId branch, TccOperation operation, String account, int amount) {
    Instant now = Instant.now();
    return new TccCall(
        branch,
        operation,
        "{\"account\":\"" + account + "\",\"amount\":" + amount + "}",
        1,
        now.plusSeconds(60),
        now.plusSeconds(60),
        Duration.ofSeconds(60),
        "00-11111111111111111111111111111111-2222222222222222-00");
  }

  private String in(String text) {
    return text.replace(" s.", " " + schema + ".");
  }

  void sql(String text) {
    TestPostgres.sql(source, in(text));
  }

  List<String> rows(String query) {
    return TestPostgres.rows(source, in(query));
  }

  /** {@code balance|held} of an account. */
  public String account(String id) {
    return rows("SELECT balance, held FROM s.account WHERE id = '" + id + "'").getFirst();
  }

  /** What was done for a branch, in order. */
  public List<String> effects(TccBranchId branch) {
    return rows(
        "SELECT what FROM s.effect WHERE transaction = '"
            + branch.transaction()
            + "' AND branch = '"
            + branch.branch()
            + "' ORDER BY at");
  }

  private int update(Connection tx, TccCall call, String what, String set) throws SQLException {
    JsonNode body = JsonMapper.shared().readTree(call.body());
    long amount = body.get("amount").asLong();
    try (PreparedStatement update = tx.prepareStatement(in("UPDATE s.account SET " + set));
        PreparedStatement note =
            tx.prepareStatement(in("INSERT INTO s.effect VALUES (?, ?, ?, ?)"))) {
      for (int i = 1; i <= update.getParameterMetaData().getParameterCount(); i++) {
        update.setLong(i, amount);
      }
      note.setObject(1, call.branch().transaction());
      note.setString(2, call.branch().branch());
      note.setString(3, what);
      note.setLong(4, amount);
      note.executeUpdate();
      return update.executeUpdate();
    }
  }

  private static String where(TccCall call) {
    return " WHERE id = '"
        + JsonMapper.shared().readTree(call.body()).get("account").asString()
        + "'";
  }

  @Override
  public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
    int held =
        update(tx, call, "held", "held = held + ?" + where(call) + " AND balance - held >= ?");
    if (held == 0) {
      throw new RefusedException("not enough money");
    }
    return TccHold.of("{\"hold\":\"" + call.branch() + "\"}");
  }

  @Override
  public String confirm(Connection tx, TccCall call, String held) throws SQLException {
    update(tx, call, "taken", "balance = balance - ?, held = held - ?" + where(call));
    return "{\"taken\":true}";
  }

  @Override
  public String cancel(Connection tx, TccCall call, String held) throws SQLException {
    update(tx, call, "given back", "held = held - ?" + where(call));
    return "{\"back\":true}";
  }
}
