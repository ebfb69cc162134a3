package dev.concordat.test;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Verdict;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases;
import dev.concordat.store.Query;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Runs one case: a worker meets its fault; if that kills or freezes it, its lease ends and another
 * worker takes over, until the instance rests. Then a person says retry where that is needed, a
 * frozen worker goes on, and the laws are checked.
 */
final class CaseRunner {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final int STARTS = 5;
  private static final int RETRIES = 1;

  private final CrashPlan plan;
  private final Ground ground;
  private final Ground.Field field;
  private final Store store;
  private final String id;
  private final Case given;
  private final Trace trace;
  private final List<Life> lives = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private final AtomicBoolean accepted = new AtomicBoolean();
  private final AtomicBoolean followedUp = new AtomicBoolean();
  private final Client client;
  private Beside.Running beside = Beside.Running.IDLE;
  private int retries;

  CaseRunner(CrashPlan plan, Ground ground, String id, Case given) {
    this.plan = plan;
    this.ground = ground;
    this.field = ground.fresh();
    this.store = field.store();
    this.id = id;
    this.given = given;
    this.trace = new Trace(plan.subject());
    this.client = new Client(plan, field, trace);
  }

  CaseResult run() {
    plan.world().reset();
    beside = plan.beside().begin(field.another().get());
    boolean rests = false;
    while (!rests && lives.size() <= given.faults().size() + STARTS && troubles.isEmpty()) {
      rests = live();
    }
    Status status = afterwards(rests);
    beside.close();
    List<Observation> observations = observe();
    client.close();
    return new CaseResult(
        given,
        id,
        status,
        accepted.get(),
        trace,
        lives.stream().map(Life::points).toList(),
        observations,
        List.copyOf(troubles));
  }

  /** One worker's life; true once everything rests. */
  private boolean live() {
    int faulty = (int) lives.stream().filter(life -> life.points().fired()).count();
    Fault fault = faulty < given.faults().size() ? given.faults().get(faulty) : null;
    Life life = begin(fault);
    if (life == null) {
      return false;
    }
    boolean rests = awaitRest(life);
    if (!rests) {
      abandon(life);
    }
    return rests;
  }

  private @Nullable Life begin(@Nullable Fault fault) {
    int number = lives.size() + 1;
    Map<String, FailureMode> modes = given.situation().failing();
    Life life = new Life(plan, new FaultPoints(number, trace, fault, modes), field.clock());
    lives.add(life);
    trace.add(new Happening.Noted(number, "a worker starts"));
    if (!life.begin(field.another().get())) {
      abandon(life);
      return null;
    }
    life.platform().start("client", () -> start(life));
    return life;
  }

  /** What a client does that wants the instance: start it, and again if it has no clear answer. */
  private void start(Life life) {
    Subject.Registered registered = life.registered();
    for (int i = 0; i < STARTS; i++) {
      try {
        if (plan.runs()) {
          registered.run(id, PATIENCE);
        } else {
          registered.start(id);
        }
        accepted.set(true);
        followUp();
        return;
      } catch (RefusedException e) {
        if (i == 0 && life.points().life() == 1) {
          refused(e);
        }
      } catch (OutcomeUnknownException e) {
        trace.poke();
      }
      if (life.points().crashed()) {
        return;
      }
    }
  }

  private void refused(RefusedException e) {
    Optional<InstanceRow> row = store.instances().find(id);
    if (row.isPresent()) {
      troubles.add(
          "a refused start left no instance (P11): start said \""
              + e.getMessage()
              + "\", but '"
              + id
              + "' exists");
      trace.poke();
    }
  }

  private void followUp() {
    if (followedUp.compareAndSet(false, true)) {
      client.after(id);
    }
  }

  /** True if all instances of the case rest, false if the worker was lost. */
  private boolean awaitRest(Life life) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long restsSeen = -1;
    while (!life.points().crashed() && !life.points().frozen()) {
      long version = trace.version();
      long rests = trace.rests();
      boolean look = rests != restsSeen && isIdle(life);
      restsSeen = look ? rests : restsSeen;
      if ((look && rests()) || !troubles.isEmpty()) {
        return true;
      }
      if (System.nanoTime() > end) {
        troubles.add(
            "every instance ends or waits visibly (P10): after "
                + PATIENCE
                + " this has not come to rest: "
                + rows());
        return true;
      }
      trace.await(version, LOOK_EVERY);
      if (trace.version() == version) {
        restsSeen = -1;
        endLeasesBut(life.worker());
        skip();
      }
    }
    return false;
  }

  /** Nothing is under way that could still stir an instance, such as news of a child. */
  private boolean isIdle(Life life) {
    return client.isIdle() && beside.isIdle() && life.platform().working() == 0;
  }

  /** If all that is left is waiting, the time passes at once. */
  private void skip() {
    if (!beside.isIdle()) {
      return;
    }
    List<InstanceRow> left = rows().stream().filter(row -> !row.status().isFinal()).toList();
    if (left.stream().allMatch(row -> row.owner().isEmpty())) {
      ground.skip(field, left);
    }
  }

  private boolean rests() {
    List<InstanceRow> rows = rows();
    if (rows.stream().noneMatch(row -> row.id().equals(id))) {
      return false;
    }
    for (InstanceRow row : rows) {
      if (row.status() == Status.NEEDS_ATTENTION && retry(row)) {
        return false;
      }
    }
    return rows.stream()
        .allMatch(row ->
            row.owner().isEmpty()
                && row.due().isEmpty()
                && (row.status().isFinal() || row.status() == Status.NEEDS_ATTENTION));
  }

  /** A person looks at it and says retry; false once that was tried often enough. */
  private boolean retry(InstanceRow row) {
    if (retries >= RETRIES || row.owner().isPresent()) {
      return row.owner().isPresent();
    }
    retries++;
    trace.add(new Happening.Noted(lives.size(), "a person says retry for " + row.id()));
    Operator operator = client.operator();
    Verdict verdict = operator.waiting(Duration.ofSeconds(2)).retry(row.id(), "ops", "crash test");
    trace.add(new Happening.Noted(lives.size(), "answer: " + verdict));
    return true;
  }

  private List<InstanceRow> rows() {
    return store.instances().search(Query.newest(100)).stream()
        .filter(row -> row.id().equals(id) || row.id().startsWith(id + "/"))
        .toList();
  }

  /** The worker is lost: dead, frozen, or never started. Its lease ends. */
  private void abandon(Life life) {
    if (!life.points().frozen()) {
      life.kill();
    }
    endLeases();
    trace.add(new Happening.Noted(life.points().life(), "its lease ends"));
  }

  private void endLeases() {
    endLeasesBut(OptionalLong.empty());
  }

  /** Also once more for a worker that was just renewing its lease when it was lost. */
  private void endLeasesBut(OptionalLong current) {
    for (Leases.Worker worker : store.leases().workers()) {
      if (worker.alive() && !OptionalLong.of(worker.no()).equals(current)) {
        store.leases().release(worker.no());
      }
    }
  }

  private @Nullable Status afterwards(boolean rests) {
    if (!rests && troubles.isEmpty()) {
      troubles.add("every instance ends or waits visibly (P10): no worker lived long enough");
    }
    for (Life life : lives) {
      if (life.points().frozen()) {
        life.points().thaw();
      }
      if (!life.quiet(Duration.ofSeconds(5))) {
        troubles.add(
            "no thread hangs (P10): threads of worker "
                + life.points().life()
                + " are still at work");
      }
    }
    client.join();
    if (rests && troubles.isEmpty()) {
      awaitRest(lives.get(lives.size() - 1));
    }
    lives.forEach(Life::end);
    if (lives.stream().anyMatch(life -> life.points().crashed())) {
      endLeases();
    }
    return rows().stream()
        .filter(row -> row.id().equals(id))
        .map(InstanceRow::status)
        .findFirst()
        .orElse(null);
  }

  private List<Observation> observe() {
    List<Observation> all = new ArrayList<>();
    for (InstanceRow row : rows()) {
      List<Entry> entries = store.journal().read(row.no());
      List<?> events =
          entries.stream().flatMap(entry -> plan.subject().events(entry).stream()).toList();
      all.add(new Observation(row, entries, events, client.why(row.id())));
    }
    List<Leases.Worker> alive =
        store.leases().workers().stream().filter(Leases.Worker::alive).toList();
    if (!alive.isEmpty()) {
      troubles.add("no lease is left: " + alive);
    }
    return all;
  }
}
