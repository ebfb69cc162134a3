package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.store.Relays.Progress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Says how far relays are. */
@Command(
    name = "relays",
    description = "List the lanes of all relays: who works at them, and how far behind they are.",
    footer = {"", "Example:", "  concordat relays --json"})
final class RelaysCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Option(
      names = "--forget",
      paramLabel = "NAME",
      description =
          "Forgets that relay with all that it has parked, so that messages are kept for it no"
              + " longer; for one that is dropped or renamed. Needs --yes.")
  private @Nullable String forget;

  @Option(names = "--yes", description = "Really forgets.")
  private boolean yes;

  private int forget(Concordat concordat, String relay) {
    if (!yes) {
      screen.say(
          "What relay '"
              + Texts.plain(relay)
              + "' has not delivered would never be delivered by it, and what it has parked would"
              + " be gone. Say --yes to do it.");
      return Exit.USAGE;
    }
    concordat.messaging().forget(relay);
    screen.say("It is forgotten.");
    return Exit.DONE;
  }

  @Override
  public Integer call() {
    List<Progress> lanes;
    try (Concordat concordat = database.open(System.getenv())) {
      if (forget != null) {
        return forget(concordat, forget);
      }
      lanes = concordat.messaging().progress();
    }
    if (screen.isJson()) {
      screen.data(document(lanes));
    } else if (lanes.isEmpty()) {
      screen.say("No relay has run on this database.");
    } else {
      print(lanes);
    }
    return Exit.DONE;
  }

  private static ArrayNode document(List<Progress> lanes) {
    ArrayNode all = JsonMapper.shared().createArrayNode();
    for (Progress lane : lanes) {
      all.addObject()
          .put("relay", lane.relay())
          .put("lane", lane.lane())
          .put("running", lane.claimed())
          .put("behind", lane.behind())
          .put("parked", lane.parked());
    }
    return all;
  }

  private void print(List<Progress> lanes) {
    StringBuilder text = new StringBuilder();
    text.append(
            screen.styled(
                "faint", line("RELAY", "LANE", "WORKED", "BEHIND", "PARKED").stripTrailing()))
        .append('\n');
    for (Progress lane : lanes) {
      text.append(
          line(
              Texts.plain(lane.relay()),
              String.valueOf(lane.lane()),
              lane.claimed() ? "yes" : "by none",
              String.format(Locale.ROOT, "%,d", lane.behind()),
              String.format(Locale.ROOT, "%,d", lane.parked())));
    }
    screen.data(text.toString());
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-24s %5s  %-8s %10s %8s%n", cells);
  }
}
