package dev.concordat.cli;

import dev.concordat.atomic.InDoubt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes note of a heuristic. */
@Command(
    name = "acknowledge",
    description = "Note that somebody has mended what a branch left that did not follow.")
final class IndoubtAcknowledgeCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabasesOptions databases = new DatabasesOptions();

  @Parameters(index = "0", paramLabel = "ID", description = "The transaction's id.")
  private String id = "";

  @Parameters(index = "1", paramLabel = "BRANCH", description = "As list names it.")
  private String branch = "";

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Who, and what was done about it; recorded.")
  private String reason = "";

  @Override
  public Integer call() {
    try (InDoubt doubt = databases.open(System.getenv())) {
      doubt.acknowledge(id, branch, reason);
    }
    screen.say("Noted.");
    return Exit.DONE;
  }
}
