package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Query;
import java.time.Duration;
import java.time.Instant;
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
    description = "List instances, newest first.",
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

  @Override
  public Integer call() {
    if (limit < 1 || limit >= Query.MAX_LIMIT) {
      throw screen.wrong("--limit is from 1 to " + (Query.MAX_LIMIT - 1) + ", not " + limit);
    }
    List<InstanceRow> found;
    DataSource source = database.reachable(System.getenv());
    try (Concordat concordat = database.client(source)) {
      found = concordat.operator().list(query());
    }
    long inDoubt = new DatabaseExamination(source, Duration.ZERO).inDoubt();
    boolean hasMore = found.size() > limit;
    List<InstanceRow> rows = hasMore ? found.subList(0, limit) : found;
    if (screen.isJson()) {
      ObjectNode document = Documents.list(rows, hasMore);
      screen.data(inDoubt == 0 ? document : document.put("in_doubt", inDoubt));
    } else {
      print(rows, hasMore);
      if (inDoubt > 0) {
        screen.say(
            "Branches of two-phase commits that wait for a decision in this database: "
                + inDoubt
                + "; see concordat indoubt list.");
      }
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

  private void print(List<InstanceRow> rows, boolean hasMore) {
    if (rows.isEmpty()) {
      screen.say("No instance is like that.");
      return;
    }
    int ids = width("ID", rows.stream().map(row -> Texts.plain(row.id())).toList());
    int sagas = width("SAGA", rows.stream().map(ListCommand::saga).toList());
    StringBuilder text = new StringBuilder();
    text.append(
        screen.styled("faint", line(ids, sagas, List.of("ID", "STATUS", "SAGA", "ACCEPTED"))));
    for (InstanceRow row : rows) {
      text.append(
          line(
              ids,
              sagas,
              List.of(
                  Texts.plain(row.id()),
                  row.status() + (row.paused() ? " ‖" : ""),
                  saga(row),
                  Times.second(row.createdAt()))));
    }
    screen.data(text.toString());
    if (hasMore) {
      screen.say("There are more: --before " + rows.get(rows.size() - 1).no());
    }
  }

  private static String saga(InstanceRow row) {
    // What has no definition has no version.
    return Texts.plain(row.definition()) + (row.version() == 0 ? "" : "@" + row.version());
  }

  private static int width(String title, List<String> texts) {
    int longest =
        texts.stream().mapToInt(text -> text.codePointCount(0, text.length())).max().orElse(0);
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
