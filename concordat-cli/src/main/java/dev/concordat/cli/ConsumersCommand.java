package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.store.Consumers.Standing;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Says how consumers stand. */
@Command(
    name = "consumers",
    description = "List all consumers: what they could not handle, and what they try again.",
    footer = {"", "Example:", "  concordat consumers --json"})
final class ConsumersCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Override
  public Integer call() {
    List<Standing> consumers;
    try (Concordat concordat = database.open(System.getenv())) {
      consumers = concordat.consuming().standings();
    }
    if (screen.isJson()) {
      screen.data(document(consumers));
    } else if (consumers.isEmpty()) {
      screen.say("No consumer has run on this database.");
    } else {
      print(consumers);
    }
    return Exit.DONE;
  }

  private static ArrayNode document(List<Standing> consumers) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (Standing consumer : consumers) {
      all.addObject()
          .put("consumer", consumer.consumer())
          .put("keeps_offsets", consumer.keepsOffsets())
          .put("dead", consumer.dead())
          .put("waiting", consumer.waiting());
    }
    return all;
  }

  private void print(List<Standing> consumers) {
    StringBuilder text = new StringBuilder();
    text.append(
            screen.styled("faint", line("CONSUMER", "KNOWS BY", "DEAD", "WAITING").stripTrailing()))
        .append('\n');
    for (Standing consumer : consumers) {
      text.append(
          line(
              Texts.plain(consumer.consumer()),
              consumer.keepsOffsets() ? "offsets" : "ids",
              String.format(Locale.ROOT, "%,d", consumer.dead()),
              String.format(Locale.ROOT, "%,d", consumer.waiting())));
    }
    screen.data(text.toString());
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-30s %-8s %8s %8s%n", cells);
  }
}
