package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Watcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a service killed with SIGKILL at any step, after its commit and before the broker is told,
 * costs nothing and repeats nothing; nor does a broker that is killed (P2, P4, P8, P10). Method:
 * real processes, real signals; another process goes on, and the laws are asked in the services'
 * own databases.
 */
class PeerScenarioForkTest {

  private static final Duration LEASE = Duration.ofSeconds(1);

  @AfterAll
  static void close() {
    PeerStages.close();
  }

  @ParameterizedTest
  @CsvSource({
    "withdrawal-outbox, KAFKA, deduct",
    "withdrawal-outbox, KAFKA, record payment",
    "kafka-eos, KAFKA, double",
    "kafka-eos, KAFKA, read output",
    "order-messages, KAFKA, create order",
    "order-messages, KAFKA, reserve funds",
    "order-messages, KAFKA, reserve stock",
    "order-messages, KAFKA, capture payment",
    "order-messages, KAFKA, confirm order",
    "order-choreography, KAFKA, create order",
    "order-choreography, KAFKA, reserve funds",
    "order-choreography, KAFKA, reserve stock",
    "order-choreography, KAFKA, capture payment",
    "order-choreography, KAFKA, confirm order",
    "order-choreography, RABBITMQ, reserve stock",
    "order-choreography, RABBITMQ, capture payment",
    "order-choreography, NATS, reserve funds",
    "order-choreography, NATS, confirm order",
    "experiment, RABBITMQ, create experiment",
    "experiment, RABBITMQ, notify user",
  })
  void killedAtAStepEveryInstanceStillCompletes(String name, BrokerKind broker, String step) {
    List<Watcher.Loss> losses = new ArrayList<>();

    Result result = run(name, broker, Options.runs(4).killedAt(step), losses);

    assertGood(result);
    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(4);
    assertThat(losses).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "order-messages, KAFKA, capture payment, reserve stock",
    "order-messages, KAFKA, capture payment, reserve funds",
    "order-messages, KAFKA, reserve stock, create order",
    "order-choreography, KAFKA, capture payment, reserve stock",
    "order-choreography, KAFKA, capture payment, reserve funds",
    "order-choreography, KAFKA, reserve stock, create order",
    "experiment, RABBITMQ, initialize metrics, allocate resources",
    "experiment, RABBITMQ, notify user, create experiment",
  })
  void killedAtACompensationEveryInstanceIsStillCompensated(
      String name, BrokerKind broker, String fail, String undo) {
    Options options = Options.runs(3).failing(fail).killedAt(Options.COMPENSATE + undo);

    Result result = run(name, broker, options, new ArrayList<>());

    assertGood(result);
    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(3);
  }

  @Test
  void whileAServiceIsDownTheTrackerNamesTheMissingEvent() {
    List<Watcher.Loss> losses = new ArrayList<>();

    Result result =
        run(
            "order-choreography",
            BrokerKind.KAFKA,
            Options.runs(1).killedAt("reserve stock"),
            losses);

    assertThat(losses.getFirst().missing()).containsExactly("StockReserved or StockRefused");
    assertThat(result.laws())
        .extracting(Law.Finding::name)
        .anyMatch(n -> n.contains("tracker named"));
  }

  @ParameterizedTest
  @CsvSource({
    "withdrawal-outbox, KAFKA",
    "order-messages, KAFKA",
    "order-choreography, KAFKA",
    "experiment, RABBITMQ",
    "order-choreography, NATS",
  })
  void aBrokerThatIsKilledInTheMiddleLosesNothing(String name, BrokerKind broker) {
    Options options = Options.runs(30).unluckyEvery(3).stoppingBroker(Duration.ofSeconds(1));

    Result result = run(name, broker, options, new ArrayList<>());

    assertGood(result);
    assertThat(result.count(Status.COMPLETED)).isEqualTo(20);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(10);
  }

  /** The laws are no empty words: messages did come twice. */
  @ParameterizedTest
  @ValueSource(strings = {"withdrawal-outbox", "order-messages"})
  void duplicatesCameAndWereRecognised(String name) {
    PeerScenario scenario = Scenarios.overBroker(name);
    run(name, BrokerKind.KAFKA, Options.runs(5), new ArrayList<>());
    Map<String, DataSource> databases = PeerStages.of(scenario, BrokerKind.KAFKA).databases();
    Law recognised =
        Law.none(
            "some came twice", "payments", "SELECT messages FROM recognised WHERE messages = 0");

    assertThat(recognised.check(new Evidence(databases, List.of())).holds()).isTrue();
  }

  private static Result run(
      String name, BrokerKind broker, Options options, List<Watcher.Loss> losses) {
    Watcher watcher =
        new Watcher() {
          @Override
          public void lost(Loss loss) {
            losses.add(loss);
          }
        };
    return PeerStages.of(Scenarios.overBroker(name), broker).run(options.lease(LEASE), watcher);
  }

  private static void assertGood(Result result) {
    assertThat(result.laws())
        .isNotEmpty()
        .allSatisfy(law -> assertThat(law.violations()).as(law.name()).isEmpty());
    assertThat(result.isGood()).as(result.toJson()).isTrue();
  }
}
