package dev.concordat.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A report for people. */
final class Table {

  private static final String LINE = "%-20s %7s %9s %9s %6s %-13s %8s %8s %8s %8s %9s%n";

  private Table() {}

  static String of(Report report) {
    StringBuilder text = new StringBuilder();
    text.append("bench ").append(report.bench()).append(" on ").append(report.machine());
    text.append("\n\n");
    text.append(
        String.format(
            LINE,
            "case",
            "clients",
            "raw/s",
            "ours/s",
            "ratio",
            "(min–max)",
            "p50 ms",
            "p99 ms",
            "commits",
            "flushes",
            "heap MB"));
    List<String> notes = new ArrayList<>();
    for (Row row : report.rows()) {
      text.append(shown(row));
      if (row.figure("p50_ratio").isPresent()) {
        text.append(ofRaw(row));
      } else if (row.figure("raw_p50_ms").isPresent() && row.figure("p99_ratio").isEmpty()) {
        text.append(plain(row));
      }
      row.voidRounds().forEach(reason -> notes.add("void: " + row.name() + ", " + reason));
    }
    text.append(
        switch (report.bench()) {
          case "outbox" -> OUTBOX;
          case "atomic" -> ATOMIC;
          case "tcc" -> TCC;
          default -> LEGEND;
        });
    notes.forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  private static final String LEGEND =
      """

      ratio: ours to raw's right before and after it, median over the rounds. Commits (reading ones
      included) and forced writes of the log are for each instance. outside: steps per second
      against single-row commits per second. asleep: raw is the same work with nobody asleep.
      heap: in use after a full collection, before and after.
      """;

  private static final String OUTBOX =
      """

      ratio: ours to raw's right before and after it, median over the rounds. publish: a business
      row and a message, against the same with an INSERT by hand; publish-against-none: against
      the business row alone. relay: messages per second on one lane, against a bare cursor by
      position; beside-open: while a transaction that has published stays open, and others are
      prepared; kafka: to a Kafka, against the plain producer; kafka-headers: against the plain
      producer with the same headers. latency: from the return of COMMIT to the sink; kafka: to a
      consumer, beside the plain producer from the call of send.
      """;

  private static final String ATOMIC =
      """

      Money from an account in one database to one in another, each on a server of its own. ratio:
      to two plain commits one after the other, which are not atomic, right before and after it,
      median over the rounds; each round is checked to the last unit. classic: two-phase commit by
      hand, all in sequence. Forced writes are those of both servers for one transfer.
      transfer-1ms: each round trip to a database takes a millisecond more.
      """;

  private static final String TCC =
      """

      Money from an account in one database to one in another, each on a server of its own. ratio:
      right before and after it, median over the rounds. transfer: try, confirm and cancel with
      fences, against two plain commits one after the other; unfenced: hold, hold, confirm, confirm
      in four plain commits, which nothing coordinates. fence: these four behind fences, against
      the same four plain. reconcile: reservations that are UNKNOWN are asked about at once.
      """;

  private static String shown(Row row) {
    if (row.figure("p99_ratio").isPresent()) {
      return reconciling(row);
    }
    if (row.figure("instances").isPresent()) {
      return recovery(row);
    }
    return row.figure("messages").isPresent() ? backlog(row) : line(row);
  }

  private static String reconciling(Row row) {
    return String.format(
        Locale.ROOT,
        "%-20s %s UNKNOWN resolved in %s s; p99 of others %s ms, %s ms without; heap %s–%s–%s MB%n",
        row.name(),
        show(row, "instances", "%,.0f"),
        show(row, "seconds", "%.1f"),
        show(row, "p99_ms", "%.1f"),
        show(row, "raw_p99_ms", "%.1f"),
        show(row, "heap_mb_before", "%.0f"),
        show(row, "heap_mb_middle", "%.0f"),
        show(row, "heap_mb_after", "%.0f"));
  }

  private static String backlog(Row row) {
    return String.format(
        Locale.ROOT,
        "%-20s %s messages in %s s, %s per second; heap %s–%s–%s MB; files %s MB, then %s MB%n",
        row.name(),
        show(row, "messages", "%,.0f"),
        show(row, "seconds", "%.1f"),
        show(row, "concordat_per_s", "%,.0f"),
        show(row, "heap_mb_before", "%.0f"),
        show(row, "heap_mb_middle", "%.0f"),
        show(row, "heap_mb_after", "%.0f"),
        show(row, "files_mb_before", "%,.0f"),
        show(row, "files_mb_after", "%,.0f"));
  }

  private static String line(Row row) {
    return String.format(
        Locale.ROOT,
        LINE,
        row.name(),
        show(row, "concurrency", "%.0f"),
        show(row, "raw_per_s", "%.0f"),
        show(row, "concordat_per_s", "%.0f"),
        show(row, "ratio", "%.3f"),
        "(" + show(row, "ratio_min", "%.3f") + "–" + show(row, "ratio_max", "%.3f") + ")",
        show(row, "p50_ms", "%.2f"),
        show(row, "p99_ms", "%.2f"),
        show(row, "commits_per_instance", "%.2f"),
        show(row, "flushes_per_instance", "%.2f"),
        heap(row));
  }

  private static String ofRaw(Row row) {
    return String.format(
        Locale.ROOT,
        "%-20s p50 %s ms, that is %s of raw's%n",
        "",
        show(row, "p50_ms", "%.2f"),
        show(row, "p50_ratio", "%.2f"));
  }

  private static String plain(Row row) {
    return String.format(
        Locale.ROOT,
        "%-20s p50 %s ms, p99 %s ms%n",
        "  plain producer",
        show(row, "raw_p50_ms", "%.2f"),
        show(row, "raw_p99_ms", "%.2f"));
  }

  private static String recovery(Row row) {
    return String.format(
        Locale.ROOT,
        "%-20s %s instances of a killed worker ended within %s s (%s–%s); heap %s MB%n",
        row.name(),
        show(row, "instances", "%,.0f"),
        show(row, "seconds", "%.2f"),
        show(row, "seconds_min", "%.2f"),
        show(row, "seconds_max", "%.2f"),
        heap(row));
  }

  private static String heap(Row row) {
    return show(row, "heap_mb_before", "%.0f") + "–" + show(row, "heap_mb_after", "%.0f");
  }

  private static String show(Row row, String figure, String format) {
    OptionalDouble value = row.figure(figure);
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "-";
  }
}
