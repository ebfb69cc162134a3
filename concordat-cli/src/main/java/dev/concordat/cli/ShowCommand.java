package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
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
      Optional<ReservationStory> held = concordat.reservationStory(id);
      if (held.isPresent()) {
        return ReservationShow.show(screen, held.get());
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
    InstanceRow row = story.row();
    StringBuilder text = new StringBuilder();
    text.append(screen.styled("bold", Texts.plain(row.id())))
        .append("  ")
        .append(Looks.status(screen, row))
        .append("  ")
        .append(Texts.plain(row.definition()))
        .append('@')
        .append(row.version())
        .append("  accepted ")
        .append(Times.second(row.createdAt()))
        .append("\n\n");
    lines(text, story);
    text.append('\n');
    timeline(text, story);
    return text.toString();
  }

  private static void lines(StringBuilder text, Story story) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("why", story.why());
    lines.put("next", story.next());
    if (!story.state().isEmpty()) {
      lines.put("state", story.state());
    }
    new TreeMap<>(story.row().attributes()).forEach(lines::putIfAbsent);
    int names = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    lines.forEach((name, value) ->
        text.append(Texts.padded(Texts.plain(name), names))
            .append("  ")
            .append(Texts.plain(value))
            .append('\n'));
  }

  private void timeline(StringBuilder text, Story story) {
    int steps = story.moments().stream().mapToInt(moment -> moment.step().length()).max().orElse(0);
    for (Story.Moment moment : story.moments()) {
      text.append(screen.styled("faint", Times.millisecond(moment.at())))
          .append("  ")
          .append(Texts.padded(Texts.plain(moment.step()), steps))
          .append("  ")
          .append(Texts.plain(moment.text()))
          .append('\n');
    }
  }
}
