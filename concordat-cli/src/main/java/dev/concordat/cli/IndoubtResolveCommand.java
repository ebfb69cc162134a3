package dev.concordat.cli;

import dev.concordat.atomic.InDoubt;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Ends branches in doubt. */
@Command(
    name = "resolve",
    description = {
      "End the branches of a transaction that wait: as decided, if the database that decides is",
      "among those given; what is not decided is aborted for good. Only if that database is lost",
      "for ever, say --guess commit or --guess abort: that is recorded as a heuristic."
    })
final class IndoubtResolveCommand implements Callable<Integer> {

  enum Guess {
    COMMIT,
    ABORT
  }

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabasesOptions databases = new DatabasesOptions();

  @Parameters(paramLabel = "ID", description = "The transaction's id.")
  private String id = "";

  @Option(
      names = "--guess",
      paramLabel = "commit|abort",
      description = "What to do, though nobody can say what was decided.")
  private @Nullable Guess guess;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Who guesses, and why; recorded. Needed with --guess.")
  private @Nullable String reason;

  @Override
  public Integer call() {
    if (guess != null && (reason == null || reason.isBlank())) {
      throw screen.wrong("A guess needs --reason: it is recorded, and somebody will ask.");
    }
    List<String> done;
    try (InDoubt doubt = databases.open(System.getenv())) {
      done =
          guess == null || reason == null
              ? doubt.resolve(id)
              : doubt.force(id, guess == Guess.COMMIT, reason);
    }
    if (screen.isJson()) {
      ArrayNode all = JsonMapper.shared().createArrayNode();
      done.forEach(all::add);
      screen.data(all);
    } else {
      screen.data(String.join("\n", done));
    }
    return done.stream().anyMatch(one -> one.endsWith("waits on")) ? Exit.FAILED : Exit.DONE;
  }
}
