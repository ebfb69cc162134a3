package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Verdict;
import dev.concordat.store.InstanceRow;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** What every verb takes, and how it asks and answers. */
final class VerbOptions {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Parameters(paramLabel = "ID", description = "The instance's id.")
  private String id = "";

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Who asks, for the journal; your user name unless said.")
  private String by = System.getProperty("user.name", "unknown");

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the journal.")
  private @Nullable String reason;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = Times.Reader.class,
      description = "How long to wait for a worker's answer; 10s unless said.")
  private Duration patience = Duration.ofSeconds(10);

  Screen screen() {
    return screen;
  }

  /** Asks at once. */
  int ask(Request request) {
    try (Concordat concordat = database.open(System.getenv())) {
      Operator operator = concordat.operator();
      existing(operator);
      return answer(request, operator);
    }
  }

  /** Shows first what it would do, and asks only with a yes and a reason. */
  int askIfSure(Request request, boolean sure) {
    try (Concordat concordat = database.open(System.getenv())) {
      Operator operator = concordat.operator();
      existing(operator);
      Tale tale = Tale.of(concordat, id);
      InstanceRow row = operator.find(id).orElseThrow();
      if (row.status().isFinal()) {
        return refused(request, row);
      }
      boolean certain = sure && hasReason();
      if (!certain || !screen.isJson()) {
        preview(request, row, tale, certain);
      }
      if (certain || (!screen.isJson() && agreed(sure))) {
        return answer(request, operator);
      }
      screen.say("Nothing was done. To do it, give --yes and --reason TEXT.");
      return Exit.USAGE;
    }
  }

  private int refused(Request request, InstanceRow row) {
    String why = "it has ended " + row.status();
    if (screen.isJson()) {
      screen.data(document(request, "REFUSED", why));
    } else {
      screen.say("Refused, and nothing was changed: " + why);
    }
    return Exit.REFUSED;
  }

  private void existing(Operator operator) {
    if (operator.find(id).isEmpty()) {
      throw Problem.noInstance(id);
    }
  }

  private boolean hasReason() {
    return reason != null && !reason.isBlank();
  }

  /** Asks the person at the terminal, if there is one, for what the options lack. */
  private boolean agreed(boolean sure) {
    if (!hasReason()) {
      reason = Person.ask("Why (for the journal)? ");
    }
    return hasReason() && (sure || isYes(Person.ask("Type yes to do it: ")));
  }

  private static boolean isYes(@Nullable String said) {
    return said != null && List.of("y", "yes").contains(said.strip().toLowerCase(Locale.ROOT));
  }

  private void preview(Request request, InstanceRow row, Tale tale, boolean certain) {
    if (screen.isJson()) {
      ObjectNode document = document(request, "PREVIEW", request.meaning());
      document.put("status", row.status().name());
      document.put("why", tale.why());
      document.put("next", tale.next());
      screen.data(document);
      return;
    }
    String text =
        String.format(
            "%s is %s: %s%nNext, if nothing is done: %s%n`%s` %s: %s.",
            Texts.plain(row.id()),
            row.status(),
            Texts.plain(tale.why()),
            Texts.plain(tale.next()),
            request.verb(),
            certain ? "does" : "would do",
            Texts.plain(request.meaning()));
    screen.say(text);
  }

  private int answer(Request request, Operator operator) {
    Request.Signature signature = new Request.Signature(id, by, reason);
    Verdict verdict = request.asking().ask(operator.waiting(patience), signature);
    if (screen.isJson()) {
      screen.data(document(request, verdict.outcome().name(), verdict.text()));
    } else {
      say(verdict);
    }
    return switch (verdict.outcome()) {
      case DONE -> Exit.DONE;
      case REFUSED -> Exit.REFUSED;
      case PENDING -> Exit.UNKNOWN;
    };
  }

  private void say(Verdict verdict) {
    String text = Texts.plain(verdict.text());
    switch (verdict.outcome()) {
      case DONE -> screen.data(screen.styled("green", "Done") + ": " + text);
      case REFUSED -> screen.say("Refused, and nothing was changed: " + text);
      case PENDING -> screen.say("Not answered yet: " + text + ". `show` says what became of it.");
    }
  }

  private ObjectNode document(Request request, String outcome, String text) {
    ObjectNode document = Documents.empty();
    document.put("id", id);
    document.put("verb", request.verb());
    document.put("outcome", outcome);
    document.put("text", text);
    document.put("by", by);
    if (reason != null) {
      document.put("reason", reason);
    }
    return document;
  }
}
