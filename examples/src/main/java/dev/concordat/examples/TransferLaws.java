package dev.concordat.examples;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What must hold of transfers. A two-phase commit ends everywhere, but not everywhere in the same
 * instant: its branches become visible moments apart. So what holds at every instant is said of
 * each database by itself, and between them only in the order in which they commit: the one that
 * decides is first.
 */
final class TransferLaws {

  /** Database and table of each branch's lines. */
  private static final Map<String, String> LINES = lines();

  private static final int LATEST = 200;

  private static final String PREPARED =
      "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";

  private static final String OPEN =
      """
      SELECT id, 'is not known to be followed' FROM concordat.decision WHERE NOT settled
      UNION ALL SELECT id, branch || ' ' || kind FROM concordat.heuristic
      """;

  private TransferLaws() {}

  private static Map<String, String> lines() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("accounts", "debit");
    lines.put("ledger", "credit");
    lines.put("audit", "record");
    return lines;
  }

  static Law noneNegative() {
    return Law.none(
        "no balance is negative",
        "accounts",
        "SELECT id, 'has', balance FROM account WHERE balance < 0");
  }

  static Law balances(String database, String table, String sign) {
    return Law.none(
        "in %s every balance is its opening %s its %ss"
            .formatted(database, sign.equals("-") ? "less" : "plus", table),
        database,
        """
        SELECT a.id, 'has', a.balance, 'and should have', a.opening %1$s coalesce(l.total, 0)
        FROM account a LEFT JOIN (
          SELECT account, sum(amount) AS total FROM %2$s GROUP BY account) l
          ON l.account = a.id
        WHERE a.balance <> a.opening %1$s coalesce(l.total, 0)
        """
            .formatted(sign, table));
  }

  static Law debitedFirst() {
    return new Law(
        "who sees a credit or a record, and looks then, sees its debit: no money out of nowhere",
        TransferLaws::notDebited);
  }

  private static List<String> notDebited(Evidence evidence) {
    String latest = "SELECT transfer, amount FROM %s ORDER BY at DESC LIMIT " + LATEST;
    List<String> found = new ArrayList<>();
    for (String database : List.of("ledger", "audit")) {
      List<String> seen = evidence.rows(database, latest.formatted(LINES.get(database)));
      Set<String> debits = new HashSet<>(seen.isEmpty() ? Set.of() : debits(evidence, seen));
      seen.stream()
          .filter(line -> !debits.contains(line))
          .forEach(line -> found.add(line + " is in " + database + " and was not debited"));
    }
    return found;
  }

  /** The debits of the transfers with these lines; their ids are of harmless characters only. */
  private static List<String> debits(Evidence evidence, List<String> lines) {
    String ids =
        lines.stream()
            .map(line -> "'" + line.substring(0, line.indexOf(' ')) + "'")
            .collect(Collectors.joining(", "));
    return evidence.rows(
        "accounts", "SELECT transfer, amount FROM debit WHERE transfer IN (" + ids + ")");
  }

  static Law conserved() {
    return new Law(
        "money is conserved: both databases together have what they had at first",
        TransferLaws::madeOrLost);
  }

  private static List<String> madeOrLost(Evidence evidence) {
    long more = 0;
    for (String database : List.of("accounts", "ledger")) {
      String sql = "SELECT sum(balance - opening) FROM account";
      more += Long.parseLong(evidence.rows(database, sql).getFirst());
    }
    return more == 0 ? List.of() : List.of("there is " + more + " more than at first");
  }

  static Law allOrNone() {
    return Law.same(
        "a transfer is in all three databases or in none",
        LINES.entrySet().stream()
            .map(line ->
                new Law.Query(line.getKey(), "SELECT transfer, amount FROM " + line.getValue()))
            .toArray(Law.Query[]::new));
  }

  static Law doneIsThere() {
    return new Law(
        "what was answered Done is in every database",
        evidence -> {
          List<String> found = new ArrayList<>();
          LINES.forEach((database, table) -> {
            Set<String> there = transfers(evidence, database, table);
            answered(evidence, "DONE").stream()
                .filter(id -> !there.contains(id))
                .forEach(id -> found.add(id + " is not in " + database));
          });
          return found;
        });
  }

  static Law refusedIsNot() {
    return new Law(
        "what was answered Refused is in none",
        evidence -> {
          List<String> found = new ArrayList<>();
          LINES.forEach((database, table) -> {
            Set<String> there = transfers(evidence, database, table);
            answered(evidence, "REFUSED").stream()
                .filter(there::contains)
                .forEach(id -> found.add(id + " is in " + database));
          });
          return found;
        });
  }

  private static Set<String> transfers(Evidence evidence, String database, String table) {
    return new HashSet<>(evidence.rows(database, "SELECT transfer FROM " + table));
  }

  private static List<String> answered(Evidence evidence, String answer) {
    return evidence.rows(
        AtomicScenario.CALLERS, "SELECT id FROM answer WHERE answer = '" + answer + "'");
  }

  static Law allKnown() {
    return Law.none(
        "every caller knows how its transfer ended",
        AtomicScenario.CALLERS,
        "SELECT id, 'is', answer FROM answer WHERE answer NOT IN ('DONE', 'REFUSED')");
  }

  static Law nonePrepared(List<String> databases, Set<String> resources) {
    return new Law(
        "nothing is left prepared in any database",
        evidence -> {
          List<String> found = new ArrayList<>(rows(evidence, databases, PREPARED));
          found.addAll(rows(evidence, resources, "XA RECOVER"));
          return found;
        });
  }

  static Law allFollowed(List<String> databases) {
    return new Law(
        "every decision was followed, and no database decided alone",
        evidence -> rows(evidence, databases, OPEN));
  }

  private static List<String> rows(Evidence evidence, Collection<String> databases, String sql) {
    return databases.stream()
        .flatMap(
            database -> evidence.rows(database, sql).stream().map(row -> database + ": " + row))
        .toList();
  }
}
