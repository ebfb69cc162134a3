package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Goes forward again. */
@Command(
    name = "forward",
    description = "Give up compensating, if nothing is compensated yet, and go forward again.",
    footer = {"", "Example:", "  concordat forward order-4711 --reason \"stock found\" --yes"})
final class ForwardCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Option(names = "--yes", description = "Do it, instead of showing what it would do.")
  private boolean yes;

  @Override
  public Integer call() {
    return options.askIfSure(
        new Request(
            "forward",
            "gives up compensating and goes forward again",
            (operator, by) -> operator.forward(by.id(), by.by(), by.reason())),
        yes);
  }
}
