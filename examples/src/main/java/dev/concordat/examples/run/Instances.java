package dev.concordat.examples.run;

import dev.concordat.core.Status;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The instances of one run, as the journal has them. */
final class Instances {

  private static final long LOOK_EVERY_NANOS = 20_000_000;
  private static final int RETRIES_AT_ONCE = 4;

  private final Operator operator;
  private final Job job;

  Instances(Operator operator, Job job) {
    this.operator = operator.waiting(SagaStage.PATIENCE);
    this.job = job;
  }

  /** How many stand where. */
  Map<Status, Long> outcomes() {
    return rows(Optional.empty()).stream()
        .collect(Collectors.groupingBy(InstanceRow::status, Collectors.counting()));
  }

  /** The ids of those that stand there. */
  List<String> ids(Status status) {
    return rows(Optional.of(status)).stream().map(InstanceRow::id).toList();
  }

  private List<InstanceRow> rows(Optional<Status> status) {
    List<InstanceRow> found = new ArrayList<>();
    OptionalLong before = OptionalLong.empty();
    while (true) {
      List<InstanceRow> page =
          operator.list(
              new Query(
                  status,
                  Optional.empty(),
                  Optional.empty(),
                  Map.of(),
                  before,
                  OptionalLong.empty(),
                  Query.MAX_LIMIT));
      page.stream().filter(row -> isOurs(row.id())).forEach(found::add);
      if (page.size() < Query.MAX_LIMIT) {
        return found;
      }
      before = OptionalLong.of(page.getLast().no());
    }
  }

  private boolean isOurs(String id) {
    long number = Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    return number >= job.first() && number < job.first() + job.runs();
  }

  /** The stories of at most that many, those that turned back before those that did not. */
  List<Story> stories(int most) {
    if (job.runs() <= most) {
      return LongStream.range(job.first(), job.first() + job.runs())
          .mapToObj(number -> operator.show(job.id(number)))
          .toList();
    }
    return rows(Optional.empty()).stream()
        .sorted((a, b) -> b.status().compareTo(a.status()))
        .limit(most)
        .map(row -> operator.show(row.id()))
        .toList();
  }

  /** Says retry to each, and waits until all have ended or wait for a person again. */
  void retry(List<String> ids) {
    List<Callable<Boolean>> retries = ids.stream().map(this::retrying).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(RETRIES_AT_ONCE)) {
      for (Future<Boolean> done : threads.invokeAll(retries)) {
        done.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("the retries came to no end", e);
    }
  }

  private Callable<Boolean> retrying(String id) {
    return () -> retry(id);
  }

  private boolean retry(String id) {
    operator.retry(id, "the scenario", "the service was mended");
    long end = System.nanoTime() + SagaStage.PATIENCE.toNanos();
    while (!rests(operator.show(id).row().status()) && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return rests(operator.show(id).row().status());
  }

  private static boolean rests(Status status) {
    return status.isFinal() || status == Status.NEEDS_ATTENTION;
  }
}
