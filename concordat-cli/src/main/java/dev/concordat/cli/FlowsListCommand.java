package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.store.Flows;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Lists flows. */
@Command(name = "list", description = "List the newest flows that the tracker knows.")
final class FlowsListCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(names = "--name", paramLabel = "FLOW", description = "Only flows of that name.")
  private @Nullable String name;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "Only these: RUNNING, COMPLETED, COMPENSATING, COMPENSATED, NEEDS_ATTENTION.")
  private @Nullable Status status;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many; 50 unless said.")
  private int limit = 50;

  @Override
  public Integer call() {
    List<Flows.Summary> flows;
    try (Concordat concordat = database.open(System.getenv())) {
      flows = concordat.choreography().list(name, status == null ? null : status.name(), limit);
    }
    if (screen.isJson()) {
      screen.data(document(flows));
    } else if (flows.isEmpty()) {
      screen.say("The tracker knows no such flow on this database.");
    } else {
      print(flows);
    }
    return Exit.DONE;
  }

  private static ArrayNode document(List<Flows.Summary> flows) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (Flows.Summary flow : flows) {
      all.addObject()
          .put("id", flow.id())
          .put("name", flow.name())
          .put("status", flow.status())
          .put("begun_at", flow.begunAt().toString())
          .put("updated_at", flow.updatedAt().toString());
    }
    return all;
  }

  private void print(List<Flows.Summary> flows) {
    StringBuilder text = new StringBuilder();
    text.append(screen.styled("faint", line("ID", "FLOW", "STATUS", "BEGUN").stripTrailing()))
        .append('\n');
    for (Flows.Summary flow : flows) {
      text.append(
          line(
              Texts.plain(flow.id()),
              Texts.plain(flow.name()),
              flow.status(),
              Times.second(flow.begunAt())));
    }
    screen.data(text.toString());
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-32s %-20s %-16s %s%n", cells);
  }
}
