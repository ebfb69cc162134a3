package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether a service keeps the contract of a protocol. */
@Command(
    name = "conformance",
    mixinStandardHelpOptions = true,
    subcommands = {ConformanceTccCommand.class},
    description = "Test whether a service keeps the contract of a protocol.",
    footer = {"", "Example:", "  concordat conformance tcc --url http://localhost:8080/tcc"})
final class ConformanceCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say tcc");
  }
}
