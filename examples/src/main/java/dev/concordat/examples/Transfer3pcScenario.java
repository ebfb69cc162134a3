package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.threephase.Phase;
import dev.concordat.examples.threephase.Transfers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Money that moves between three services by three-phase commit. */
public final class Transfer3pcScenario implements Scenario {

  /** The law that a partition breaks under the textbook's rule. */
  public static final String AGREEMENT = "a transfer is committed by all services or by none";

  private static final String TIME =
      "to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

  @Override
  public String name() {
    return "transfer-3pc";
  }

  @Override
  public String pattern() {
    return "three-phase commit";
  }

  @Override
  public String sentence() {
    return "Money between accounts of two services, and a fee in a third: all three or none.";
  }

  @Override
  public List<String> steps() {
    return Transfers.SERVICES;
  }

  /** Where the coordinator can be killed, and the network cut. */
  public List<String> phases() {
    return Phase.words();
  }

  @Override
  public List<Law> laws() {
    List<Law> laws = new ArrayList<>();
    laws.add(new Law(AGREEMENT, Transfer3pcScenario::disagreements));
    laws.add(new Law("the total of all accounts is what it was", Transfer3pcScenario::missing));
    for (String service : steps()) {
      laws.add(
          Law.none(
              "every account of " + service + " changed once for each committed transfer",
              service,
              """
              SELECT a.id, a.balance FROM account a
              WHERE a.balance <> %d + (SELECT coalesce(sum(m.amount), 0) FROM movement m
                                       WHERE m.account = a.id)
              UNION ALL
              SELECT m.gid, m.amount FROM movement m
              WHERE NOT EXISTS (SELECT FROM concordat.three_phase t
                                WHERE t.gid = m.gid AND t.state = 'COMMITTED')
              """
                  .formatted(service.equals("debit") ? Transfers.OPENING : 0)));
    }
    laws.add(new Law("nothing is held or undecided", Transfer3pcScenario::open));
    return laws;
  }

  private static List<String> disagreements(Evidence evidence) {
    List<String> found = new ArrayList<>();
    states(evidence, "true")
        .forEach((gid, states) -> {
          if (states.containsValue("COMMITTED") && states.containsValue("ABORTED")) {
            found.add(gid + ": " + states);
          }
        });
    return found;
  }

  private static List<String> missing(Evidence evidence) {
    long total = 0;
    long opening = 0;
    for (String service : Transfers.SERVICES) {
      String row =
          evidence.rows(service, "SELECT sum(balance)::bigint, count(*) FROM account").getFirst();
      String[] numbers = row.split(" ", 2);
      total += Long.parseLong(numbers[0]);
      opening += service.equals("debit") ? Transfers.OPENING * Long.parseLong(numbers[1]) : 0;
    }
    return total == opening
        ? List.of()
        : List.of("there should be " + opening + ", and there is " + total);
  }

  private static List<String> open(Evidence evidence) {
    List<String> found = new ArrayList<>();
    for (String service : Transfers.SERVICES) {
      evidence
          .rows(service, "SELECT id, held FROM account WHERE held <> 0")
          .forEach(row -> found.add(service + " holds " + row));
      evidence
          .rows(
              service,
              "SELECT gid, state FROM concordat.three_phase"
                  + " WHERE state NOT IN ('COMMITTED', 'ABORTED')")
          .forEach(row -> found.add(service + " has not ended " + row));
    }
    return found;
  }

  /** The states of the transfers for which that condition holds, by service. */
  public static Map<String, Map<String, String>> states(Evidence evidence, String condition) {
    Map<String, Map<String, String>> all = new TreeMap<>();
    for (String service : Transfers.SERVICES) {
      String sql = "SELECT gid, state FROM concordat.three_phase WHERE " + condition;
      for (String row : evidence.rows(service, sql)) {
        int space = row.indexOf(' ');
        all.computeIfAbsent(row.substring(0, space), gid -> new TreeMap<>())
            .put(service, row.substring(space + 1));
      }
    }
    return all;
  }

  /** How many of the transfers with these numbers stand where. */
  public Map<Status, Long> outcomes(Evidence evidence, long first, long last) {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    states(evidence, PeerScenario.numbered("gid", first, last))
        .values()
        .forEach(states -> counts.merge(status(states), 1L, Long::sum));
    return counts;
  }

  /** An aborted transfer counts as compensated: nothing of it is left. */
  private static Status status(Map<String, String> states) {
    Set<String> different = new TreeSet<>(states.values());
    if (different.equals(Set.of("ABORTED"))) {
      return Status.COMPENSATED;
    }
    if (different.equals(Set.of("COMMITTED")) && states.size() == Transfers.SERVICES.size()) {
      return Status.COMPLETED;
    }
    boolean split = different.equals(Set.of("ABORTED", "COMMITTED"));
    return split ? Status.NEEDS_ATTENTION : Status.RUNNING;
  }

  /** One transfer, as its services' rows tell it. */
  public Told told(Evidence evidence, String gid) {
    List<Told.Moment> moments = new ArrayList<>();
    Map<String, String> states = new TreeMap<>();
    String sql =
        """
        SELECT state, promised, %s, %s, coordinator <> '', reason
        FROM concordat.three_phase WHERE gid = '%s'
        """
            .formatted(TIME.formatted("begun_at"), TIME.formatted("changed_at"), gid);
    for (String service : Transfers.SERVICES) {
      for (String row : evidence.rows(service, sql)) {
        String[] parts = row.split(" ", 6);
        states.put(service, parts[0]);
        if (parts[4].equals("t")) {
          moments.add(moment("Voted", service, parts[2], "voted yes", Told.Mark.NOTE));
        }
        String reason = parts[5].isEmpty() ? "" : ": " + parts[5];
        String led = parts[1].equals("0") ? "" : ", ended by the participants";
        moments.add(
            moment(
                parts[0],
                service,
                parts[3],
                parts[0].toLowerCase(Locale.ROOT) + reason + led,
                mark(parts[0])));
      }
    }
    moments.sort(Comparator.comparing(Told.Moment::at));
    return new Told(gid, status(states), moments);
  }

  private static Told.Moment moment(
      String type, String service, String at, String text, Told.Mark mark) {
    return new Told.Moment(type, service, Instant.parse(at), text, mark);
  }

  private static Told.Mark mark(String state) {
    return switch (state) {
      case "COMMITTED" -> Told.Mark.DONE;
      case "ABORTED" -> Told.Mark.COMPENSATED;
      default -> Told.Mark.BAD;
    };
  }
}
