package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Status;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Watcher;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: every scenario ends whole, alone and in numbers, with every step refused once (P2, P5).
 * Method: real services and workers; the laws are asked in the services' own databases.
 */
class ScenarioTest {

  static List<SagaScenario<?>> scenarios() {
    return Scenarios.sagas();
  }

  static Stream<Arguments> steps() {
    return Scenarios.sagas().stream()
        .flatMap(scenario -> scenario.steps().stream().map(step -> Arguments.of(scenario, step)));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void oneInstanceCompletesAndTheLawsHold(SagaScenario<?> scenario) {
    Result result = run(scenario, Options.runs(1));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 1L));
    assertThat(done(result.instances().getFirst())).containsAll(scenario.steps());
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void ofManyInstancesTheUnluckyAreCompensatedAndTheLawsHold(SagaScenario<?> scenario) {
    Result result = run(scenario, Options.runs(50).unluckyEvery(5));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 40L, Status.COMPENSATED, 10L));
    assertThat(result.instances()).as("only small runs show instances").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("steps")
  void whicheverStepIsRefusedTheLawsHold(SagaScenario<?> scenario, String step) {
    Result result = run(scenario, Options.runs(1).failing(step));

    assertGood(result);
    Story story = result.instances().getFirst();
    if (step.equals("confirm order")) {
      assertThat(story.row().status()).as("after the pivot").isEqualTo(Status.COMPLETED);
      assertThat(story.moments())
          .as("a person mended it")
          .anyMatch(moment -> moment.event() instanceof SagaEvent.VerbApplied);
    } else {
      assertThat(story.row().status()).isEqualTo(Status.COMPENSATED);
      assertThat(done(story)).doesNotContain(step);
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void theResultIsOneJsonDocument(SagaScenario<?> scenario) {
    Result result = run(scenario, Options.runs(2));

    JsonNode json = JsonMapper.shared().readTree(result.toJson());
    assertThat(json.get("scenario").asString()).isEqualTo(scenario.name());
    assertThat(json.get("outcomes").get("COMPLETED").asInt()).isEqualTo(2);
    assertThat(json.get("laws")).hasSameSizeAs(scenario.laws());
    assertThat(json.get("laws").get(0).get("holds").asBoolean()).isTrue();
    assertThat(json.get("instances")).hasSize(2);
    JsonNode event = json.get("instances").get(0).get("events").get(0);
    assertThat(event.get("type").asString()).isEqualTo("Started");
    assertThat(event.has("step")).isTrue();
    assertThat(event.has("at")).isTrue();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void anUnknownStepIsRefusedAndTheKnownOnesAreNamed(SagaScenario<?> scenario) {
    assertThatThrownBy(() -> Options.runs(1).failing("no such step").checkFor(scenario))
        .hasMessageContaining("no such step")
        .hasMessageContaining(scenario.steps().getFirst());
    assertThatThrownBy(() -> Options.runs(1).killedAt("no such step").checkFor(scenario))
        .hasMessageContaining(scenario.steps().getLast());
  }

  private static Result run(SagaScenario<?> scenario, Options options) {
    return Stages.of(scenario).run(options, Watcher.NOBODY);
  }

  private static List<String> done(Story story) {
    return story.moments().stream()
        .filter(moment -> moment.event() instanceof SagaEvent.StepDone)
        .map(Story.Moment::step)
        .toList();
  }

  static void assertGood(Result result) {
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
  }
}
