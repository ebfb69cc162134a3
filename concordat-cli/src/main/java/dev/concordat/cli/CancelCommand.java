package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Cancels. */
@Command(
    name = "cancel",
    description = "Turn back and compensate what is done; refused after the pivot.",
    footer = {"", "Example:", "  concordat cancel order-4711 --reason \"customer called\" --yes"})
final class CancelCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Option(names = "--yes", description = "Do it, instead of showing what it would do.")
  private boolean yes;

  @Override
  public Integer call() {
    return options.askIfSure(
        new Request(
            "cancel",
            "turns back, and compensates every step that is done, the last one first",
            (operator, by) -> operator.cancel(by.id(), by.by(), by.reason())),
        yes);
  }
}
