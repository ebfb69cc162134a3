package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a worker killed with SIGKILL at any step, after its effect and before its record, costs
 * nothing and repeats nothing (P1, P2, P3, P4, P10). Method: real processes, real signals; a second
 * worker recovers, and the laws are asked in the services' own databases.
 */
class ScenarioForkTest {

  private static final Duration LEASE = Duration.ofSeconds(1);

  static Stream<Arguments> steps() {
    return Scenarios.sagas().stream()
        .flatMap(scenario -> scenario.steps().stream().map(step -> Arguments.of(scenario, step)));
  }

  static Stream<Arguments> compensations() {
    return Stream.of(
        Arguments.of("order", "reserve stock", "create order"),
        Arguments.of("order", "reserve stock", "reserve funds"),
        Arguments.of("order", "capture payment", "reserve stock"),
        Arguments.of("travel", "book hotel", "book flight"),
        Arguments.of("travel", "book hotel", "rent car"),
        Arguments.of("travel", "rent car", "book hotel"),
        Arguments.of("withdrawal-saga", "notify", "process payment"),
        Arguments.of("withdrawal-saga", "process payment", "deduct"));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void killedAtAStepTheInstanceStillCompletes(SagaScenario<?> scenario, String step) {
    Result result = run(scenario, Options.runs(1).killedAt(step));

    ScenarioTest.assertGood(result);
    assertThat(result.count(Status.COMPLETED)).isEqualTo(1);
    assertTakenOver(result);
  }

  @ParameterizedTest
  @MethodSource("compensations")
  void killedAtACompensationTheInstanceIsStillCompensated(String name, String fail, String undo) {
    SagaScenario<?> scenario = Scenarios.saga(name);
    Options options = Options.runs(1).failing(fail).killedAt(Options.COMPENSATE + undo);

    Result result = run(scenario, options);

    ScenarioTest.assertGood(result);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(1);
    assertTakenOver(result);
  }

  @Test
  void killedAmongManyEveryInstanceStillEndsWhole() {
    Options options = Options.runs(60).unluckyEvery(4).killedAt("capture payment");

    Result result = run(Scenarios.saga("order"), options);

    ScenarioTest.assertGood(result);
    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(45);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(15);
  }

  /** The laws are not empty words: a service that ignores the keys breaks them. */
  @Test
  void aServiceThatForgetsItsKeysIsFoundOut() {
    SagaScenario<?> scenario = Scenarios.saga("withdrawal-saga");
    try (Theatre theatre = Theatre.open()) {
      var stage = theatre.stage(scenario, Watcher.NOBODY);
      stage.forgetKeys();

      Result result =
          stage.run(Options.runs(1).killedAt("process payment").lease(LEASE), Watcher.NOBODY);

      assertThat(result.isGood()).isFalse();
      assertThat(result.laws())
          .filteredOn(law -> !law.holds())
          .extracting(Law.Finding::name)
          .contains("nothing is paid twice", "what is deducted is paid out, and nothing else is");
    }
  }

  private static Result run(SagaScenario<?> scenario, Options options) {
    return Stages.of(scenario).run(options.lease(LEASE), Watcher.NOBODY);
  }

  private static void assertTakenOver(Result result) {
    assertThat(result.killed()).isTrue();
    List<Story.Moment> moments = result.instances().getFirst().moments();
    assertThat(moments).anyMatch(moment -> moment.event() instanceof SagaEvent.TakenOver);
    assertThat(moments).anyMatch(moment -> moment.event() instanceof SagaEvent.AttemptLost);
  }
}
