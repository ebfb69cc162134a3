package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What is asked for wrongly is refused with exit status 2 and a list of what there is. */
class ScenarioCommandTest {

  private record Said(int status, String out, String err) {}

  @Test
  void withoutANameItListsTheScenariosAndTheirSteps() throws Exception {
    Said said = run("scenario");

    assertThat(said.status()).isZero();
    assertThat(said.out()).contains("order", "travel", "withdrawal-local", "withdrawal-saga");
    assertThat(said.out()).contains("capture payment");
  }

  @Test
  void anUnknownScenarioIsRefusedNamingTheKnownOnes() throws Exception {
    Said said = run("scenario", "no-such", "--json");

    assertThat(said.status()).isEqualTo(2);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains("no-such", "order", "withdrawal-saga");
  }

  @Test
  void anUnknownStepIsRefusedNamingTheKnownOnes() throws Exception {
    assertThat(run("scenario", "travel", "--fail", "fly").err()).contains("fly", "book flight");
    assertThat(run("scenario", "travel", "--kill-at", "fly").status()).isEqualTo(2);
  }

  @Test
  void aStepThatCannotBeStalledIsRefusedNamingThoseThatCan() throws Exception {
    Said said = run("scenario", "order-choreography", "--stall", "create order");
    assertThat(said.status()).isEqualTo(2);
    assertThat(said.err())
        .contains("no step 'create order' that waits for an event", "reserve stock")
        .doesNotContain("create order,");
    assertThat(run("scenario", "withdrawal-outbox", "--stall", "x").err())
        .contains("leave --stall out");
  }

  @Test
  void aCompensationThatNobodyAsksForIsRefusedSayingWhatToAdd() throws Exception {
    Said said = run("scenario", "travel", "--kill-at", "compensate book flight");
    assertThat(said.status()).isEqualTo(2);
    assertThat(said.err()).contains("compensate book flight", "--fail", "--fail-every");
  }

  @Test
  void whatTransfersDoNotHaveIsRefusedNamingWhatTheyHave() throws Exception {
    assertThat(run("scenario").out()).contains("transfer", "debit, credit, record");
    assertThat(run("scenario", "transfer", "--kill-at", "credit").err())
        .contains("credit", "between prepares");
    assertThat(run("scenario", "transfer", "--kill-database", "audit").err()).contains("ledger");
    assertThat(run("scenario", "transfer", "--cut", "orders").status()).isEqualTo(2);
    assertThat(run("scenario", "transfer", "--broker", "kafka").status()).isEqualTo(2);
    assertThat(run("scenario", "order", "--cut", "ledger").err()).contains("order", "leave --cut");
  }

  @Test
  void aNumberOfRunsThatMakesNoSenseIsRefused() throws Exception {
    assertThat(run("scenario", "order", "--runs", "0").status()).isEqualTo(2);
    assertThat(run("scenario", "order", "--runs", "many").status()).isEqualTo(2);
  }

  private static Said run(String... args) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = redirected(out, err, () -> new CommandLine(new Main()).execute(args));
    return new Said(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static int redirected(
      ByteArrayOutputStream out, ByteArrayOutputStream err, Callable<Integer> code)
      throws Exception {
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      return code.call();
    } finally {
      System.setOut(realOut);
      System.setErr(realErr);
    }
  }
}
