package dev.concordat.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.local.LocalPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The bench measures what it says, and notices when it did not. Each case runs for a moment on a
 * real PostgreSQL; nothing here depends on speed.
 */
class BenchTest {

  private static LocalPostgres postgres;

  private final List<String> said = new ArrayList<>();

  @BeforeAll
  static void aServer() {
    postgres = LocalPostgres.start();
  }

  @AfterAll
  static void noServer() {
    postgres.close();
  }

  private static BenchPlan moment(List<String> cases) {
    Duration slice = Duration.ofMillis(100);
    BenchPlan.Crowd crowd = new BenchPlan.Crowd(300, 20, Duration.ofSeconds(1), 3000, 9000, 200);
    return new BenchPlan(cases, List.of(2), 1, slice, slice, crowd);
  }

  private List<Row> run(String name) throws Exception {
    return new Cases(postgres, moment(List.of(name)), said::add).run(name);
  }

  @Test
  void measuresMessages() throws Exception {
    Report report = OutboxBench.run(moment(OutboxBench.CASES), said::add);

    assertThat(report.rows()).allSatisfy(row -> assertThat(row.voidRounds()).isEmpty());
    assertThat(report.rows().stream().map(Row::name))
        .containsExactly(
            "publish",
            "publish-against-none",
            "relay",
            "relay-beside-open",
            "relay-kafka",
            "relay-kafka-headers",
            "latency",
            "latency-kafka",
            "backlog");
    assertThat(report.rows().get(4).figures().keySet())
        .contains("raw_per_s", "concordat_per_s", "ratio", "ratio_min", "ratio_max");
    assertThat(report.rows().get(7).figures().keySet())
        .contains("p50_ms", "p99_ms", "raw_p50_ms", "raw_p99_ms");
    assertThat(report.rows().get(2).figure("concordat_per_s").orElse(0)).isPositive();
    assertThat(report.table()).contains("backlog", "per second");
  }

  @Test
  void measuresHolds() throws Exception {
    Report report = TccBench.run(moment(TccBench.CASES), said::add);

    assertThat(report.rows()).allSatisfy(row -> assertThat(row.voidRounds()).isEmpty());
    assertThat(report.rows().stream().map(Row::name))
        .containsExactly("transfer", "transfer/unfenced", "fence", "reconcile");
    assertThat(report.rows().getLast().figure("instances")).hasValue(200);
    assertThat(report.rows().getLast().figures().keySet())
        .contains("seconds", "p99_ms", "raw_p99_ms", "heap_mb_before", "heap_mb_after");
    assertThat(report.table()).contains("reconcile", "UNKNOWN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "fused", "outside", "compensated", "asleep"})
  void comparesBothSidesAndVerifiesWhatTheyDid(String name) throws Exception {
    Row row = run(name).get(0);

    assertThat(row.voidRounds()).isEmpty();
    assertThat(row.name()).isEqualTo(name);
    assertThat(row.figures().keySet())
        .contains(
            "concurrency",
            "raw_per_s",
            "concordat_per_s",
            "ratio",
            "ratio_min",
            "ratio_max",
            "p50_ms",
            "p99_ms",
            "commits_per_instance",
            "flushes_per_instance",
            "heap_mb_before",
            "heap_mb_after");
    assertThat(row.figure("ratio").orElseThrow()).isPositive();
    assertThat(said).isNotEmpty();
  }

  @Test
  void allInstancesOfAKilledWorkerEnd() throws Exception {
    Row row = run("recovery").get(0);

    assertThat(row.voidRounds()).isEmpty();
    assertThat(row.figure("instances")).hasValue(20);
    assertThat(row.figure("seconds").orElseThrow()).isPositive();
    assertThat(row.figure("ratio")).isEmpty();
  }

  @Test
  void countsEveryCommitOnce() throws Exception {
    try (Bed bed = bed("counting")) {
      Raw raw = new Raw(bed.raw());
      Side side = new Side("raw", bed.raw(), raw::buy, Shop.bought());

      Measurement measured = bed.meter(side).measure(2, Duration.ofMillis(50));

      assertThat(measured.commits()).isGreaterThanOrEqualTo(3);
      assertThat(measured.flushes()).isPositive();
    }
  }

  @Test
  void aRoundWhoseEffectsAreNotThereIsVoid() throws Exception {
    Row row = duel("lies", no -> {});

    assertThat(row.voidRounds())
        .singleElement()
        .asString()
        .startsWith("liar: after ")
        .contains(", rows grew by 0 instead of ");
    assertThat(row.figure("ratio")).isEmpty();
    assertThat(said).singleElement().asString().startsWith("lies at 2, round 1: void");
  }

  @Test
  void aRoundInWhichAClientFailsIsVoid() throws Exception {
    try (Bed bed = bed("failing")) {
      Side side = new Side("failing", bed.concordat(), failing(), List.of());

      assertThat(bed.meter(side).measure(2, Duration.ofMillis(20)).wrong())
          .hasValueSatisfying(why -> assertThat(why).contains("a client failed", "no luck"));
    }
  }

  private static Work failing() {
    return no -> {
      throw new IllegalStateException("no luck");
    };
  }

  private Row duel(String name, Work liar) throws Exception {
    try (Bed bed = bed(name)) {
      Raw raw = new Raw(bed.raw());
      Comparison comparison =
          new Comparison(
              name,
              bed.meter(new Side("raw", bed.raw(), raw::insert, List.of(Shop.EFFECTS))),
              bed.meter(new Side("liar", bed.concordat(), liar, List.of(Shop.EFFECTS))),
              1);
      return new Duel(comparison, moment(List.of("local")), said::add).run(2);
    }
  }

  private static Bed bed(String name) throws Exception {
    return new Bed(postgres, name, 2);
  }

  @Test
  void printsTheDocumentThatIsPromised() {
    Row row = Row.of("local").with("concurrency", 8).with("ratio", 0.75).with("p99_ms", null);
    Report report =
        new Report("saga", "a machine", List.of(row, Row.of("x").withVoid(List.of("y"))));

    JsonNode json = JsonMapper.shared().readTree(report.json());

    assertThat(json.propertyNames()).containsExactly("bench", "machine", "rows");
    assertThat(json.get("rows").get(0))
        .hasToString("{\"case\":\"local\",\"concurrency\":8,\"ratio\":0.75}");
    assertThat(json.get("rows").get(1)).hasToString("{\"case\":\"x\",\"void_rounds\":[\"y\"]}");
    assertThat(report.table()).contains("local ", "0.750", "void: x, y");
  }

  @Test
  void refusesAPlanThatMeasuresNothing() {
    assertThatThrownBy(() -> moment(List.of("nothing")).of(SagaBench.CASES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no case 'nothing'; there are local, fused");
    assertThatThrownBy(() -> moment(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theMedianOfAnEvenNumberLiesInTheMiddle() {
    assertThat(Numbers.median(List.of(4.0, 1.0, 2.0, 3.0), d -> d)).isEqualTo(2.5);
    assertThat(Numbers.median(List.of(9.0, 1.0, 2.0), d -> d)).isEqualTo(2.0);
    assertThat(Numbers.median(List.<Double>of(), d -> d)).isNull();
  }
}
