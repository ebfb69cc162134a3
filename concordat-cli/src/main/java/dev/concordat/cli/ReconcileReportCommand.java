package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.reservation.ReservationReport;
import dev.concordat.reservation.Reservations;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what is unresolved at outside systems. */
@Command(
    name = "report",
    description = "What is unresolved, for how long, and how much money is at risk.",
    footer = {
      "",
      "Examples:",
      "  concordat reconcile report --provider gateway",
      "  concordat reconcile report --csv > unresolved.csv",
      "  concordat reconcile report --acknowledge 7 --reason \"charged by hand, ticket 81\""
    })
final class ReconcileReportCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(names = "--provider", paramLabel = "NAME", description = "Only of that outside system.")
  private @Nullable String provider;

  @Option(names = "--csv", description = "Print comma-separated values, one line for each.")
  private boolean csv;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The most unresolved ones to name in the table; ${DEFAULT-VALUE} unless said.")
  private int limit = 50;

  @Option(
      names = "--acknowledge",
      paramLabel = "NO",
      description =
          "Note that somebody has seen to the charge without an intent of that number; it is not"
              + " reported any more.")
  private @Nullable Long acknowledge;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "What was done about it; recorded.")
  private @Nullable String reason;

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Who acknowledges; your user name unless said.")
  private String by = System.getProperty("user.name", "unknown");

  @Override
  public Integer call() {
    if (csv && screen.isJson()) {
      throw screen.wrong("either --json or --csv, not both");
    }
    if (limit < 0) {
      throw screen.wrong("--limit is 0 or more");
    }
    if ((acknowledge == null) != (reason == null)) {
      throw screen.wrong("--acknowledge and --reason go together");
    }
    try (Concordat concordat = database.open(System.getenv())) {
      if (acknowledge != null && reason != null) {
        concordat.reservations().acknowledge(acknowledge, by, reason);
        screen.say("Noted.");
      } else {
        report(concordat.reservations());
      }
    }
    return Exit.DONE;
  }

  private void report(Reservations reservations) {
    ReservationReport report =
        provider == null ? reservations.report() : reservations.report(provider);
    if (screen.isJson()) {
      screen.data(ReconcileTexts.document(report));
    } else if (csv) {
      ReconcileTexts.csv(report, screen::data);
    } else {
      String text = ReconcileTexts.table(report, limit, screen);
      if (text.isEmpty()) {
        screen.say("Nothing is unresolved.");
      } else {
        screen.data(text);
      }
    }
  }
}
