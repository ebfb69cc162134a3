package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaResult;
import java.time.Duration;
import java.util.List;
import java.util.function.LongFunction;
import javax.sql.DataSource;

/** Runs instances of one saga to their end, one for each unit of work. */
final class Running<S> implements Work, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Concordat concordat;
  private final Saga<S> saga;
  private final LongFunction<S> input;
  private final Status end;

  /** A Concordat for these instances; it has the saga of those who sleep, in case some do. */
  Running(DataSource pool, Saga<S> saga, LongFunction<S> input, Status end) {
    this.concordat = Concordat.on(pool).sagas(saga, BenchSagas.asleep()).start();
    this.saga = saga;
    this.input = input;
    this.end = end;
  }

  /** What holds beside the laws of the business: every instance has the end it should have. */
  static List<Law> laws(String saga, Status end) {
    String of = "SELECT count(*) FROM concordat.instance WHERE definition = '" + saga + "'";
    return List.of(
        new Law("instances " + end, of + " AND status = '" + end + "'", 1),
        new Law("other instances", of + " AND status <> '" + end + "'", 0));
  }

  @Override
  public void once(long no) {
    SagaResult<S> result = concordat.run(saga, saga.name() + "-" + no, input.apply(no), PATIENCE);
    if (result.status() != end) {
      throw new IllegalStateException(
          result.id() + " ended " + result.status() + ": " + result.reason().orElse(""));
    }
  }

  @Override
  public void close() {
    concordat.close();
  }
}
