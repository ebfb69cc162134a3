package dev.concordat.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code concordat} command: what it is asked for goes to stdout, all else to stderr. */
@Command(
    name = "concordat",
    description = "Transactions over several databases and services that end whole.",
    mixinStandardHelpOptions = true,
    subcommands = {DemoCommand.class, ScenarioCommand.class, BenchCommand.class},
    versionProvider = Main.Version.class)
public final class Main implements Runnable {

  /** Runs the command and ends the program with its exit status. */
  public static void main(String[] args) {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    System.exit(new CommandLine(new Main()).execute(args));
  }

  /** Without a subcommand there is nothing to do but to say what there is. */
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
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
