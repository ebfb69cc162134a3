package dev.concordat.bench;

import dev.concordat.bench.Clients.Slice;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measures every way to move money in turn, raw before and after each, so that a machine that
 * becomes slower or faster meanwhile does all of them the same.
 */
final class Tournament {

  private static final String SUM = "SELECT sum(balance) FROM account";

  /** What one did in one round. */
  private record Round(double perSecond, double p50, double p99, double ratio, double p50Ratio) {}

  private record Measured(Slice slice, @Nullable String wrong) {}

  private final Bank bank;
  private final BenchPlan plan;
  private final Consumer<String> said;
  private final AtomicLong numbers = new AtomicLong();

  Tournament(Bank bank, BenchPlan plan, Consumer<String> said) {
    this.bank = bank;
    this.plan = plan;
    this.said = said;
  }

  /** What one did in all rounds. */
  private static final class Card {
    private final Transfers who;
    private final List<Round> rounds = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    Card(Transfers who) {
      this.who = who;
    }
  }

  /** Measures all of them; the first of {@code others} is Concordat. */
  List<Row> run(String name, int clients, Transfers raw, List<Transfers> others) throws Exception {
    warmUp(raw, clients);
    for (Transfers one : others) {
      warmUp(one, clients);
    }
    List<Card> cards = others.stream().map(Card::new).toList();
    List<Slice> raws = new ArrayList<>();
    Measured before = measure(raw, clients);
    for (int i = 0; i < plan.rounds(); i++) {
      for (Card card : cards) {
        Measured between = measure(card.who, clients);
        Measured after = measure(raw, clients);
        raws.add(after.slice());
        Round round = round(before, between, after);
        tell(name, card.who, clients, i, round, between);
        note(card, round, before, between, after);
        before = after;
      }
    }
    List<Row> rows = new ArrayList<>();
    for (Card card : cards) {
      rows.add(
          row(name, card.who, clients, card.rounds)
              .with("raw_per_s", Numbers.median(raws, Slice::perSecond))
              .with("raw_p50_ms", Numbers.median(raws, slice -> slice.latencies().percentile(0.5)))
              .with("flushes_per_instance", flushes(card.who, clients))
              .withVoid(card.wrong));
    }
    return rows;
  }

  private static void note(Card card, Round round, Measured... measured) {
    List<String> wrong =
        Stream.of(measured).map(Measured::wrong).filter(Objects::nonNull).distinct().toList();
    if (wrong.isEmpty()) {
      card.rounds.add(round);
    }
    card.wrong.addAll(wrong);
  }

  private void warmUp(Transfers one, int clients) throws Exception {
    Slice slice = new Clients(one, numbers).run(clients, plan.warmUp());
    one.after();
    if (slice.error() != null) {
      throw slice.error();
    }
  }

  private Measured measure(Transfers one, int clients) throws Exception {
    one.before();
    long first = bank.number(0, SUM);
    long second = bank.number(1, SUM);
    Slice slice = new Clients(one, numbers).run(clients, plan.slice());
    one.after();
    if (slice.error() != null) {
      return new Measured(slice, one.name() + ": a client failed: " + slice.error());
    }
    long left = first - bank.number(0, SUM);
    long arrived = bank.number(1, SUM) - second;
    boolean right = left == slice.done() && arrived == slice.done();
    return new Measured(
        slice,
        right
            ? null
            : one.name()
                + ": of "
                + slice.done()
                + " moved, "
                + left
                + " left and "
                + arrived
                + " arrived");
  }

  private static Round round(Measured before, Measured between, Measured after) {
    double raw = (before.slice().perSecond() + after.slice().perSecond()) / 2;
    double rawP50 =
        (before.slice().latencies().percentile(0.5) + after.slice().latencies().percentile(0.5))
            / 2;
    double p50 = between.slice().latencies().percentile(0.5);
    return new Round(
        between.slice().perSecond(),
        p50,
        between.slice().latencies().percentile(0.99),
        between.slice().perSecond() / raw,
        p50 / rawP50);
  }

  private void tell(
      String name, Transfers one, int clients, int i, Round round, Measured measured) {
    said.accept(
        name
            + " "
            + one.name()
            + " at "
            + clients
            + ", round "
            + (i + 1)
            + ": "
            + (measured.wrong() == null
                ? String.format("%.3f of raw", round.ratio())
                : "void, " + measured.wrong()));
  }

  private static Row row(String name, Transfers one, int clients, List<Round> rounds) {
    String row = one.name().equals("concordat") ? name : name + "/" + one.name();
    return Row.of(row)
        .with("concurrency", clients)
        .with("concordat_per_s", Numbers.median(rounds, Round::perSecond))
        .with("ratio", Numbers.median(rounds, Round::ratio))
        .with("ratio_min", Numbers.min(rounds, Round::ratio))
        .with("ratio_max", Numbers.max(rounds, Round::ratio))
        .with("p50_ms", Numbers.median(rounds, Round::p50))
        .with("p99_ms", Numbers.median(rounds, Round::p99))
        .with("p50_ratio", Numbers.median(rounds, Round::p50Ratio));
  }

  /** Forced writes of both servers for each transfer, what follows it included. */
  private @Nullable Double flushes(Transfers one, int clients) throws Exception {
    List<WatchedPool> pools = one.pools();
    if (pools.isEmpty()) {
      return null;
    }
    try (Connection left = bank.server(0).dataSource().getConnection();
        Connection right = bank.server(1).dataSource().getConnection()) {
      Counters first = new Counters(pools.get(0), left, bank.database());
      Counters second = new Counters(pools.get(1), right, bank.database());
      long before = first.read().flushes() + second.read().flushes();
      Slice slice = new Clients(one, numbers).run(clients, plan.slice());
      one.after();
      long after = first.read().flushes() + second.read().flushes();
      return Numbers.digits((double) (after - before) / Math.max(1, slice.done()));
    } catch (SQLException e) {
      said.accept("forced writes could not be counted: " + e.getMessage());
      return null;
    }
  }
}
