package dev.concordat.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measures two sides in turn: raw, Concordat, raw, Concordat, … raw. The ratio of a round is
 * Concordat's speed to the mean of raw's right before and right after it, so that a machine that
 * becomes slower or faster meanwhile does both sides the same.
 */
final class Duel {

  /** One of Concordat's measurements with raw's before and after it. */
  private record Round(Measurement before, Measurement concordat, Measurement after, int scale) {

    double ratio() {
      double raw = (before.perSecond() + after.perSecond()) / 2;
      return concordat.perSecond() * scale / raw;
    }

    List<String> wrong() {
      List<String> all = new ArrayList<>();
      for (Measurement one : List.of(before, concordat, after)) {
        one.wrong().ifPresent(all::add);
      }
      return all;
    }
  }

  private final Comparison comparison;
  private final Meter raw;
  private final Meter concordat;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Duel(Comparison comparison, BenchPlan plan, Consumer<String> said) {
    this.comparison = comparison;
    this.raw = comparison.raw();
    this.concordat = comparison.concordat();
    this.plan = plan;
    this.said = said;
  }

  Row run(int clients) throws Exception {
    raw.warmUp(clients, plan.warmUp());
    concordat.warmUp(clients, plan.warmUp());
    Double heap = Numbers.heapMb();
    List<Round> rounds = new ArrayList<>();
    Measurement before = raw.measure(clients, plan.slice());
    for (int i = 0; i < plan.rounds(); i++) {
      Measurement between = concordat.measure(clients, plan.slice());
      Measurement after = raw.measure(clients, plan.slice());
      Round round = new Round(before, between, after, comparison.scale());
      tell(clients, i, round);
      rounds.add(round);
      before = after;
    }
    return row(clients, rounds, heap);
  }

  private void tell(int clients, int i, Round round) {
    String where = comparison.name() + " at " + clients + ", round " + (i + 1) + ": ";
    if (round.wrong().isEmpty()) {
      said.accept(where + String.format("%.3f of raw", round.ratio()));
    } else {
      said.accept(where + "void, " + String.join("; ", round.wrong()));
    }
  }

  private Row row(int clients, List<Round> all, @Nullable Double heap) {
    List<Round> valid = all.stream().filter(round -> round.wrong().isEmpty()).toList();
    List<String> wrong = all.stream().flatMap(round -> round.wrong().stream()).distinct().toList();
    return Row.of(comparison.name())
        .with("concurrency", clients)
        .with("raw_per_s", Numbers.median(valid, round -> round.before().perSecond()))
        .with(
            "concordat_per_s",
            Numbers.median(valid, round -> round.concordat().perSecond() * comparison.scale()))
        .with("ratio", Numbers.median(valid, Round::ratio))
        .with("ratio_min", Numbers.min(valid, Round::ratio))
        .with("ratio_max", Numbers.max(valid, Round::ratio))
        .with("p50_ms", ofConcordat(valid, Measurement::p50))
        .with("p99_ms", ofConcordat(valid, Measurement::p99))
        .with("commits_per_instance", ofConcordat(valid, Measurement::commits))
        .with("flushes_per_instance", ofConcordat(valid, Measurement::flushes))
        .with("heap_mb_before", heap)
        .with("heap_mb_after", Numbers.heapMb())
        .withVoid(wrong);
  }

  private static @Nullable Double ofConcordat(
      List<Round> rounds, ToDoubleFunction<Measurement> number) {
    return Numbers.median(rounds, round -> number.applyAsDouble(round.concordat()));
  }
}
