package dev.concordat.examples.screen;

import dev.concordat.core.Status;
import dev.concordat.examples.Law;
import dev.concordat.examples.Told;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Tally;
import dev.concordat.examples.run.Watcher;
import dev.concordat.saga.Story;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints for people: what they asked for on one stream, news and progress on the other. Colours and
 * the bar appear only in a terminal that wants them.
 */
public final class Screen implements Watcher {

  private static final int SHOWN_VIOLATIONS = 5;

  private final PrintStream out;
  private final PrintStream err;
  private final Ink ink;
  private final Timeline timeline;
  private final Bar bar;
  private final boolean plain;

  /**
   * A screen.
   *
   * @param out for what was asked for
   * @param err for news and progress
   * @param ink the colours
   * @param redraws whether the second stream is a terminal that can redraw a line
   */
  public Screen(PrintStream out, PrintStream err, Ink ink, boolean redraws) {
    this.out = out;
    this.err = err;
    this.ink = ink;
    this.plain = !Terminal.canWrite(out.charset(), "✓✗↩█░·");
    this.timeline = new Timeline(ink, plain);
    this.bar = new Bar(err, redraws, plain);
  }

  /** The screen of this program's own streams. */
  public static Screen standard() {
    return new Screen(
        System.out,
        System.err,
        new Ink(Terminal.isColourful(1)),
        Terminal.is(2) && !Terminal.isDumb());
  }

  /** The screen of this program when its output is a document: all of this is news then. */
  public static Screen besideDocument() {
    return new Screen(
        System.err,
        System.err,
        new Ink(Terminal.isColourful(2)),
        Terminal.is(2) && !Terminal.isDumb());
  }

  /** Its colours. */
  public Ink ink() {
    return ink;
  }

  /** One line. */
  public void line(String text) {
    out.println(text);
  }

  @Override
  public void starting(List<String> services) {
    err.println(
        services.isEmpty()
            ? "Starting a worker, on a database of its own."
            : "Starting " + String.join(", ", services) + ", each with a database, and a worker.");
  }

  @Override
  public void starting(List<String> services, String broker) {
    String all = String.join(", ", services);
    err.println("Starting " + all + ", each with a database, which talk over " + broker + ".");
  }

  @Override
  public void progress(int ended, int runs) {
    if (runs > 1) {
      bar.draw(ended, runs);
    }
  }

  @Override
  public void killed(Killing killing) {
    bar.wipe();
    err.println(
        "Killed worker %d with SIGKILL in %s at '%s'; worker %d goes on."
            .formatted(killing.pid(), killing.instance(), killing.moment(), killing.successor()));
  }

  @Override
  public void lost(Loss loss) {
    bar.wipe();
    String where = loss.instance().isEmpty() ? "" : " in " + loss.instance();
    err.println(
        "Killed service %s (process %d) with SIGKILL%s at '%s'; process %d goes on."
            .formatted(loss.service(), loss.pid(), where, loss.moment(), loss.successor()));
    if (!loss.missing().isEmpty()) {
      err.println("Meanwhile the tracker missed: " + String.join(", ", loss.missing()) + ".");
    }
  }

  @Override
  public void brokerDown(String broker, Duration time) {
    bar.wipe();
    err.println("Killed " + broker + " with SIGKILL, for " + time.toSeconds() + " seconds.");
  }

  @Override
  public void brokerUp(String broker) {
    bar.wipe();
    err.println(broker + " runs again.");
  }

  @Override
  public void news(String sentence) {
    bar.wipe();
    err.println(sentence);
  }

  @Override
  public void cut(String instance, String phase) {
    bar.wipe();
    err.println(
        "Cut the network at '%s' of %s: coordinator and debit | credit and ledger."
            .formatted(phase, instance));
  }

  @Override
  public void healed(String instance, Map<String, String> states) {
    bar.wipe();
    err.println("While it was cut, %s stood so: %s. Now it heals.".formatted(instance, states));
  }

  @Override
  public void mending(int instances) {
    err.println(
        (instances == 1 ? "1 instance waits" : instances + " instances wait")
            + " for a person, because after the pivot nothing can be undone. The service is mended,"
            + " and the operator says retry.");
  }

  /** An instance's timeline. */
  public void timeline(Story story) {
    line("");
    line("  " + ink.bold(story.row().id()) + "  " + coloured(story.row().status()));
    timeline.lines(story).forEach(this::line);
  }

  /** The same of services that talk over a broker. */
  public void timeline(Told told) {
    line("");
    line("  " + ink.bold(told.id()) + "  " + coloured(told.status()));
    timeline.lines(told).forEach(this::line);
  }

  private String coloured(Status status) {
    return switch (status) {
      case COMPLETED -> ink.green(status.name());
      case COMPENSATED -> ink.yellow(status.name());
      default -> ink.red(status.name());
    };
  }

  /** How many ended how, and how fast. */
  public void summary(Result result) {
    List<String> parts = new ArrayList<>();
    for (Status status : Status.values()) {
      if (result.count(status) > 0) {
        parts.add(grouped(result.count(status)) + " " + coloured(status));
      }
    }
    line("");
    line("  " + grouped(result.runs()) + " instances: " + String.join(", ", parts));
    if (result.runs() > 1) {
      result.tally().ifPresent(this::speed);
    }
  }

  private void speed(Tally tally) {
    line(
        String.format(
            Locale.ROOT,
            "  %.1f s, %.0f per second; from start to end p50 %.0f ms, p99 %.0f ms",
            tally.seconds(),
            tally.perSecond(),
            tally.p50Millis(),
            tally.p99Millis()));
  }

  /** Each law, and what breaks it. */
  public void laws(Result result) {
    line("");
    line("  Laws, checked by SQL in the services' own databases and in the journal:");
    for (Law.Finding law : result.laws()) {
      line(
          law.holds()
              ? ink.green("  " + (plain ? "+ " : "✓ ") + law.name())
              : ink.red("  " + (plain ? "x " : "✗ ") + law.name()));
      law.violations().stream()
          .limit(SHOWN_VIOLATIONS)
          .forEach(violation -> line("      " + violation));
      if (law.violations().size() > SHOWN_VIOLATIONS) {
        line("      and " + (law.violations().size() - SHOWN_VIOLATIONS) + " more");
      }
    }
  }

  /** The laws in one line if all hold, else each. */
  public void lawsInShort(Result result) {
    if (result.laws().stream().allMatch(Law.Finding::holds)) {
      line("");
      line(ink.green("  All " + result.laws().size() + " laws hold."));
    } else {
      laws(result);
    }
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
