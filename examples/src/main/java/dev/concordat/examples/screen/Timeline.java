package dev.concordat.examples.screen;

import dev.concordat.examples.Told;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One instance's journal as lines, without the beginnings of what came to its end. */
final class Timeline {

  private final Ink ink;
  private final boolean plain;

  Timeline(Ink ink, boolean plain) {
    this.ink = ink;
    this.plain = plain;
  }

  List<String> lines(Story story) {
    List<String> lines = new ArrayList<>();
    List<Story.Moment> moments = story.moments();
    Instant began = moments.isEmpty() ? Instant.EPOCH : moments.getFirst().at();
    for (int i = 0; i < moments.size(); i++) {
      boolean ends = i + 1 < moments.size() && isEndOf(moments.get(i + 1), moments.get(i));
      if (!ends) {
        lines.add(line(began, moments.get(i)));
      }
    }
    return lines;
  }

  List<String> lines(Told told) {
    Instant began = told.moments().isEmpty() ? Instant.EPOCH : told.moments().getFirst().at();
    return told.moments().stream().map(moment -> line(began, moment)).toList();
  }

  private String line(Instant began, Told.Moment moment) {
    long millis = Duration.between(began, moment.at()).toMillis();
    String line =
        "  %10s  %s %-18s %s"
            .formatted("+" + millis + " ms", sign(moment.mark()), moment.step(), moment.text());
    return switch (moment.mark()) {
      case DONE -> ink.green(line);
      case COMPENSATED -> ink.yellow(line);
      case BAD -> ink.red(line);
      case NOTE -> ink.dim(line);
    };
  }

  private String sign(Told.Mark mark) {
    return switch (mark) {
      case DONE -> sign("✓", "+");
      case COMPENSATED -> sign("↩", "<");
      case BAD -> sign("✗", "x");
      case NOTE -> sign("·", ".");
    };
  }

  /** Whether the first is how the attempt that the second began came out. */
  private static boolean isEndOf(Story.Moment next, Story.Moment start) {
    boolean isStart =
        start.event() instanceof SagaEvent.StepStarted
            || start.event() instanceof SagaEvent.CompensationStarted;
    return isStart
        && next.step().equals(start.step())
        && !(next.event() instanceof SagaEvent.AttemptLost);
  }

  private String line(Instant began, Story.Moment moment) {
    long millis = Duration.between(began, moment.at()).toMillis();
    String line =
        "  %10s  %s %-16s %s"
            .formatted("+" + millis + " ms", sign(moment), moment.step(), moment.text());
    return switch (moment.event()) {
      case SagaEvent.StepDone e -> ink.green(line);
      case SagaEvent.Completed e -> ink.green(line);
      case SagaEvent.StepRefused e -> ink.red(line);
      case SagaEvent.AttemptFailed e -> ink.red(line);
      case SagaEvent.AttemptLost e -> ink.red(line);
      case SagaEvent.AttentionNeeded e -> ink.red(line);
      case SagaEvent.TakenOver e -> ink.bold(line);
      case SagaEvent.CompensationDone e -> ink.yellow(line);
      case SagaEvent.Compensated e -> ink.yellow(line);
      default -> ink.dim(line);
    };
  }

  private String sign(Story.Moment moment) {
    return switch (moment.event()) {
      case SagaEvent.StepDone e -> sign("✓", "+");
      case SagaEvent.Completed e -> sign("✓", "+");
      case SagaEvent.StepRefused e -> sign("✗", "x");
      case SagaEvent.AttemptFailed e -> sign("✗", "x");
      case SagaEvent.AttemptLost e -> sign("✗", "x");
      case SagaEvent.AttentionNeeded e -> "!";
      case SagaEvent.TakenOver e -> "!";
      case SagaEvent.CompensationDone e -> sign("↩", "<");
      case SagaEvent.Compensated e -> sign("↩", "<");
      default -> sign("·", ".");
    };
  }

  private String sign(String fine, String simple) {
    return plain ? simple : fine;
  }
}
