package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command says what it is, and refuses what it does not know with status 2. */
class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... words) {
    return Main.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(words);
  }

  @Test
  void saysItsVersionOnStdout() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("concordat ").contains(" on Java ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withoutWordsItSaysWhatThereIs() {
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("list ", "show ", "retry ", "bench ", "Exit status: 0");
  }

  @Test
  void refusesWhatItDoesNotKnowOnStderr() {
    assertThat(run("no-such-command")).isEqualTo(Exit.USAGE);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains("no-such-command");
  }

  @Test
  void suggestsWhatWasMeant() {
    assertThat(run("shw", "order-1")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("Did you mean: concordat show");
  }

  @ParameterizedTest
  @CsvSource({"lsit,list", "shw,show", "Resume,resume", "cancell,cancel"})
  void findsTheNearestCommand(String typed, String meant) {
    assertThat(Nearest.to(typed, Main.command().getSubcommands().keySet())).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"a,b", "frobnicate,list", "xy,show"})
  void suggestsNothingFarFetched(String typed, String word) {
    assertThat(Nearest.to(typed, List.of(word))).isEmpty();
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    for (CommandLine command : Main.command().getSubcommands().values()) {
      String name = command.getCommandName();
      if (!name.equals("help")) {
        assertThat(run(name, "--help")).as(name).isZero();
        assertThat(command.getUsageMessage()).as(name).contains("Example", "concordat " + name);
      }
    }
  }

  @Test
  void refusesABenchItDoesNotHave() {
    assertThat(run("bench", "sage")).isEqualTo(Exit.USAGE);
    assertThat(run("bench", "saga", "--case", "lokal")).isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("there is no bench 'sage'", "there is no case 'lokal'");
  }

  @Test
  void asksForADatabase() {
    assertThat(run("list", "--jdbc-url", "jdbc:mysql://here/x?password=geheim"))
        .isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("no URL of a PostgreSQL database").doesNotContain("geheim");
  }

  @Test
  void doesNotRepeatAPasswordInTheWrongPlace() {
    assertThat(run("list", "jdbc:postgresql://anna:geheim@here/x")).isEqualTo(Exit.USAGE);
    assertThat(run("lst", "--jdbc-url=jdbc:postgresql://here/x?password=geheim&ssl=true"))
        .isEqualTo(Exit.USAGE);
    assertThat(err.toString()).contains("//anna:***@here/x").doesNotContain("geheim");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://h/d?user=u&password=p1&ssl=true, "
        + "jdbc:postgresql://h/d?user=u&password=***&ssl=true",
    "jdbc:postgresql://h/d?sslpassword=p1, jdbc:postgresql://h/d?sslpassword=***",
    "postgresql://u:p@1@h/d, postgresql://u:***@h/d",
    "nothing secret, nothing secret"
  })
  void hidesPasswords(String text, String hidden) {
    assertThat(Secrets.hidden(text)).isEqualTo(hidden);
  }
}
