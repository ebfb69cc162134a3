package dev.concordat.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Skips. */
@Command(
    name = "skip",
    description = "Go on without the step that waits for a person, or leave it uncompensated.",
    footer = {"", "Example:", "  concordat skip order-4711 --reason \"refunded by hand\" --yes"})
final class SkipCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Option(
      names = "--branch",
      paramLabel = "NAME",
      description =
          "Which branch of a transaction is settled by hand; needed where several wait for a"
              + " person.")
  private @Nullable String branch;

  @Option(names = "--yes", description = "Do it, instead of showing what it would do.")
  private boolean yes;

  @Override
  public Integer call() {
    return options.askIfSure(
        new Request(
            "skip",
            "goes on as if the step that waits were not there; if it is a compensation, its step"
                + " stays as it is",
            (operator, by) -> operator.skip(by.id(), branch, by.by(), by.certainReason())),
        yes);
  }
}
