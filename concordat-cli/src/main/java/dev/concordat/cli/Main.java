package dev.concordat.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The {@code concordat} command: what it is asked for goes to stdout, all else to stderr. */
@Command(
    name = "concordat",
    description = "Transactions over several databases and services that end whole.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      DemoCommand.class,
      ScenarioCommand.class,
      ListCommand.class,
      ShowCommand.class,
      RetryCommand.class,
      SkipCommand.class,
      SupplyCommand.class,
      ForwardCommand.class,
      CancelCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      RelaysCommand.class,
      ConsumersCommand.class,
      DeadLettersCommand.class,
      FlowsCommand.class,
      IndoubtCommand.class,
      ReconcileCommand.class,
      ConformanceCommand.class,
      DoctorCommand.class,
      SchemaCommand.class,
      BenchCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "Exit status: 0 done; 1 failed; 2 wrong usage, or --yes is missing; 3 no such",
      "instance; 4 refused, nothing was changed; 5 unknown or not answered yet;",
      "9 the database, or a broker, cannot be reached."
    })
public final class Main implements Runnable {

  @Spec private @Nullable CommandSpec spec;

  /** Runs the command and ends the program with its exit status. */
  public static void main(String[] args) {
    if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    }
    quiet("org.apache.kafka");
    quiet("com.rabbitmq.client");
    Interrupt.watch();
    System.exit(command().execute(args));
  }

  /** Clients of brokers that warn of what the command itself will say. */
  private static void quiet(String logger) {
    String level = "org.slf4j.simpleLogger.log." + logger;
    System.setProperty(level, System.getProperty(level, "error"));
  }

  /** The command, with its way of saying what went wrong. */
  static CommandLine command() {
    Errors errors = new Errors();
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setExecutionExceptionHandler(errors)
        .setParameterExceptionHandler(errors);
  }

  /** Without a subcommand there is nothing to do but to say what there is. */
  @Override
  public void run() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    command.usage(command.getOut());
  }

  /** Says which build this is and which Java runs it. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String built = Main.class.getPackage().getImplementationVersion();
      String version = Objects.requireNonNullElse(built, "(development build)");
      return new String[] {
        "concordat " + version + " on Java " + System.getProperty("java.version")
      };
    }
  }
}
