package dev.concordat.atomic;

import dev.concordat.atomic.TwoPhaseAction.Answered;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Performs what the machines of all attempts of one process say. */
final class TwoPhaseRunner {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseRunner.class);

  private static final Duration FIRST_WAIT = Duration.ofMillis(20);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private final Engine engine;
  private final TwoPhase plan;
  private final List<Site> sites;
  private final Site home;
  private final TwoPhaseReceipts receipts;
  private final TwoPhaseRefusals refusals;
  private final TwoPhaseMoments moments;
  private final TwoPhaseJournal journal;
  private final TwoPhaseAdmission admission;
  private final Map<String, TwoPhaseTellers> tellers = new HashMap<>();
  private final Map<String, TwoPhaseAttempt> active = new ConcurrentHashMap<>();
  private volatile boolean over;

  /**
   * @param sites the databases, in the order in which one is asked to decide
   * @param home decides where none of those that are written to can
   */
  TwoPhaseRunner(
      Engine engine,
      TwoPhase plan,
      List<Site> sites,
      Site home,
      TwoPhaseReceipts receipts,
      TwoPhaseMoments moments) {
    this.engine = engine;
    this.plan = plan;
    this.sites = List.copyOf(sites);
    this.home = home;
    this.receipts = receipts;
    this.refusals = new TwoPhaseRefusals(this, receipts);
    this.moments = moments;
    this.journal = new TwoPhaseJournal(engine, plan.name());
    this.admission = new TwoPhaseAdmission(sites);
    for (Site site : sites) {
      tellers.put(
          site.place().mark(),
          new TwoPhaseTellers(engine.platform(), site.branches(), site.place().name()));
    }
  }

  Engine engine() {
    return engine;
  }

  TwoPhase plan() {
    return plan;
  }

  List<Site> sites() {
    return sites;
  }

  Site home() {
    return home;
  }

  TwoPhaseMoments moments() {
    return moments;
  }

  void start() {
    journal.start();
  }

  /** Looks how much room others leave. */
  void countOthers(Site site) {
    admission.look(site, this::isActive);
  }

  boolean isOver() {
    return over;
  }

  boolean isActive(String attempt) {
    return active.containsKey(attempt);
  }

  /** Whether an attempt of that id other than this one is under way in this process. */
  boolean isOpen(String id, String number) {
    return active.values().stream()
        .anyMatch(one -> one.id().equals(id) && !one.number().equals(number) && !one.isAborted());
  }

  /** Whether it is known in this process that an attempt does not commit any more. */
  boolean isAborted(String number) {
    TwoPhaseAttempt attempt = active.get(number);
    return attempt != null && attempt.isAborted();
  }

  <T> Outcome<T> execute(String id, TwoPhaseCommit.Work<T> work) {
    BranchId.requireId(id);
    if (over) {
      return refusals.answer(
          id, "", "this two-phase commit was closed; nothing was begun", null, false);
    }
    if (!isAdmitted()) {
      return refusals.answer(
          id,
          "",
          "so many transactions are under way that one more could find no room among the prepared"
              + " ones: "
              + admission.said()
              + "; nothing was begun. Try again, see what is in doubt, or raise"
              + " max_prepared_transactions",
          null,
          false);
    }
    String number = String.format("%016x", engine.platform().uuid().getLeastSignificantBits());
    TwoPhaseAttempt attempt = new TwoPhaseAttempt(this, id, number, plan.patience());
    active.put(number, attempt);
    try {
      return run(attempt, work);
    } finally {
      // Whatever went wrong before it was asked to prepare: what is open must not stay open.
      attempt.deliver(new TwoPhaseStimulus.Failed(attempt.enlisted(), "it was not finished"));
      if (attempt.isLeft()) {
        over(attempt);
      }
    }
  }

  /** It takes no room any more, or is found and counted by whoever recovers it. */
  void over(TwoPhaseAttempt attempt) {
    if (active.remove(attempt.number()) != null) {
      admission.leave();
    }
  }

  private boolean isAdmitted() {
    try {
      return !over && admission.enter(plan.limits().lock());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> Outcome<T> run(TwoPhaseAttempt attempt, TwoPhaseCommit.Work<T> work) {
    T value;
    Enlisting enlisting = new Enlisting(this, attempt);
    try {
      value = work.with(enlisting);
      enlisting.end();
      attempt.remember(receipts.encode(attempt.id(), value));
    } catch (Exception | Error e) {
      enlisting.end();
      attempt.deliver(
          new TwoPhaseStimulus.Failed(attempt.enlisted(), String.valueOf(e.getMessage())));
      moments.tell(
          listener -> listener.aborted(plan.name(), attempt.id(), String.valueOf(e.getMessage())));
      return refused(attempt, reason(e), null, false);
    }
    List<Site> wrote = new ArrayList<>();
    List<String> read = new ArrayList<>();
    sort(attempt, wrote, read);
    if (wrote.isEmpty()) {
      return readOnly(attempt, value);
    }
    // A branch of XA was named before it was known who writes, and its name says that home decides.
    Site decider = wrote.stream().allMatch(Site::decides) ? wrote.getFirst() : home;
    try {
      var unused = attempt.branch(decider);
    } catch (RefusedException e) {
      attempt.deliver(new TwoPhaseStimulus.Failed(attempt.enlisted(), String.valueOf(e)));
      return refused(attempt, reason(e), value, false);
    }
    read.remove(decider.place().toString());
    List<String> others =
        wrote.stream()
            .filter(site -> !site.place().equals(decider.place()))
            .map(site -> site.place().toString())
            .toList();
    attempt.deliver(new TwoPhaseStimulus.Worked(decider.place().toString(), others, read));
    return answer(attempt, value);
  }

  /** In the order in which the databases were said. */
  private void sort(TwoPhaseAttempt attempt, List<Site> wrote, List<String> read) {
    for (Site site : sites) {
      String key = site.place().toString();
      Branches.Open branch = attempt.branch(key);
      if (branch != null) {
        if (wrote(branch)) {
          wrote.add(site);
        } else {
          read.add(key);
        }
      }
    }
  }

  /** A transaction that cannot even be asked that has failed, and will say why when it votes. */
  private static boolean wrote(Branches.Open branch) {
    try {
      return branch.wrote();
    } catch (SQLException | ConcordatException e) {
      return true;
    }
  }

  /** Nothing is to be decided, nor remembered. */
  private <T> Outcome<T> readOnly(TwoPhaseAttempt attempt, T value) {
    List<String> reasons = new ArrayList<>();
    boolean elsewhere = false;
    for (String branch : attempt.enlisted()) {
      Branches.Open open = attempt.branch(branch);
      if (open != null && open.endReadOnly(attempt.id()) instanceof Branches.Vote.No no) {
        reasons.add("in " + branch + ": " + no.reason());
        elsewhere |= no.elsewhere();
      }
    }
    attempt.deliver(new TwoPhaseStimulus.Failed(attempt.enlisted(), "nothing was written"));
    return reasons.isEmpty()
        ? new Outcome.Done<>(value)
        : refused(attempt, String.join("; ", reasons), value, elsewhere);
  }

  private <T> Outcome<T> answer(TwoPhaseAttempt attempt, T value) {
    TwoPhaseAttempt.Told told;
    try {
      told = attempt.await(plan.applied());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Unknown<>(unknown(attempt.id(), "this thread was interrupted"));
    }
    Decisions.Decision before = told.before();
    if (told.answer() == Answered.REFUSED && before != null) {
      return receipts.done(before, value);
    }
    return switch (told.answer()) {
      case DONE -> {
        moments.tell(listener -> listener.committed(plan.name(), attempt.id()));
        yield new Outcome.Done<>(value);
      }
      case REFUSED -> {
        Outcome<T> outcome = refused(attempt, told.reason(), value, told.elsewhere());
        if (outcome instanceof Outcome.Refused) {
          moments.tell(listener -> listener.aborted(plan.name(), attempt.id(), told.reason()));
        }
        yield outcome;
      }
      case UNKNOWN -> new Outcome.Unknown<>(unknown(attempt.id(), told.reason()));
    };
  }

  private static String unknown(String id, String reason) {
    return "nobody can say yet whether '"
        + id
        + "' committed ("
        + reason
        + "); it ends whole, one way or the other. Execute it again with the same id: it is done"
        + " once";
  }

  /** What is our user's own to see is thrown on; all else is a reason to refuse. */
  private static String reason(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    if (e instanceof RuntimeException bug && !(e instanceof ConcordatException)) {
      throw bug;
    }
    return (e instanceof SQLException ? "a statement failed, and nothing was committed: " : "")
        + e.getMessage();
  }

  private <T> Outcome<T> refused(
      TwoPhaseAttempt attempt, String reason, @Nullable T value, boolean elsewhere) {
    return refusals.answer(attempt.id(), attempt.number(), reason, value, elsewhere);
  }

  /** The decision by which that transaction committed, if it did. */
  Optional<Decisions.Decision> committed(String id) {
    return deciding().stream()
        .flatMap(site -> site.deciding().find(id).stream())
        .filter(Decisions.Decision::isCommit)
        .findFirst();
  }

  /** Asks the decider for as long as the patience lasts, and at least once. */
  void fence(
      String decider,
      BranchId attempt,
      Duration patience,
      Consumer<Decisions.Decision> answer,
      Consumer<String> unanswered) {
    Optional<Site> site = byMark(Place.of(decider).mark());
    if (site.isEmpty()) {
      unanswered.accept("the database that decides it, " + decider + ", is not one of ours");
      return;
    }
    long end = engine.platform().nanos() + patience.toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      try {
        answer.accept(site.get().deciding().fence(plan.name(), attempt));
        return;
      } catch (ConcordatException e) {
        if (over || engine.platform().nanos() - end >= 0 || !isPaused(wait)) {
          unanswered.accept(String.valueOf(e.getMessage()));
          return;
        }
        wait =
            wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
      }
    }
  }

  private boolean isPaused(Duration time) {
    try {
      engine.platform().pause(time);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  Optional<Site> byMark(String mark) {
    return deciding().stream().filter(site -> site.place().mark().equals(mark)).findFirst();
  }

  /** All that may keep decisions of ours. */
  Collection<Site> deciding() {
    Map<String, Site> all = new HashMap<>();
    sites.stream().filter(Site::decides).forEach(site -> all.put(site.place().mark(), site));
    all.putIfAbsent(home.place().mark(), home);
    return all.values();
  }

  void tell(BranchId id, boolean commits, Consumer<BranchEnding> answer) {
    TwoPhaseTellers telling = tellers.get(id.branch().mark());
    if (telling == null) {
      LOG.debug("branch {} is in a database that is not one of ours; it waits for its own", id);
    } else {
      telling.tell(id, commits, answer);
    }
  }

  /** All branches followed; also notes it at the decision. */
  void settled(TwoPhaseAttempt attempt) {
    TwoPhaseState state = attempt.state();
    Place decider = Place.of(state.decider());
    byMark(decider.mark())
        .ifPresent(site ->
            journal.ended(
                new TwoPhaseJournal.Ended(
                    attempt.id(), site.deciding(), decider, state.branches())));
  }

  /** Records it the first time, and lets go of it once a person has acknowledged it. */
  void heuristic(BranchId id, String decider, String kind) {
    String branch = id.branch().toString();
    Optional<Site> deciding = byMark(Place.of(decider).mark());
    Optional<Decisions.Heuristic> known =
        deciding.stream()
            .flatMap(site -> site.deciding().heuristics().stream())
            .filter(one -> one.id().equals(id.id()) && one.branch().equals(branch))
            .findFirst();
    if (known.isEmpty()) {
      LOG.error(
          "Branch {} of two-phase commit '{}' {}. The databases contradict each other until a"
              + " person mends that: see `concordat indoubt show`.",
          branch,
          id.id(),
          kind);
      deciding.ifPresent(site -> site.deciding().record(id.id(), branch, kind));
      moments.tell(listener -> listener.heuristic(plan.name(), id.id(), branch, kind));
    } else if (known.get().acknowledged() != null) {
      sites.stream()
          .filter(site -> site.place().equals(id.branch()))
          .forEach(site -> site.branches().acknowledged(id));
    }
  }

  @Nullable Site named(String database) {
    return sites.stream()
        .filter(site -> site.place().name().equals(database))
        .findFirst()
        .orElse(null);
  }

  /** Ends in order: what is decided is told. */
  void close(Duration grace) {
    over = true;
    awaitAll(grace);
    tellers.values().forEach(telling -> telling.close(grace));
    journal.close();
  }

  private void awaitAll(Duration grace) {
    try {
      admission.awaitAll(grace);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends as a killed process would. For crash tests. */
  void kill() {
    over = true;
    tellers.values().forEach(TwoPhaseTellers::kill);
    journal.kill();
  }
}
