package dev.concordat.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Where a command prints, and how: data to stdout, everything else to stderr. */
final class Screen {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the stack trace of an error.")
  @SuppressWarnings("UnusedVariable")
  private boolean verbose; // read by Errors

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable")
  private boolean help; // read by picocli

  boolean isJson() {
    return json;
  }

  /** Prints data; it ends with a line break if it has none. */
  void data(String text) {
    PrintWriter out = command().getOut();
    out.print(text.endsWith("\n") || text.isEmpty() ? text : text + "\n");
    out.flush();
  }

  void data(JsonNode document) {
    data(
        JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build()
            .writeValueAsString(document));
  }

  /** Says something that is not data. */
  void say(String text) {
    PrintWriter err = command().getErr();
    err.println(text);
    err.flush();
  }

  /**
   * Colours and weights, as in {@code "@|bold text|@"}, if stdout is a terminal that likes them.
   */
  String styled(String style, String text) {
    CommandLine.Help.Ansi ansi = command().getColorScheme().ansi();
    return ansi.enabled() ? ansi.string("@|" + style + " " + escaped(text) + "|@") : text;
  }

  private static String escaped(String text) {
    return text.replace("|@", "| @").replace("@|", "@ |");
  }

  ParameterException wrong(String why) {
    return new ParameterException(command(), why);
  }

  private CommandLine command() {
    CommandSpec injected = spec;
    if (injected == null) {
      throw new IllegalStateException("picocli injects it");
    }
    return injected.commandLine();
  }
}
