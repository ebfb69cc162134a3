package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Status;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: what changes several databases changes all or none (P7), alone and in numbers, with every
 * branch refusing once. Method: real databases and a real coordinator; the laws are asked in the
 * databases, also by a reader beside.
 */
class AtomicScenarioTest {

  static List<String> steps() {
    return AtomicStages.TRANSFER.steps();
  }

  @Test
  void oneTransferCommitsEverywhereAndTheLawsHold() {
    Result result = AtomicStages.good(Options.runs(1));

    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 1L));
    assertThat(result.told().getFirst().moments())
        .extracting(Told.Moment::type)
        .containsExactlyInAnyOrder(
            "Begun", "Prepared", "Prepared", "Decided", "Done", "Committed", "Committed");
    assertThat(result.tally()).isPresent();
  }

  @Test
  void ofManyTheUnluckyAreAbortedAndTheLawsHold() {
    Result result = AtomicStages.good(Options.runs(60).unluckyEvery(5));

    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPLETED, 48L, Status.COMPENSATED, 12L));
    assertThat(result.told()).as("only small runs show instances").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("steps")
  void whicheverBranchRefusesNothingIsAnywhere(String step) {
    Result result = AtomicStages.good(Options.runs(3).failing(step));

    assertThat(result.outcomes()).isEqualTo(Map.of(Status.COMPENSATED, 3L));
    assertThat(result.told())
        .allSatisfy(told -> {
          assertThat(told.moments()).extracting(Told.Moment::type).doesNotContain("Committed");
          assertThat(lines(told.id())).isEmpty();
        });
  }

  private static List<String> lines(String id) {
    Evidence evidence = new Evidence(AtomicStages.stage().databases(), List.of());
    String where = " WHERE transfer = '" + id + "'";
    return List.of(
            evidence.rows("accounts", "SELECT transfer FROM debit" + where),
            evidence.rows("ledger", "SELECT transfer FROM credit" + where),
            evidence.rows("audit", "SELECT transfer FROM record" + where))
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void theResultIsOneJsonDocument() {
    Result result = AtomicStages.good(Options.runs(2));

    JsonNode json = JsonMapper.shared().readTree(result.toJson());
    assertThat(json.get("scenario").asString()).isEqualTo("transfer");
    assertThat(json.get("pattern").asString()).isEqualTo("two-phase commit");
    assertThat(json.get("outcomes").get("COMPLETED").asInt()).isEqualTo(2);
    int laws = AtomicStages.TRANSFER.laws().size() + AtomicStages.TRANSFER.always().size();
    assertThat(json.get("laws")).hasSize(laws);
    assertThat(json.get("instances")).hasSize(2);
    JsonNode event = json.get("instances").get(0).get("events").get(0);
    assertThat(event.get("type").asString()).isEqualTo("Begun");
    assertThat(event.has("step")).isTrue();
    assertThat(event.has("at")).isTrue();
  }

  @Test
  void whatItDoesNotHaveIsRefusedAndWhatItHasIsNamed() {
    refused(Options.runs(1).failing("no such step"), "no such step", "credit");
    refused(Options.runs(1).killedAt("debit"), "debit", "between prepares");
    refused(Options.runs(1).killingDatabase("audit"), "audit", "ledger");
    refused(Options.runs(1).cutting("nothing"), "nothing", "audit");
    assertThatThrownBy(() -> Options.runs(1).cutting("ledger").checkFor(Scenarios.saga("order")))
        .hasMessageContaining("order")
        .hasMessageContaining("leave out");
  }

  private static void refused(Options options, String wrong, String right) {
    assertThatThrownBy(() -> options.checkFor(AtomicStages.TRANSFER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(wrong)
        .hasMessageContaining(right);
  }
}
