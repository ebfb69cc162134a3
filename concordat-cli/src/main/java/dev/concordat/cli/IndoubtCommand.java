package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Branches of two-phase commits that wait for their decision. */
@Command(
    name = "indoubt",
    mixinStandardHelpOptions = true,
    subcommands = {
      IndoubtListCommand.class,
      IndoubtShowCommand.class,
      IndoubtResolveCommand.class,
      IndoubtAcknowledgeCommand.class
    },
    description = "List, show or resolve branches of two-phase commits that wait for a decision.",
    footer = {
      "",
      "Examples:",
      "  concordat indoubt list --database accounts=jdbc:postgresql://a/bank --database"
          + " ledger=jdbc:postgresql://b/bank",
      "  concordat indoubt resolve transfer-81 --database …"
    })
final class IndoubtCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say list, show, resolve or acknowledge");
  }
}
