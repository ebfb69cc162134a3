package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command says what it is, and refuses what it does not know with status 2. */
class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... words) {
    return new CommandLine(new Main())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(words);
  }

  @Test
  void saysItsVersionOnStdout() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("concordat ").contains(" on Java ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void refusesWhatItDoesNotKnowOnStderr() {
    assertThat(run("no-such-command")).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains("no-such-command");
  }
}
