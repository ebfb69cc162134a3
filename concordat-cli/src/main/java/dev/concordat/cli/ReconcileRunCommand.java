package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.reservation.EvidenceTaken;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.ReservationReport.Total;
import dev.concordat.reservation.Reservations;
import dev.concordat.settlement.BadLine;
import dev.concordat.settlement.SettlementFile;
import dev.concordat.settlement.SettlementLine;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Has resolved what is unresolved at outside systems. */
@Command(
    name = "run",
    description = {
      "Take a settlement file as evidence, have running workers ask now how everything unresolved",
      "stands, and wait for what they find."
    },
    footer = {
      "",
      "Exit status: 0 nothing is unresolved any more; 4 the file is refused, and nothing of it was",
      "taken; 5 something is still unresolved, and workers go on with it, or something is said of",
      "calls that nobody here made, and nobody has acknowledged it.",
      "",
      "The file: " + SettlementFile.HEADING
    })
final class ReconcileRunCommand implements Callable<Integer> {

  private static final long LOOK_EVERY_NANOS = 200_000_000;
  private static final int PROGRESS_EVERY = 1000;

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(names = "--provider", paramLabel = "NAME", description = "Only of that outside system.")
  private @Nullable String provider;

  @Option(
      names = "--settlement",
      paramLabel = "FILE",
      description = "A file that money is settled by: comma-separated values.")
  private @Nullable Path settlement;

  @Option(
      names = "--skip-bad-lines",
      description = "Take the good lines of a file that has bad ones.")
  private boolean skipBadLines;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = Times.Reader.class,
      description = "How long to wait for workers; 30s unless said.")
  private Duration wait = Duration.ofSeconds(30);

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The most resolved ones to name, oldest first; ${DEFAULT-VALUE} unless said.")
  private int limit = 50;

  private final List<BadLine> bad = new ArrayList<>();
  private long badLines;
  private long taken;
  private long strays;

  @Override
  public Integer call() {
    if (skipBadLines && settlement == null) {
      throw screen.wrong("--skip-bad-lines goes with --settlement");
    }
    if (limit < 0) {
      throw screen.wrong("--limit is 0 or more");
    }
    List<SettlementLine> lines = settlement == null ? List.of() : lines(settlement);
    if (badLines > 0 && !skipBadLines) {
      throw new Problem(
          Exit.REFUSED,
          badLines
              + " lines of the file are bad, so nothing of it was taken. Mend them, or say"
              + " --skip-bad-lines.",
          null);
    }
    try (Concordat concordat = database.open(System.getenv())) {
      return reconcile(concordat, lines);
    }
  }

  private List<SettlementLine> lines(Path path) {
    SettlementFile file;
    try {
      file = SettlementFile.read(path);
    } catch (UncheckedIOException e) {
      throw new Problem(Exit.USAGE, "The file cannot be read, so nothing was done: " + path, e);
    }
    bad.addAll(file.bad());
    badLines = file.badLines();
    List<SettlementLine> ours = new ArrayList<>();
    for (SettlementLine line : file.lines()) {
      String why = whyNot(line);
      if (why == null) {
        ours.add(line);
      } else {
        badLines++;
        bad.add(new BadLine(line.number(), why));
      }
    }
    bad.stream()
        .limit(SettlementFile.MAX_NAMED)
        .forEach(line -> screen.say(Texts.plain(line.toString())));
    return ours;
  }

  private @Nullable String whyNot(SettlementLine line) {
    return provider == null || provider.equals(line.provider())
        ? null
        : "it is of '" + line.provider() + "', and --provider says " + provider;
  }

  private int reconcile(Concordat concordat, List<SettlementLine> lines) {
    Reservations reservations = concordat.reservations();
    List<Total> before = report(reservations).totals();
    Resolved resolved = new Resolved(report(reservations));
    lines.forEach(line -> take(reservations, line, lines.size()));
    long asked = reservations.checkNow(provider);
    List<Total> left = awaitNone(reservations);
    AtomicLong unacknowledged = new AtomicLong();
    report(reservations).strays(one -> unacknowledged.incrementAndGet());
    resolved.without(report(reservations));
    List<Resolved.One> named = resolved.named(limit, concordat::reservationStory);
    if (screen.isJson()) {
      ObjectNode document = document(before, asked, left);
      document.set("resolved", Resolved.document(named));
      document.put("resolved_more", resolved.count() - named.size());
      screen.data(document.put("unacknowledged", unacknowledged.get()));
    } else {
      if (resolved.count() > 0) {
        screen.data(ReconcileTexts.resolved(named, resolved.count() - named.size(), screen));
      }
      say(before, asked, left, unacknowledged.get());
    }
    return count(left) + unacknowledged.get() == 0 ? Exit.DONE : Exit.UNKNOWN;
  }

  private ReservationReport report(Reservations reservations) {
    return provider == null ? reservations.report() : reservations.report(provider);
  }

  /** A line without a key is of a charge that nobody here asked for; its reference names it. */
  private void take(Reservations reservations, SettlementLine line, int lines) {
    String reference = line.evidence().reference();
    String key = line.key().isEmpty() && reference != null ? reference : line.key();
    switch (reservations.evidence(line.provider(), key, line.evidence())) {
      case EvidenceTaken.Posted posted -> taken++;
      case EvidenceTaken.Stray stray -> strays++;
    }
    if ((taken + strays) % PROGRESS_EVERY == 0) {
      screen.say("took " + (taken + strays) + " of " + lines + " lines");
    }
  }

  private List<Total> awaitNone(Reservations reservations) {
    long end = System.nanoTime() + wait.toNanos();
    List<Total> left = report(reservations).totals();
    long said = count(left);
    while (count(left) > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      left = report(reservations).totals();
      if (count(left) != said) {
        said = count(left);
        screen.say(said + " are still unresolved");
      }
    }
    return left;
  }

  private static long count(List<Total> totals) {
    return totals.stream().mapToLong(Total::count).sum();
  }

  private ObjectNode document(List<Total> before, long asked, List<Total> left) {
    ObjectNode document = Documents.empty();
    document.put("lines_taken", taken).put("charges_without_intent", strays);
    document.put("bad_lines", badLines);
    ArrayNode named = document.putArray("bad");
    bad.stream()
        .limit(SettlementFile.MAX_NAMED)
        .forEach(line -> named.addObject().put("line", line.number()).put("why", line.why()));
    document.put("asked", asked).put("unresolved_before", count(before));
    document.put("unresolved", count(left));
    document.set("at_risk", ReconcileTexts.totals(left));
    return document;
  }

  private void say(List<Total> before, long asked, List<Total> left, long unacknowledged) {
    if (settlement != null) {
      screen.say(
          taken
              + " lines were taken as evidence, "
              + strays
              + " are of calls that nobody here made, "
              + badLines
              + " are bad.");
    }
    screen.say(asked + " were asked about now; " + count(before) + " were unresolved.");
    if (unacknowledged > 0) {
      screen.say(
          unacknowledged
              + " things are said of calls that nobody here made, and nobody has acknowledged"
              + " them; `reconcile report` names them.");
    }
    if (!left.isEmpty()) {
      screen.data(ReconcileTexts.totals(left, screen));
      screen.say("These are still unresolved; `reconcile report` names them.");
    } else if (unacknowledged == 0) {
      screen.say("Nothing is unresolved any more.");
    }
  }
}
