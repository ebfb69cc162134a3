package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.store.InstanceRow;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
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

  @Mixin private final AtomicOptions elsewhere = new AtomicOptions();

  @Override
  public Integer call() {
    Tale tale = tale();
    if (screen.isJson()) {
      screen.data(tale.document());
    } else {
      screen.data(text(tale));
    }
    return Exit.DONE;
  }

  private Tale tale() {
    DataSource source = database.reachable(System.getenv());
    if (AtomicOptions.isOnlyAParticipants(source, database)) {
      return elsewhere(source);
    }
    try (Concordat concordat = database.client(source)) {
      return concordat.operator().find(id).isPresent() ? Tale.of(concordat, id) : elsewhere(source);
    }
  }

  private Tale elsewhere(DataSource source) {
    return elsewhere
        .find(source, database, id)
        .map(Tale::of)
        .orElseThrow(() -> Problem.noInstance(id));
  }

  private String text(Tale tale) {
    StringBuilder text = new StringBuilder();
    heading(text, tale.heading());
    int names = tale.facts().keySet().stream().mapToInt(String::length).max().orElse(0);
    tale.facts()
        .forEach((name, value) ->
            text.append(Texts.padded(Texts.plain(name), names))
                .append("  ")
                .append(Texts.plain(value))
                .append('\n'));
    if (!tale.facts().isEmpty()) {
      text.append('\n');
    }
    int steps = tale.lines().stream().mapToInt(line -> line.step().length()).max().orElse(0);
    for (Tale.Line line : tale.lines()) {
      text.append(screen.styled("faint", Times.millisecond(line.at())))
          .append("  ")
          .append(Texts.padded(Texts.plain(line.step()), steps))
          .append("  ")
          .append(Texts.plain(line.text()))
          .append('\n');
    }
    return text.toString();
  }

  private void heading(StringBuilder text, Tale.Heading heading) {
    InstanceRow row = heading.row();
    text.append(screen.styled("bold", Texts.plain(heading.id())))
        .append("  ")
        .append(row == null ? Looks.status(screen, heading.status()) : Looks.status(screen, row))
        .append("  ")
        .append(Texts.plain(heading.what()));
    if (row != null) {
      text.append("  accepted ").append(Times.second(row.createdAt()));
    }
    text.append("\n\n");
  }
}
