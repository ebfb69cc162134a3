package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.outside.Fault;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what an outside system did and what is confirmed here are the same, however it misbehaves
 * and whenever the worker is killed (cases 67 to 73; P3, P4, P10). Method: real servers, real
 * signals; a second worker recovers, a reader looks on, and the laws are asked in the databases of
 * both sides.
 */
class OutsideScenarioForkTest {

  private static final List<String> NAMES = List.of("atm", "payment-gateway", "shipping");

  static Stream<Arguments> faults() {
    return NAMES.stream()
        .flatMap(name -> Fault.words().stream().map(fault -> Arguments.of(name, fault)));
  }

  static Stream<Arguments> moments() {
    return NAMES.stream()
        .flatMap(name -> {
          HoldScenario scenario = Scenarios.holding(name);
          return scenario.moments().stream()
              .filter(moment -> !scenario.backward().contains(moment))
              .map(moment -> Arguments.of(name, moment));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"atm", "payment-gateway", "shipping"})
  void manyEndWhole(String name) {
    Result result = HoldStages.good(name, Options.runs(40).unluckyEvery(4));

    assertThat(result.count(Status.COMPLETED)).isEqualTo(30);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(10);
  }

  @ParameterizedTest
  @MethodSource("faults")
  @DisplayName("cases 68 to 73: whatever the outside system does, both sides agree at last")
  void bothSidesAgreeHoweverItMisbehaves(String name, String fault) {
    Result result = HoldStages.good(name, Options.runs(6).misbehaving(fault));

    assertThat(result.count(Status.COMPLETED) + result.count(Status.COMPENSATED)).isEqualTo(6);
    if (Fault.of(fault) == Fault.REFUSE) {
      assertThat(result.count(Status.COMPENSATED)).isEqualTo(6);
    } else if (Fault.of(fault) != Fault.LIES) {
      assertThat(result.count(Status.COMPLETED)).isEqualTo(6);
    }
  }

  @ParameterizedTest
  @MethodSource("moments")
  @DisplayName("cases 67 and 68: killed at any moment, it is done once")
  void killedAtAnyMomentItIsDoneOnce(String name, String moment) {
    Result result = HoldStages.good(name, Options.runs(1).killedAt(moment));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"atm", "payment-gateway", "shipping"})
  void killedWhileItIsReleasedItIsReleasedOnce(String name) {
    Options options = Options.runs(1).misbehaving("refuse").killedAt("release");

    Result result = HoldStages.good(name, options);

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"atm", "payment-gateway", "shipping"})
  void eachStepCanBeRefused(String name) {
    for (String step : Scenarios.holding(name).steps()) {
      Result result = HoldStages.good(name, Options.runs(1).failing(step));

      assertThat(result.count(Status.COMPENSATED)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("case 71: a charge that comes to light after the release is refunded")
  void aLateChargeIsRefunded() {
    Result result = HoldStages.good("payment-gateway", Options.runs(4).misbehaving("lies"));

    assertThat(result.count(Status.COMPENSATED)).isEqualTo(4);
  }

  /** The laws are not empty words: a gateway that ignores the keys breaks them. */
  @Test
  void aGatewayThatForgetsItsKeysIsFoundOut() {
    Options options = Options.runs(1).killedAt("charge");

    Result result = HoldStages.alone(Scenarios.holding("payment-gateway"), true, options);

    assertThat(result.isGood()).isFalse();
    assertThat(result.laws())
        .filteredOn(law -> !law.holds())
        .extracting(Law.Finding::name)
        .contains("nothing is done twice outside");
  }
}
