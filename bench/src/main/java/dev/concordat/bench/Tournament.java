package dev.concordat.bench;

import dev.concordat.bench.Clients.Slice;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

  List<Row> run(String name, int clients, Path folder) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (PlainCommits raw = new PlainCommits(bank, clients);
        LastAgent ours = new LastAgent(bank, clients);
        ByHand hand = new ByHand(bank, clients);
        Narayana narayana = new Narayana(bank, clients, folder);
        Atomikos atomikos = new Atomikos(bank, clients, folder)) {
      List<Transfers> others = List.of(ours, hand, narayana, atomikos);
      warmUp(raw, clients);
      for (Transfers one : others) {
        warmUp(one, clients);
      }
      List<List<Round>> rounds = new ArrayList<>();
      List<List<String>> wrong = new ArrayList<>();
      others.forEach(unused -> {
        rounds.add(new ArrayList<>());
        wrong.add(new ArrayList<>());
      });
      List<Double> rawSpeeds = new ArrayList<>();
      List<Double> rawP50s = new ArrayList<>();
      Measured before = measure(raw, clients);
      for (int i = 0; i < plan.rounds(); i++) {
        for (int k = 0; k < others.size(); k++) {
          Measured between = measure(others.get(k), clients);
          Measured after = measure(raw, clients);
          rawSpeeds.add(after.slice().perSecond());
          rawP50s.add(after.slice().latencies().percentile(0.5));
          Round round = round(before, between, after);
          tell(name, others.get(k), clients, i, round, between);
          if (between.wrong() == null && after.wrong() == null && before.wrong() == null) {
            rounds.get(k).add(round);
          } else {
            wrong
                .get(k)
                .add(String.valueOf(between.wrong() == null ? after.wrong() : between.wrong()));
          }
          before = after;
        }
      }
      for (int k = 0; k < others.size(); k++) {
        Row row = row(name, others.get(k), clients, rounds.get(k));
        rows.add(
            row.with("raw_per_s", Numbers.median(rawSpeeds, speed -> speed))
                .with("raw_p50_ms", Numbers.median(rawP50s, time -> time))
                .with("flushes_per_instance", k == 0 ? flushes(ours, clients) : null)
                .withVoid(wrong.get(k)));
      }
    }
    return rows;
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

  /** Forced writes of both servers for each transfer, phase two included. */
  private @Nullable Double flushes(LastAgent ours, int clients) throws Exception {
    try (Connection one = bank.server(0).dataSource().getConnection();
        Connection other = bank.server(1).dataSource().getConnection()) {
      Counters first = new Counters(ours.pool(0), one, bank.database());
      Counters second = new Counters(ours.pool(1), other, bank.database());
      long before = first.read().flushes() + second.read().flushes();
      Slice slice = new Clients(ours, numbers).run(clients, plan.slice());
      ours.after();
      long after = first.read().flushes() + second.read().flushes();
      return Numbers.digits((double) (after - before) / Math.max(1, slice.done()));
    } catch (SQLException e) {
      said.accept("forced writes could not be counted: " + e.getMessage());
      return null;
    }
  }
}
