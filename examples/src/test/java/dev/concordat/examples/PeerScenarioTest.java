package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Watcher;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: services that talk over a broker end in agreement, alone and in numbers, whichever step is
 * refused or stalls (P2, P8). Method: real services, databases and brokers.
 */
class PeerScenarioTest {

  private static final Duration SOON = Duration.ofSeconds(4);

  @AfterAll
  static void close() {
    PeerStages.close();
  }

  /** By scenario, so that its services are started once. */
  static Stream<Arguments> scenarios() {
    return Scenarios.overBrokers().stream()
        .flatMap(s -> s.brokers().stream().map(broker -> Arguments.of(s.name(), broker)));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void ofManyInstancesTheUnluckyAreCompensatedAndTheLawsHold(String name, BrokerKind broker) {
    Result result = run(name, broker, Options.runs(20).unluckyEvery(5));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 16L, Status.COMPENSATED, 4L));
    JsonNode json = JsonMapper.shared().readTree(result.toJson());
    assertThat(json.get("outcomes").get("COMPLETED").asInt()).isEqualTo(16);
    assertThat(json.get("laws")).hasSameSizeAs(result.laws());
    assertThat(json.get("instances")).hasSize(20);
    assertThat(json.get("instances").get(0).get("events").get(0).has("step")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "withdrawal-outbox, KAFKA, deduct, COMPENSATED",
    "withdrawal-outbox, KAFKA, record payment, COMPLETED",
    "order-messages, KAFKA, create order, COMPENSATED",
    "order-messages, KAFKA, reserve funds, COMPENSATED",
    "order-messages, KAFKA, reserve stock, COMPENSATED",
    "order-messages, KAFKA, capture payment, COMPENSATED",
    "order-messages, KAFKA, confirm order, COMPLETED",
    "order-choreography, KAFKA, create order, COMPENSATED",
    "order-choreography, KAFKA, reserve funds, COMPENSATED",
    "order-choreography, KAFKA, reserve stock, COMPENSATED",
    "order-choreography, KAFKA, capture payment, COMPENSATED",
    "order-choreography, KAFKA, confirm order, COMPLETED",
    "kafka-eos, KAFKA, write input, COMPENSATED",
    "kafka-eos, KAFKA, double, COMPENSATED",
    "kafka-eos, KAFKA, read output, COMPLETED",
    "experiment, RABBITMQ, create experiment, COMPENSATED",
    "experiment, RABBITMQ, allocate resources, COMPENSATED",
    "experiment, RABBITMQ, initialize metrics, COMPENSATED",
    "experiment, RABBITMQ, notify user, COMPENSATED",
  })
  void whicheverStepIsRefusedTheLawsHold(
      String name, BrokerKind broker, String step, Status status) {
    Result result = run(name, broker, Options.runs(2).failing(step));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(status, 2L));
  }

  @ParameterizedTest
  @CsvSource({
    "order-choreography, KAFKA, reserve stock",
    "order-choreography, KAFKA, capture payment",
    "experiment, RABBITMQ, allocate resources",
    "experiment, RABBITMQ, notify user",
  })
  void aFlowThatStallsTimesOutAndIsCompensated(String name, BrokerKind broker, String step) {
    Result result = run(name, broker, Options.runs(2).stalling(step).timeout(SOON));

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPENSATED, 2L));
    assertThat(result.told())
        .allSatisfy(
            told -> assertThat(told.moments()).extracting(Told.Moment::type).contains("TimedOut"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reserve funds", "reserve stock"})
  void aCommandThatIsNeverHeardIsGivenUpAndTheSagaIsCompensated(String step) {
    Options options = Options.runs(2).stalling(step).timeout(SOON);

    Result result = run("order-messages", BrokerKind.KAFKA, options);

    assertGood(result);
    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPENSATED, 2L));
    assertThat(result.told())
        .allSatisfy(told ->
            assertThat(told.moments()).extracting(Told.Moment::type).contains("StepGivenUp"));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void whatItDoesNotHaveIsRefusedNamingWhatItHas(String name, BrokerKind broker) {
    PeerScenario scenario = Scenarios.overBroker(name);

    assertThatThrownBy(() -> Options.runs(1).failing("no such step").checkFor(scenario))
        .hasMessageContaining(scenario.steps().getFirst());
    assertThatThrownBy(() -> Options.runs(1).stalling("no such step").checkFor(scenario))
        .hasMessageContaining("no such step");
    assertThatThrownBy(() -> BrokerKind.of("no-such", scenario.brokers()))
        .hasMessageContaining(broker.word());
    assertThatThrownBy(() -> Options.runs(1).stoppingBroker(SOON).checkFor(Scenarios.saga("order")))
        .hasMessageContaining("uses no broker");
  }

  private static Result run(String name, BrokerKind broker, Options options) {
    return PeerStages.of(Scenarios.overBroker(name), broker).run(options, Watcher.NOBODY);
  }

  private static void assertGood(Result result) {
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
    assertThat(List.copyOf(result.told())).hasSize(result.runs());
  }
}
