package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.AccountsPeer;
import dev.concordat.examples.peers.PaymentsPeer;
import dev.concordat.examples.peers.Peer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A withdrawal in one service and its payment in another, and only a message between them. The
 * relay sends every message twice, and may be killed besides.
 */
public final class WithdrawalOutboxScenario implements PeerScenario {

  /** The column {@code at} as an instant is written. */
  static final String TIME = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

  @Override
  public String name() {
    return "withdrawal-outbox";
  }

  @Override
  public String pattern() {
    return "outbox and inbox";
  }

  @Override
  public String sentence() {
    return "A withdrawal and its payment in two services: one effect for each message.";
  }

  @Override
  public List<String> steps() {
    return List.of("deduct", "record payment");
  }

  @Override
  public List<BrokerKind> brokers() {
    return List.of(BrokerKind.values());
  }

  @Override
  public List<Peer> peers() {
    return List.of(new AccountsPeer(), new PaymentsPeer());
  }

  @Override
  public String beginner() {
    return "accounts";
  }

  @Override
  public Map<Status, Long> outcomes(Evidence evidence, long first, long last) {
    String ours = " WHERE " + PeerScenario.numbered("id", first, last);
    long refused =
        count(
            evidence,
            "accounts",
            "SELECT count(*) FROM withdrawal" + ours + " AND status = 'REFUSED'");
    long deducted =
        count(
            evidence,
            "accounts",
            "SELECT count(*) FROM withdrawal" + ours + " AND status = 'DEDUCTED'");
    long paid =
        count(
            evidence,
            "payments",
            "SELECT count(DISTINCT withdrawal) FROM payment WHERE "
                + PeerScenario.numbered("withdrawal", first, last));
    Map<Status, Long> outcomes = new HashMap<>();
    outcomes.put(Status.COMPENSATED, refused);
    outcomes.put(Status.COMPLETED, paid);
    outcomes.put(Status.RUNNING, Math.max(0, deducted - paid));
    outcomes.values().removeIf(number -> number == 0);
    return outcomes;
  }

  private static long count(Evidence evidence, String database, String sql) {
    return Long.parseLong(evidence.rows(database, sql).getFirst());
  }

  @Override
  public Optional<Told> told(Evidence evidence, String id) {
    List<Told.Moment> moments = new ArrayList<>();
    Status status = Status.RUNNING;
    String deducted = "SELECT status, " + TIME + " FROM withdrawal WHERE id = '" + id + "'";
    for (String row : evidence.rows("accounts", deducted)) {
      boolean done = row.startsWith("DEDUCTED");
      status = done ? Status.RUNNING : Status.COMPENSATED;
      moments.add(
          new Told.Moment(
              done ? "MoneyDeducted" : "Refused",
              "deduct",
              time(row),
              done ? "deducted, and the message published, in one commit" : "refused",
              done ? Told.Mark.DONE : Told.Mark.BAD));
    }
    String paid = "SELECT amount, " + TIME + " FROM payment WHERE withdrawal = '" + id + "'";
    for (String row : evidence.rows("payments", paid)) {
      status = Status.COMPLETED;
      moments.add(
          new Told.Moment(
              "PaymentRecorded",
              "record payment",
              time(row),
              "recorded, and the message noted as handled, in one commit",
              Told.Mark.DONE));
    }
    return moments.isEmpty() ? Optional.empty() : Optional.of(new Told(id, status, moments));
  }

  private static Instant time(String row) {
    return Instant.parse(row.substring(row.indexOf(' ') + 1));
  }

  @Override
  public List<Double> millis(Evidence evidence, long first, long last) {
    Map<String, Double> began = new HashMap<>();
    evidence
        .rows("accounts", epochs("withdrawal", "id", first, last))
        .forEach(row -> began.put(row.split(" ")[0], Double.valueOf(row.split(" ")[1])));
    return evidence.rows("payments", epochs("payment", "withdrawal", first, last)).stream()
        .map(row ->
            Double.parseDouble(row.split(" ")[1]) - began.getOrDefault(row.split(" ")[0], 0.0))
        .toList();
  }

  private static String epochs(String table, String id, long first, long last) {
    return "SELECT %s, extract(epoch FROM at) * 1000 FROM %s WHERE %s"
        .formatted(id, table, PeerScenario.numbered(id, first, last));
  }

  @Override
  public List<Law> laws() {
    return List.of(
        Law.none(
            "money is conserved: what an account lacks was withdrawn from it",
            "accounts",
            """
            SELECT account.id, 'had', opening, 'and has', balance, 'after', coalesce(sum(amount), 0)
            FROM account
            LEFT JOIN withdrawal w ON w.account = account.id AND w.status = 'DEDUCTED'
            GROUP BY account.id HAVING opening <> balance + coalesce(sum(amount), 0)
            """),
        Law.same(
            "a payment is recorded if and only if its money was deducted",
            new Law.Query(
                "accounts", "SELECT id, amount FROM withdrawal WHERE status = 'DEDUCTED'"),
            new Law.Query("payments", "SELECT withdrawal, amount FROM payment")),
        Law.none(
            "a message has one effect, however often it comes",
            "payments",
            """
            SELECT withdrawal, count(*), 'times' FROM payment
            GROUP BY withdrawal HAVING count(*) > 1
            """));
  }
}
