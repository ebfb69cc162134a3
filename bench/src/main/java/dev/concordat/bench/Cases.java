package dev.concordat.bench;

import dev.concordat.bench.Shop.Purchase;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** What is compared with what. */
final class Cases {

  private static final int STEPS = 3;

  /** Raw's work and laws beside a saga, the end its instances come to, and the scale. */
  private record Pairing<S>(
      Saga<S> saga, Input<S> input, Status end, RawWork raw, List<Law> laws, int scale) {}

  private interface Input<S> {
    S of(long no);
  }

  private interface RawWork {
    void once(Raw raw, long no) throws Exception;
  }

  private final LocalPostgres postgres;
  private final BenchPlan plan;
  private final Consumer<String> said;

  Cases(LocalPostgres postgres, BenchPlan plan, Consumer<String> said) {
    this.postgres = postgres;
    this.plan = plan;
    this.said = said;
  }

  List<Row> run(String name) throws Exception {
    return switch (name) {
      case "local" -> each(bought(BenchSagas.local()));
      case "fused" -> each(bought(BenchSagas.fused()));
      case "outside" -> each(outside());
      case "compensated" -> each(compensated());
      case "asleep" -> new Asleep(postgres, plan, said).run();
      case "recovery" -> List.of(new Recovery(postgres, plan, said).run());
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Pairing<Purchase> bought(Saga<Purchase> saga) {
    return new Pairing<>(saga, Purchase::of, Status.COMPLETED, Raw::buy, Shop.bought(), 1);
  }

  private static Pairing<Purchase> compensated() {
    return new Pairing<>(
        BenchSagas.compensated(),
        Purchase::of,
        Status.COMPENSATED,
        Raw::buyInVain,
        Shop.cancelled(),
        1);
  }

  /** Steps per second against commits per second: the steps leave nothing in the database. */
  private static Pairing<Trip> outside() {
    return new Pairing<>(
        BenchSagas.outside(), Trip::new, Status.COMPLETED, Raw::insert, List.of(), STEPS);
  }

  private <S> List<Row> each(Pairing<S> pairing) throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int clients : plan.concurrency()) {
      String name = pairing.saga().name();
      try (Bed bed = new Bed(postgres, name + "_" + clients, clients);
          Running<S> running =
              new Running<>(bed.concordat(), pairing.saga(), pairing.input()::of, pairing.end())) {
        Comparison comparison = comparison(pairing, bed, running);
        rows.add(new Duel(comparison, plan, said).run(clients));
      }
    }
    return Collections.unmodifiableList(rows);
  }

  private static <S> Comparison comparison(Pairing<S> pairing, Bed bed, Running<S> running) {
    Raw raw = new Raw(bed.raw());
    String name = pairing.saga().name();
    List<Law> rawLaws = pairing.scale() == 1 ? pairing.laws() : List.of(Shop.EFFECTS);
    List<Law> laws = new ArrayList<>(pairing.laws());
    laws.addAll(Running.laws(name, pairing.end()));
    return new Comparison(
        name,
        bed.meter(new Side("raw", bed.raw(), no -> pairing.raw().once(raw, no), rawLaws)),
        bed.meter(new Side("concordat", bed.concordat(), running, laws)),
        pairing.scale());
  }
}
