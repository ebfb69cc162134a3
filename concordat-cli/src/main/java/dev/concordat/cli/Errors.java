package dev.concordat.cli;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one sentence what went wrong; a stack trace only with {@code --verbose}. */
final class Errors implements IExecutionExceptionHandler, IParameterExceptionHandler {

  @Override
  public int handleExecutionException(Exception error, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println(red(command, sentence(error)));
    if (isVerbose(parsed)) {
      err.print(trace(error));
    }
    err.flush();
    return exit(error);
  }

  @Override
  public int handleParseException(ParameterException error, String[] words) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    if (error instanceof UnmatchedArgumentException unmatched && isNoCommand(unmatched)) {
      noCommand(command, unmatched.getUnmatched().get(0));
    } else {
      err.println(red(command, Secrets.hidden(String.valueOf(error.getMessage()))));
      if (!UnmatchedArgumentException.printSuggestions(error, err)) {
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
      }
    }
    err.flush();
    return Exit.USAGE;
  }

  private static boolean isNoCommand(UnmatchedArgumentException error) {
    return !error.isUnknownOption() && !error.getCommandLine().getSubcommands().isEmpty();
  }

  private static void noCommand(CommandLine command, String typed) {
    String own = command.getCommandSpec().qualifiedName();
    Set<String> known = new TreeSet<>(command.getSubcommands().keySet());
    String hint =
        Nearest.to(typed, known)
            .map(word -> "Did you mean: " + own + " " + word + "?")
            .orElse("There are: " + String.join(", ", known) + ".");
    String said = Secrets.hidden("There is no command '" + Texts.plain(typed) + "'.");
    command.getErr().println(red(command, said));
    command.getErr().println(hint);
  }

  private static String red(CommandLine command, String text) {
    return command.getColorScheme().errorText(text).toString();
  }

  private static boolean isVerbose(ParseResult parsed) {
    ParseResult at = parsed;
    while (!at.hasMatchedOption("--verbose") && at.hasSubcommand()) {
      at = at.subcommand();
    }
    return at.hasMatchedOption("--verbose");
  }

  private static String trace(Exception error) {
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return Secrets.hidden(text.toString());
  }

  private static String sentence(Exception error) {
    String said = Secrets.hidden(String.valueOf(error.getMessage()));
    return switch (error) {
      case Problem problem -> said;
      case RefusedException refused when isUnreachable(refused) ->
          "The database cannot be reached, so nothing was done: " + said;
      case RefusedException refused -> "Refused, and nothing was changed: " + said;
      case OutcomeUnknownException unknown ->
          "Unknown, it may have happened: " + said + ". Look with `show` before asking again.";
      case InvariantViolation bug ->
          "This is a mistake in Concordat: " + said + ". Please report it with --verbose.";
      default ->
          error.getClass().getSimpleName()
              + ": "
              + said
              + ". Nobody foresaw this; --verbose shows where it happened.";
    };
  }

  private static int exit(Exception error) {
    return switch (error) {
      case Problem problem -> problem.exit();
      case RefusedException refused when isUnreachable(refused) -> Exit.UNREACHABLE;
      case RefusedException refused -> Exit.REFUSED;
      case OutcomeUnknownException unknown -> Exit.UNKNOWN;
      default -> Exit.FAILED;
    };
  }

  /** Whether the database went away after the first look at it. */
  private static boolean isUnreachable(RefusedException error) {
    return error.getCause() instanceof SQLException sql
        && sql.getSQLState() != null
        && (sql.getSQLState().startsWith("08") || sql.getSQLState().startsWith("57P"));
  }
}
