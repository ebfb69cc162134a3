package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Pauses. */
@Command(
    name = "pause",
    description =
        "Start nothing new of an instance until it is resumed; what runs comes to its end.",
    footer = {"", "Example:", "  concordat pause order-4711"})
final class PauseCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Override
  public Integer call() {
    return options.ask(
        new Request(
            "pause",
            "starts nothing new",
            (operator, by) -> operator.pause(by.id(), by.by(), by.reason())));
  }
}
