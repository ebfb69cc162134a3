package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a coordinator or a server killed with SIGKILL, or a network cut, leaves nothing in doubt
 * and costs nothing (P7, P10, P11). Method: real processes, real signals; a second coordinator
 * recovers, and the laws are asked in the databases.
 */
class AtomicScenarioForkTest {

  /** Each phase, and what the timeline of who recovers must say. */
  static Stream<Arguments> phases() {
    return Stream.of(
        Arguments.of(AtomicScenario.BEFORE_PREPARE, List.of("Decided", "Done")),
        Arguments.of(AtomicScenario.BETWEEN_PREPARES, List.of("Fenced", "RolledBack", "Done")),
        Arguments.of(AtomicScenario.AFTER_PREPARE, List.of("Fenced", "RolledBack", "Done")),
        Arguments.of(AtomicScenario.AFTER_DECISION, List.of("Committed", "Done")),
        Arguments.of(AtomicScenario.BETWEEN_COMMITS, List.of("Committed")));
  }

  @ParameterizedTest
  @MethodSource("phases")
  void killedInAPhaseTheTransferIsDoneOnce(String phase, List<String> afterwards) {
    Result result = AtomicStages.good(Options.runs(1).killedAt(phase));

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED)).isEqualTo(1);
    List<String> types =
        result.told().getFirst().moments().stream().map(Told.Moment::type).toList();
    assertThat(types).contains("Killed");
    assertThat(types.subList(types.indexOf("Killed"), types.size())).containsAll(afterwards);
  }

  @Test
  void everyPhaseIsKilledAt() {
    assertThat(phases().map(phase -> phase.get()[0])).containsExactlyElementsOf(phaseNames());
  }

  private static List<Object> phaseNames() {
    return List.copyOf(AtomicScenario.PHASES);
  }

  @Test
  void killedAmongManyEveryTransferEndsWhole() {
    Options options = Options.runs(80).unluckyEvery(4).killedAt(AtomicScenario.AFTER_PREPARE);

    Result result = AtomicStages.good(options);

    assertThat(result.killed()).isTrue();
    assertThat(result.count(Status.COMPLETED) + result.count(Status.COMPENSATED)).isEqualTo(80);
    assertThat(result.count(Status.COMPENSATED)).isEqualTo(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts", "ledger"})
  void aServerKilledInTheMiddleCostsNothing(String database) {
    Result result = AtomicStages.good(Options.runs(80).killingDatabase(database));

    assertThat(result.count(Status.COMPLETED)).isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts", "ledger", "audit"})
  void aNetworkCutInTheMiddleCostsNothing(String database) {
    Result result = AtomicStages.good(Options.runs(80).cutting(database));

    assertThat(result.count(Status.COMPLETED)).isEqualTo(80);
  }

  @Test
  void coordinatorServerAndNetworkAtOnceCostNothing() {
    Result result =
        AtomicStages.good(
            Options.runs(80)
                .killedAt(AtomicScenario.AFTER_DECISION)
                .killingDatabase("ledger")
                .cutting("accounts"));

    assertThat(result.count(Status.COMPLETED)).isEqualTo(80);
  }
}
