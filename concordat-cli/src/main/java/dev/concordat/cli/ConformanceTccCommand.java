package dev.concordat.cli;

import dev.concordat.test.TccConformance;
import dev.concordat.test.TccConformance.Result;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks a participant of try, confirm and cancel for all that goes wrong between services. */
@Command(
    name = "tcc",
    description = {
      "Test whether a participant of try, confirm and cancel keeps the contract.",
      "It tries, confirms and cancels for real, with the body you give: let it work on test"
          + " data. What it tries it cancels; what it confirms stays."
    },
    footer = {
      "",
      "Exit status: 0 every case is as it must be; 1 not so; 2 wrong usage.",
      "",
      "Example:",
      "  concordat conformance tcc --url http://localhost:8080/tcc \\",
      "    --body '{\"account\":\"test\",\"amount\":1}' --effects http://localhost:8080/balances"
    })
final class ConformanceTccCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();

  @Option(
      names = "--url",
      required = true,
      paramLabel = "URL",
      description = "Where the participant answers /try, /confirm and /cancel.")
  private String url = "";

  @Option(
      names = "--body",
      paramLabel = "JSON",
      description = "What it is asked for, a hundred times (default: ${DEFAULT-VALUE}).")
  private String body = "{}";

  @Option(
      names = "--refused-body",
      paramLabel = "JSON",
      description = "What its business refuses, to see that, too.")
  private @Nullable String refusedBody;

  @Option(
      names = "--effects",
      paramLabel = "URL",
      description =
          "A GET of it must tell all effects as JSON, such as balances: then duplicates"
              + " that act twice are seen.")
  private @Nullable String effects;

  @Override
  public Integer call() throws InterruptedException {
    TccConformance test = TccConformance.of(address("--url", url)).body(json("--body", body));
    if (refusedBody != null) {
      test = test.refusedBody(json("--refused-body", refusedBody));
    }
    if (effects != null) {
      test = test.effects(address("--effects", effects));
    }
    List<Result> results = test.run();
    if (screen.isJson()) {
      screen.data(document(results));
    } else {
      print(results);
    }
    return results.stream().allMatch(Result::held) ? Exit.DONE : Exit.FAILED;
  }

  private URI address(String option, String text) {
    try {
      URI address = URI.create(text);
      if (address.getHost() != null && String.valueOf(address.getScheme()).startsWith("http")) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw screen.wrong(option + " must be an address like http://localhost:8080/tcc");
  }

  private String json(String option, String text) {
    try {
      JsonMapper.shared().readTree(text);
      return text;
    } catch (JacksonException e) {
      throw screen.wrong(option + " is no JSON: " + e.getOriginalMessage());
    }
  }

  private static ObjectNode document(List<Result> results) {
    ObjectNode document = Documents.empty();
    document.put("held", results.stream().allMatch(Result::held));
    ArrayNode cases = document.putArray("cases");
    for (Result one : results) {
      cases
          .addObject()
          .put("case", one.name())
          .put("held", one.held())
          .put("expected", one.expected())
          .put("got", one.got());
    }
    return document;
  }

  private void print(List<Result> results) {
    StringBuilder text = new StringBuilder();
    for (Result one : results) {
      String mark =
          one.held() ? screen.styled("green", "held  ") : screen.styled("bold,red", "BROKEN");
      text.append(String.format(Locale.ROOT, "%s  %s%n", mark, one.name()));
      text.append(String.format(Locale.ROOT, "          expected: %s%n", one.expected()));
      if (!one.held()) {
        text.append(String.format(Locale.ROOT, "          got: %s%n", Texts.plain(one.got())));
      }
    }
    long held = results.stream().filter(Result::held).count();
    text.append(String.format(Locale.ROOT, "%d of %d cases are held.%n", held, results.size()));
    screen.data(text.toString());
  }
}
