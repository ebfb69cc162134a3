package dev.concordat.cli;

import dev.concordat.atomic.InDoubt;
import dev.concordat.core.BranchId;
import dev.concordat.store.Decisions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lists branches in doubt, and branches that did not follow. */
@Command(
    name = "list",
    description = "List branches that wait for their decision, and those that did not follow one.")
final class IndoubtListCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabasesOptions databases = new DatabasesOptions();

  @Override
  public Integer call() {
    List<InDoubt.Waiting> waiting;
    List<Decisions.Heuristic> heuristics;
    try (InDoubt doubt = databases.open(System.getenv())) {
      waiting = doubt.list();
      heuristics = doubt.heuristics();
    }
    if (screen.isJson()) {
      screen.data(document(waiting, heuristics));
    } else if (waiting.isEmpty() && heuristics.isEmpty()) {
      screen.say("Nothing is in doubt in these databases.");
    } else {
      screen.data(text(waiting, heuristics));
    }
    return Exit.DONE;
  }

  static ObjectNode document(List<InDoubt.Waiting> waiting, List<Decisions.Heuristic> heuristics) {
    ObjectNode all = JsonMapper.shared().createObjectNode();
    ArrayNode branches = all.putArray("waiting");
    for (InDoubt.Waiting one : waiting) {
      BranchId id = one.branch().id();
      branches
          .addObject()
          .put("id", id.id())
          .put("branch", id.branch().name())
          .put("since", one.branch().since().toString())
          .put("age_ms", one.branch().age().toMillis())
          .put("decided_by", one.decider().orElse(id.decider()))
          .put("next", one.next())
          .put("prepared_as", id.text());
    }
    ArrayNode recorded = all.putArray("heuristics");
    for (Decisions.Heuristic one : heuristics) {
      recorded
          .addObject()
          .put("id", one.id())
          .put("branch", one.branch())
          .put("kind", one.kind())
          .put("at", one.at().toString())
          .put("acknowledged", one.acknowledged());
    }
    return all;
  }

  private String text(List<InDoubt.Waiting> waiting, List<Decisions.Heuristic> heuristics) {
    StringBuilder text = new StringBuilder();
    if (!waiting.isEmpty()) {
      text.append(heading("ID", "BRANCH", "AGE", "NEXT"));
      for (InDoubt.Waiting one : waiting) {
        BranchId id = one.branch().id();
        String age = one.branch().age().toSeconds() + " s";
        text.append(line(Texts.plain(id.id()), id.branch().name(), age, one.next()));
      }
    }
    if (!heuristics.isEmpty()) {
      text.append(waiting.isEmpty() ? "" : "\n");
      text.append(heading("ID", "DID NOT FOLLOW", "", ""));
      for (Decisions.Heuristic one : heuristics) {
        String seen = one.acknowledged() == null ? "" : "; acknowledged: " + one.acknowledged();
        text.append(line(Texts.plain(one.id()), one.branch(), "", Texts.plain(one.kind() + seen)));
      }
    }
    return text.toString();
  }

  private String heading(Object... cells) {
    return screen.styled("faint", line(cells).stripTrailing()) + "\n";
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-24s %-20s %-8s %s%n", cells);
  }
}
