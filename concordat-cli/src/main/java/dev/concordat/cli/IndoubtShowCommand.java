package dev.concordat.cli;

import dev.concordat.atomic.InDoubt;
import dev.concordat.store.Decisions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** All that is known of one transaction. */
@Command(
    name = "show",
    description = "Show a two-phase commit: its decision, what waits, what did not follow.")
final class IndoubtShowCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabasesOptions databases = new DatabasesOptions();

  @Parameters(paramLabel = "ID", description = "The transaction's id.")
  private String id = "";

  @Override
  public Integer call() {
    List<Decisions.Decision> decisions;
    List<InDoubt.Waiting> waiting;
    List<Decisions.Heuristic> heuristics;
    try (InDoubt doubt = databases.open(System.getenv())) {
      decisions = doubt.decisions(id);
      waiting = doubt.list().stream().filter(one -> one.branch().id().id().equals(id)).toList();
      heuristics = doubt.heuristics().stream().filter(one -> one.id().equals(id)).toList();
    }
    if (decisions.isEmpty() && waiting.isEmpty() && heuristics.isEmpty()) {
      throw Problem.noInstance(id);
    }
    if (screen.isJson()) {
      screen.data(document(decisions, waiting, heuristics));
    } else {
      screen.data(text(decisions, waiting, heuristics));
    }
    return Exit.DONE;
  }

  private ObjectNode document(
      List<Decisions.Decision> decisions,
      List<InDoubt.Waiting> waiting,
      List<Decisions.Heuristic> heuristics) {
    ObjectNode all = IndoubtListCommand.document(waiting, heuristics);
    all.put("id", id);
    ArrayNode made = all.putArray("decisions");
    for (Decisions.Decision one : decisions) {
      made.addObject()
          .put("commit", one.isCommit())
          .put("name", one.name())
          .put("at", one.at().toString())
          .put("receipt", one.receipt());
    }
    return all;
  }

  private String text(
      List<Decisions.Decision> decisions,
      List<InDoubt.Waiting> waiting,
      List<Decisions.Heuristic> heuristics) {
    StringBuilder text = new StringBuilder(screen.styled("bold", Texts.plain(id))).append("\n\n");
    for (Decisions.Decision one : decisions) {
      text.append(one.isCommit() ? "decided to commit at " : "an attempt was aborted for good at ")
          .append(Times.millisecond(one.at()))
          .append(" (")
          .append(one.name())
          .append(")\n");
    }
    if (decisions.isEmpty()) {
      text.append("no decision is recorded in these databases\n");
    }
    for (InDoubt.Waiting one : waiting) {
      text.append("branch ")
          .append(one.branch().id().branch().name())
          .append(" waits for ")
          .append(one.branch().age().toSeconds())
          .append(" s: ")
          .append(one.next())
          .append('\n');
    }
    for (Decisions.Heuristic one : heuristics) {
      text.append("branch ")
          .append(one.branch())
          .append(' ')
          .append(Texts.plain(one.kind()))
          .append(one.acknowledged() == null ? "" : "; acknowledged: " + one.acknowledged())
          .append('\n');
    }
    return text.toString();
  }
}
