package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What nobody knows about calls to outside systems. */
@Command(
    name = "reconcile",
    mixinStandardHelpOptions = true,
    subcommands = {ReconcileRunCommand.class, ReconcileReportCommand.class},
    description = "Report what is unresolved at outside systems, or have it resolved now.",
    footer = {
      "",
      "Examples:",
      "  concordat reconcile report",
      "  concordat reconcile run --provider gateway --settlement 2026-03-01.csv --wait 1m"
    })
final class ReconcileCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say run or report");
  }
}
