package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: three services hold and then all confirm or all give back, whoever refuses and whenever the
 * coordinator is killed (cases 53 to 66; P4, P7, P10). Method: real processes, real signals; a
 * second worker recovers, a reader looks on, and the laws are asked in the services' databases.
 */
class WithdrawalTccScenarioForkTest {

  private static final String NAME = "withdrawal-tcc";

  static Stream<String> forward() {
    HoldScenario scenario = Scenarios.holding(NAME);
    return scenario.moments().stream().filter(it -> !scenario.backward().contains(it));
  }

  static Stream<String> branches() {
    return Scenarios.holding(NAME).steps().stream();
  }

  @Test
  void manyEndWholeAndTheReaderSeesNothingWrong() {
    Result result = HoldStages.good(NAME, Options.runs(60).unluckyEvery(4));

    assertThat(result.count(Status.COMPLETED)).isEqualTo(45);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(15);
    assertThat(result.laws())
        .extracting(Law.Finding::name)
        .contains(
            "at every moment a reader looked: in account, available = balance \u2212 what is held");
  }

  @ParameterizedTest
  @MethodSource("branches")
  void whereOneRefusesNoneIsConfirmed(String branch) {
    Result result = HoldStages.good(NAME, Options.runs(2).failing(branch));

    assertThat(result.count(Status.COMPENSATED)).isEqualTo(2);
  }

  @ParameterizedTest
  @MethodSource("forward")
  void killedAtAnyMomentItIsStillConfirmed(String moment) {
    Result result = HoldStages.good(NAME, Options.runs(1).killedAt(moment));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(1);
    assertThat(types(result)).contains("Killed").contains("TakenOver");
  }

  @ParameterizedTest
  @MethodSource("branches")
  void killedWhileItIsCancelledItIsStillCancelled(String branch) {
    String refused = branch.equals("account") ? "loyalty" : "account";

    Result result =
        HoldStages.good(NAME, Options.runs(1).failing(refused).killedAt("cancel " + branch));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(1);
  }

  @Test
  void killedAmongManyAllEndWhole() {
    Result result = HoldStages.good(NAME, Options.runs(60).unluckyEvery(4).killedAt("confirm fee"));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED) + result.count(Status.COMPENSATED)).isEqualTo(60);
  }

  private static List<String> types(Result result) {
    return result.told().getFirst().moments().stream().map(Told.Moment::type).toList();
  }
}
