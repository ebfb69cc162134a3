package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the tracker knows of flows of events between services. */
@Command(
    name = "flows",
    mixinStandardHelpOptions = true,
    subcommands = {FlowsListCommand.class, FlowsShowCommand.class},
    description =
        "List flows of events between services, or show one: where it is, what is missing.",
    footer = {
      "",
      "Examples:",
      "  concordat flows list --status RUNNING",
      "  concordat flows show order-4711"
    })
final class FlowsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say list or show");
  }
}
