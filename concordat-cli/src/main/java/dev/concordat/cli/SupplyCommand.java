package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Supplies a result. */
@Command(
    name = "supply",
    description = "Supply the result of the step that waits for a person.",
    footer = {
      "",
      "Example:",
      "  concordat supply order-4711 --result '{\"hold\":\"h-17\"}' --reason \"by phone\" --yes"
    })
final class SupplyCommand implements Callable<Integer> {

  @Mixin private final VerbOptions options = new VerbOptions();

  @Option(names = "--yes", description = "Do it, instead of showing what it would do.")
  private boolean yes;

  @Option(
      names = "--result",
      paramLabel = "JSON",
      required = true,
      description = "The state after the step; only the fields that change need be there.")
  private String result = "";

  @Override
  public Integer call() {
    checkResult();
    return options.askIfSure(
        new Request(
            "supply",
            "takes your result as that of the step that waits, and goes on",
            (operator, by) -> operator.supply(by.id(), by.by(), by.reason(), result)),
        yes);
  }

  private void checkResult() {
    try {
      JsonMapper.shared().readTree(result);
    } catch (JacksonException e) {
      throw options.screen().wrong("--result is no JSON: " + e.getOriginalMessage());
    }
  }
}
