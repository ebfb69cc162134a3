package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Resumes. */
@Command(
    name = "resume",
    description = "Go on after a pause.",
    footer = {"", "Example:", "  concordat resume order-4711"})
final class ResumeCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Override
  public Integer call() {
    return options.ask(
        new Request(
            "resume", "goes on", (operator, by) -> operator.resume(by.id(), by.by(), by.reason())));
  }
}
