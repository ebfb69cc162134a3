package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
import dev.concordat.tcc.TccStory;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells the story of an instance. */
@Command(
    name = "show",
    description = "Show an instance: its state, its timeline, why it is where it is, what is next.",
    footer = {"", "Example:", "  concordat show order-4711"})
final class ShowCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Parameters(paramLabel = "ID", description = "The instance's id.")
  private String id = "";

  @Override
  public Integer call() {
    Story story;
    Optional<TwoPhaseStory> atomic;
    try (Concordat concordat = database.open(System.getenv())) {
      if (concordat.operator().find(id).isEmpty()) {
        throw Problem.noInstance(id);
      }
      atomic = concordat.twoPhaseStory(id);
      if (atomic.isPresent()) {
        return show(atomic.get());
      }
      Optional<ReservationStory> reserved = concordat.reservationStory(id);
      if (reserved.isPresent()) {
        return ReservationShow.show(screen, reserved.get());
      }
      Optional<TccStory> held = concordat.tccStory(id);
      if (held.isPresent()) {
        return show(held.get());
      }
      story = concordat.operator().show(id);
    }
    if (screen.isJson()) {
      screen.data(Documents.story(story));
    } else {
      screen.data(text(story));
    }
    return Exit.DONE;
  }

  private int show(TwoPhaseStory story) {
    if (screen.isJson()) {
      screen.data(Documents.story(story));
    } else {
      screen.data(text(story));
    }
    return Exit.DONE;
  }

  private int show(TccStory story) {
    if (screen.isJson()) {
      screen.data(Documents.story(story));
    } else {
      screen.data(text(story));
    }
    return Exit.DONE;
  }

  private String text(TccStory story) {
    StringBuilder text = heading(story.row());
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("stands", story.status() + ", of try, confirm, cancel");
    lines(text, lines(lines, story.why(), story.next(), story.state(), story.row()));
    text.append('\n');
    story
        .moments()
        .forEach(moment ->
            line(text, moment.at(), Texts.padded(moment.branch(), width(story)), moment.text()));
    return text.toString();
  }

  private static int width(TccStory story) {
    return story.moments().stream().mapToInt(moment -> moment.branch().length()).max().orElse(0);
  }

  private String text(TwoPhaseStory story) {
    StringBuilder text = new StringBuilder();
    text.append(screen.styled("bold", Texts.plain(story.row().id())))
        .append("  ")
        .append(Looks.status(screen, story.row()))
        .append("  ")
        .append(Texts.plain(story.row().definition()))
        .append(", a two-phase commit\n\n");
    for (TwoPhaseStory.Moment moment : story.moments()) {
      text.append(screen.styled("faint", Times.millisecond(moment.at())))
          .append("  ")
          .append(Texts.padded(moment.branch(), 24))
          .append("  ")
          .append(moment.text())
          .append('\n');
    }
    return text.toString();
  }

  private String text(Story story) {
    StringBuilder text = heading(story.row());
    lines(
        text, lines(new LinkedHashMap<>(), story.why(), story.next(), story.state(), story.row()));
    text.append('\n');
    int steps = story.moments().stream().mapToInt(moment -> moment.step().length()).max().orElse(0);
    for (Story.Moment moment : story.moments()) {
      line(text, moment.at(), Texts.padded(Texts.plain(moment.step()), steps), moment.text());
    }
    return text.toString();
  }

  private StringBuilder heading(InstanceRow row) {
    return new StringBuilder()
        .append(screen.styled("bold", Texts.plain(row.id())))
        .append("  ")
        .append(Looks.status(screen, row))
        .append("  ")
        .append(Texts.plain(row.definition()))
        .append('@')
        .append(row.version())
        .append("  accepted ")
        .append(Times.second(row.createdAt()))
        .append("\n\n");
  }

  private static Map<String, String> lines(
      Map<String, String> lines, String why, String next, String state, InstanceRow row) {
    lines.put("why", why);
    lines.put("next", next);
    if (!state.isEmpty()) {
      lines.put("state", state);
    }
    new TreeMap<>(row.attributes()).forEach(lines::putIfAbsent);
    return lines;
  }

  private static void lines(StringBuilder text, Map<String, String> lines) {
    int names = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    lines.forEach((name, value) ->
        text.append(Texts.padded(Texts.plain(name), names))
            .append("  ")
            .append(Texts.plain(value))
            .append('\n'));
  }

  private void line(StringBuilder text, Instant at, String what, String said) {
    text.append(screen.styled("faint", Times.millisecond(at)))
        .append("  ")
        .append(what)
        .append("  ")
        .append(Texts.plain(said))
        .append('\n');
  }
}
