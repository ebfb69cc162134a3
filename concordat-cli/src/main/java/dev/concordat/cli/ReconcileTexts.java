package dev.concordat.cli;

import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.ReservationReport.Stray;
import dev.concordat.reservation.ReservationReport.Total;
import dev.concordat.reservation.ReservationReport.Unresolved;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is unresolved, as table, JSON and comma-separated values. Sums are exact. */
final class ReconcileTexts {

  static final String HEADING =
      "kind,no,provider,id,key,amount_minor,currency,status,phase,since,age_seconds,next_check,"
          + "break,evidence,reason\r\n";

  private ReconcileTexts() {}

  static ObjectNode document(ReservationReport report) {
    ObjectNode document = JsonMapper.shared().createObjectNode();
    document.put("at", report.at().toString());
    document.set("at_risk", totals(report.totals()));
    ArrayNode unresolved = document.putArray("unresolved");
    report.unresolved(one -> unresolved.add(document(one)));
    ArrayNode strays = document.putArray("charges_without_intent");
    report.strays(one -> strays.add(document(one)));
    return document;
  }

  static ArrayNode totals(List<Total> totals) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (Total total : totals) {
      all.addObject()
          .put("provider", total.provider())
          .put("currency", total.currency())
          .put("count", total.count())
          .put("amount_minor", total.minor());
    }
    return all;
  }

  private static ObjectNode document(Unresolved one) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    node.put("id", one.id())
        .put("provider", one.provider())
        .put("key", one.key())
        .put("amount_minor", one.amount().minor())
        .put("currency", one.amount().currency())
        .put("status", one.status().name())
        .put("phase", one.phase())
        .put("since", one.since().toString())
        .put("age_seconds", one.age().toSeconds());
    one.nextCheck().ifPresent(at -> node.put("next_check", at.toString()));
    one.broken().ifPresent(broken -> node.put("break", broken.name()));
    one.reason().ifPresent(reason -> node.put("reason", reason));
    ArrayNode evidence = node.putArray("evidence");
    one.evidence().forEach(piece -> evidence.add(document(piece)));
    return node;
  }

  private static ObjectNode document(Evidence piece) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    node.put("source", piece.source().name())
        .put("finding", piece.finding().name())
        .put("event", piece.event())
        .put("at", piece.at().toString())
        .put("reference", piece.reference());
    Money amount = piece.amount();
    if (amount != null) {
      node.put("amount_minor", amount.minor()).put("currency", amount.currency());
    }
    return node;
  }

  private static ObjectNode document(Stray one) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    node.put("no", one.no())
        .put("provider", one.provider())
        .put("key", one.key())
        .put("break", one.broken() == null ? null : one.broken().name())
        .put("at", one.at().toString());
    node.set("said", document(one.said()));
    return node;
  }

  /** Line by line, so that it costs no memory however much there is. */
  static void csv(ReservationReport report, Consumer<String> out) {
    out.accept(HEADING);
    report.unresolved(one -> out.accept(line(one)));
    report.strays(one -> out.accept(line(report, one)));
  }

  private static String line(Unresolved one) {
    return csv(
        "unresolved",
        "",
        one.provider(),
        one.id(),
        one.key(),
        String.valueOf(one.amount().minor()),
        one.amount().currency(),
        one.status().name(),
        one.phase(),
        one.since().toString(),
        String.valueOf(one.age().toSeconds()),
        one.nextCheck().map(Object::toString).orElse(""),
        one.broken().map(Enum::name).orElse(""),
        evidence(one.evidence()),
        one.reason().orElse(""));
  }

  private static String line(ReservationReport report, Stray one) {
    Money amount = one.said().amount();
    return csv(
        one.broken() == null ? "evidence without intent" : "charge without intent",
        String.valueOf(one.no()),
        one.provider(),
        "",
        one.key(),
        amount == null ? "" : String.valueOf(amount.minor()),
        amount == null ? "" : amount.currency(),
        "",
        "",
        one.at().toString(),
        String.valueOf(Duration.between(one.at(), report.at()).toSeconds()),
        "",
        one.broken() == null ? "" : one.broken().name(),
        evidence(List.of(one.said())),
        one.said().detail());
  }

  private static String evidence(List<Evidence> all) {
    return all.stream()
        .map(piece -> piece.source() + " says " + piece.finding())
        .collect(Collectors.joining("; "));
  }

  private static String csv(String... cells) {
    return Stream.of(cells).map(ReconcileTexts::cell).collect(Collectors.joining(",")) + "\r\n";
  }

  /** Quoted where RFC 4180 says so. A text that a spreadsheet would calculate gets a mark first. */
  private static String cell(String text) {
    String harmless = text.isEmpty() || "=+-@\t\r".indexOf(text.charAt(0)) < 0 ? text : "'" + text;
    return harmless.chars().anyMatch(c -> ",\"\r\n".indexOf(c) >= 0)
        ? '"' + harmless.replace("\"", "\"\"") + '"'
        : harmless;
  }

  /** Empty if nothing is unresolved. */
  static String table(ReservationReport report, int limit, Screen screen) {
    StringBuilder text = new StringBuilder(totals(report.totals(), screen));
    AtomicLong count = new AtomicLong();
    StringBuilder lines = new StringBuilder();
    report.unresolved(one -> {
      if (count.incrementAndGet() <= limit) {
        lines.append(tableLine(one));
      }
    });
    if (count.get() > 0) {
      text.append('\n')
          .append(heading(screen, "ID", "PROVIDER", "MINOR UNITS", "PHASE", "AGE", "WHY"))
          .append(lines);
    }
    if (count.get() > limit) {
      text.append("… and ").append(count.get() - limit).append(" more; --limit shows more.\n");
    }
    return text.append(strays(report, screen)).toString();
  }

  static String totals(List<Total> totals, Screen screen) {
    StringBuilder text = new StringBuilder();
    if (!totals.isEmpty()) {
      text.append(heading(screen, "PROVIDER", "UNRESOLVED", "MINOR UNITS AT RISK", "", "", ""));
    }
    for (Total total : totals) {
      text.append(
          row(
              Texts.plain(total.provider()),
              String.valueOf(total.count()),
              total.minor() + " " + total.currency(),
              "",
              "",
              ""));
    }
    return text.toString();
  }

  /** What is resolved now; {@code more} are not named. */
  static String resolved(List<Resolved.One> named, int more, Screen screen) {
    StringBuilder text = new StringBuilder();
    if (!named.isEmpty()) {
      text.append(heading(screen, "RESOLVED", "PROVIDER", "MINOR UNITS", "PHASE", "", ""));
    }
    for (Resolved.One one : named) {
      text.append(
          row(
              Texts.plain(one.id()),
              Texts.plain(one.provider()),
              one.amount().toString(),
              one.phase(),
              "",
              ""));
    }
    if (more > 0) {
      text.append(named.isEmpty() ? "" : "… and ")
          .append(more)
          .append(named.isEmpty() ? " are" : " more are")
          .append(" resolved; --limit names more.\n");
    }
    return text.toString();
  }

  private static String tableLine(Unresolved one) {
    String broken = one.broken().map(it -> it + ": ").orElse("");
    return row(
        Texts.plain(one.id()),
        Texts.plain(one.provider()),
        one.amount().toString(),
        one.phase(),
        age(one.age()),
        Texts.plain(broken + one.reason().orElseGet(() -> evidence(one.evidence()))));
  }

  private static String strays(ReservationReport report, Screen screen) {
    StringBuilder text = new StringBuilder();
    report.strays(one -> {
      Money amount = one.said().amount();
      if (text.isEmpty()) {
        text.append('\n')
            .append(
                "Said of calls that nobody here made (DONE: a charge that nobody asked for):\n");
        text.append(heading(screen, "NO", "PROVIDER", "MINOR UNITS", "SAYS", "AGE", "KEY"));
      }
      text.append(
          row(
              String.valueOf(one.no()),
              Texts.plain(one.provider()),
              amount == null ? "" : amount.toString(),
              one.said().finding().name(),
              age(Duration.between(one.at(), report.at())),
              Texts.plain(one.key())));
    });
    return text.toString();
  }

  static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }

  private static String heading(Screen screen, @Nullable Object... cells) {
    return screen.styled("faint", row(cells).stripTrailing()) + "\n";
  }

  private static String row(@Nullable Object... cells) {
    return String.format(Locale.ROOT, "%-24s %-16s %-20s %-11s %-8s %s", cells).stripTrailing()
        + "\n";
  }
}
