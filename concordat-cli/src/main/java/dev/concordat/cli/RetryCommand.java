package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tries again. */
@Command(
    name = "retry",
    description = "Try again what failed, with a fresh count of attempts.",
    footer = {"", "Example:", "  concordat retry order-4711 --reason \"stock service is back\""})
final class RetryCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Override
  public Integer call() {
    return options.ask(
        new Request(
            "retry",
            "tries again what failed",
            (operator, by) -> operator.retry(by.id(), by.by(), by.reason())));
  }
}
