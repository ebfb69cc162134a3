package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.AtomicStory;
import dev.concordat.core.Status;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Lists instances. */
@Command(
    name = "list",
    description = {
      "List instances, newest first. Before them: two-phase commits that have not ended, and",
      "three-phase commits, as this database and those of --database tell."
    },
    footer = {
      "",
      "Example: what waits for a person since at least ten minutes",
      "  concordat list --status NEEDS_ATTENTION --age 10m"
    })
final class ListCommand implements Callable<Integer> {

  private static final String FORMAT_GAP = "  ";

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "Only of this status: ${COMPLETION-CANDIDATES}.")
  private @Nullable Status status;

  @Option(names = "--name", paramLabel = "SAGA", description = "Only of sagas of this name.")
  private @Nullable String name;

  @Option(
      names = "--age",
      paramLabel = "TIME",
      converter = Times.Reader.class,
      description = "Only older than this: 30s, 10m, 2h, 7d.")
  private @Nullable Duration age;

  @Option(
      names = "--attribute",
      paramLabel = "NAME=VALUE",
      description = "Only with this attribute; may be given more than once.")
  private final Map<String, String> attributes = new LinkedHashMap<>();

  @Option(names = "--limit", paramLabel = "N", description = "At most so many; 50 unless said.")
  private int limit = 50;

  @Option(
      names = "--before",
      paramLabel = "NO",
      description = "The next page: only older than the instance of this number.")
  private @Nullable Long before;

  @Mixin private final AtomicOptions atomic = new AtomicOptions();

  @Override
  public Integer call() {
    if (limit < 1 || limit >= Query.MAX_LIMIT) {
      throw screen.wrong("--limit is from 1 to " + (Query.MAX_LIMIT - 1) + ", not " + limit);
    }
    List<InstanceRow> found = List.of();
    DataSource source = database.reachable(System.getenv());
    if (status != Status.PREPARED && !AtomicOptions.isOnlyAParticipants(source, database)) {
      try (Concordat concordat = database.client(source)) {
        found = concordat.operator().list(query());
      }
    }
    List<AtomicStory> open = before == null ? atomic.under(source, database, limit) : List.of();
    open = open.stream().filter(this::isWanted).limit(limit).toList();
    boolean hasMore = found.size() > limit;
    List<InstanceRow> rows = hasMore ? found.subList(0, limit) : found;
    if (screen.isJson()) {
      ObjectNode document = Documents.list(open, rows, hasMore);
      long inDoubt = new DatabaseExamination(source, Duration.ZERO).inDoubt();
      screen.data(inDoubt == 0 ? document : document.put("in_doubt", inDoubt));
    } else {
      print(open, rows, hasMore);
    }
    return Exit.DONE;
  }

  /** One more than wanted, to know whether there are more. */
  private Query query() {
    return new Query(
        Optional.ofNullable(status),
        Optional.ofNullable(name),
        Optional.ofNullable(age).map(Instant.now()::minus),
        attributes,
        before == null ? OptionalLong.empty() : OptionalLong.of(before),
        OptionalLong.empty(),
        limit + 1);
  }

  /** By what is asked of instances; these have no attributes. */
  private boolean isWanted(AtomicStory story) {
    Instant youngest = Instant.now().minus(Optional.ofNullable(age).orElse(Duration.ZERO));
    return (status == null || status == story.status())
        && (name == null || name.equals(story.name()))
        && attributes.isEmpty()
        && (age == null || story.since().isBefore(youngest));
  }

  private void print(List<AtomicStory> open, List<InstanceRow> rows, boolean hasMore) {
    List<List<String>> lines = new ArrayList<>();
    for (AtomicStory story : open) {
      lines.add(cells(story.id(), story.status().name(), story.name(), story.since()));
    }
    for (InstanceRow row : rows) {
      String stands = row.status() + (row.paused() ? " ‖" : "");
      lines.add(cells(row.id(), stands, saga(row), row.createdAt()));
    }
    if (lines.isEmpty()) {
      screen.say("No instance is like that.");
      return;
    }
    int ids = width("ID", lines, 0);
    int sagas = width("SAGA", lines, 2);
    StringBuilder text = new StringBuilder();
    text.append(
        screen.styled("faint", line(ids, sagas, List.of("ID", "STATUS", "SAGA", "ACCEPTED"))));
    lines.forEach(cells -> text.append(line(ids, sagas, cells)));
    screen.data(text.toString());
    if (hasMore) {
      screen.say("There are more: --before " + rows.get(rows.size() - 1).no());
    }
  }

  private static List<String> cells(String id, String status, String saga, Instant at) {
    return List.of(Texts.plain(id), status, Texts.plain(saga), Times.second(at));
  }

  private static String saga(InstanceRow row) {
    // What has no definition has no version.
    return row.definition() + (row.version() == 0 ? "" : "@" + row.version());
  }

  private static int width(String title, List<List<String>> lines, int column) {
    int longest =
        lines.stream()
            .map(cells -> cells.get(column))
            .mapToInt(text -> text.codePointCount(0, text.length()))
            .max()
            .orElse(0);
    return Math.max(title.length(), longest);
  }

  private static String line(int ids, int sagas, List<String> cells) {
    return String.join(
            FORMAT_GAP,
            Texts.padded(cells.get(0), ids),
            Texts.padded(cells.get(1), 17),
            Texts.padded(cells.get(2), sagas),
            cells.get(3))
        + "\n";
  }
}
