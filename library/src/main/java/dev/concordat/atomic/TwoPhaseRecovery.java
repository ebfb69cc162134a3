package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.ConcordatException;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what nobody works on any more: branches that are prepared for too long, and decisions that
 * not all branches are known to have followed. Any process that has the databases can do it for any
 * other, also several at once: a decision is written once, and telling it twice is harmless.
 */
final class TwoPhaseRecovery {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseRecovery.class);
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final Duration BETWEEN_CLEANINGS = Duration.ofMinutes(10);
  private static final int MOST = 500;

  private record Key(String id, String attempt, String decider) {}

  private final TwoPhaseRunner runner;
  private final Set<BranchId> warned = new HashSet<>();
  private final Map<BranchId, TwoPhaseAttempt> telling = new HashMap<>();
  private final Map<String, TwoPhaseAttempt> settling = new HashMap<>();
  private final Set<Key> unanswered = new HashSet<>();
  private volatile boolean over;
  private boolean troubled;
  private long cleaned;

  TwoPhaseRecovery(TwoPhaseRunner runner) {
    this.runner = runner;
    this.cleaned = runner.engine().platform().nanos();
  }

  void start() {
    runner.engine().platform().start("concordat-in-doubt-" + runner.plan().name(), this::run);
  }

  void stop() {
    over = true;
  }

  private void run() {
    Duration tenth = runner.plan().grace().dividedBy(10);
    Duration pause = tenth.compareTo(LONGEST) > 0 ? LONGEST : tenth;
    try {
      while (!over) {
        look();
        runner.engine().platform().pause(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    try {
      Map<Key, List<Branches.Prepared>> found = prepared();
      // First of all, for it needs nobody to answer.
      warnOfOld(found);
      recover(found);
      runner.deciding().forEach(this::settleIfItAnswers);
      clean();
      troubled = false;
    } catch (RuntimeException | Error e) {
      if (!troubled && !over) {
        LOG.warn(
            "It cannot be seen now what is in doubt; it stays as it is, and is looked at again: {}",
            e.getMessage(),
            e instanceof ConcordatException ? null : e);
      }
      troubled = true;
    }
  }

  /** One database that does not answer does not hold up the others. */
  private Map<Key, List<Branches.Prepared>> prepared() {
    Map<Key, List<Branches.Prepared>> found = new LinkedHashMap<>();
    ConcordatException failed = null;
    for (Site site : runner.sites()) {
      try {
        runner.countOthers(site);
        for (Branches.Prepared one : site.branches().prepared()) {
          if (one.id().branch().mark().equals(site.place().mark())) {
            BranchId id = one.id();
            Key key = new Key(id.id(), id.attempt(), id.decider());
            found.computeIfAbsent(key, unused -> new ArrayList<>()).add(one);
          }
        }
      } catch (ConcordatException e) {
        failed = e;
      }
    }
    if (failed != null && found.isEmpty()) {
      throw failed;
    }
    return found;
  }

  private boolean isOld(Branches.Prepared branch, Duration age) {
    return branch.age().compareTo(age) > 0;
  }

  /**
   * What is being told already is left to that. A decider that does not answer is asked once in a
   * look, and about something else the next time: neither it nor one transaction that is stuck
   * there holds up the others.
   */
  private void recover(Map<Key, List<Branches.Prepared>> found) {
    telling.values().removeIf(TwoPhaseAttempt::isLeft);
    unanswered.retainAll(found.keySet());
    Set<String> silent = new HashSet<>();
    List<Key> order = new ArrayList<>(found.keySet());
    order.sort(Comparator.comparing(unanswered::contains));
    for (Key key : order) {
      List<BranchId> branches =
          found.getOrDefault(key, List.of()).stream().map(Branches.Prepared::id).toList();
      boolean old = found.getOrDefault(key, List.of()).stream().anyMatch(this::isLeft);
      boolean told = telling.keySet().containsAll(branches);
      if (!over && old && !told && !silent.contains(key.decider())) {
        if (!recover(key, branches)) {
          unanswered.add(key);
          silent.add(key.decider());
        }
      }
    }
  }

  private boolean isLeft(Branches.Prepared branch) {
    return isOld(branch, runner.plan().grace()) && !runner.isActive(branch.id().attempt());
  }

  /** False if its decider does not answer. */
  private boolean recover(Key key, List<BranchId> branches) {
    Optional<Site> decider = runner.byMark(key.decider());
    if (decider.isEmpty()) {
      return true;
    }
    List<BranchId> untold =
        branches.stream().filter(branch -> !telling.containsKey(branch)).toList();
    TwoPhaseAttempt attempt = new TwoPhaseAttempt(runner, key.id(), key.attempt(), Duration.ZERO);
    untold.forEach(branch -> telling.put(branch, attempt));
    attempt.deliver(
        new TwoPhaseStimulus.Found(
            decider.get().place().toString(),
            untold.stream().map(branch -> branch.branch().toString()).distinct().toList(),
            elsewhere(key, branches)));
    tell(key.id(), attempt);
    return attempt.state().phase() != TwoPhaseState.Phase.IN_DOUBT;
  }

  private List<String> elsewhere(Key key, List<BranchId> found) {
    Set<String> marks = new HashSet<>(Set.of(key.decider()));
    found.forEach(branch -> marks.add(branch.branch().mark()));
    return runner.sites().stream()
        .map(Site::place)
        .filter(place -> !marks.contains(place.mark()))
        .map(Place::toString)
        .toList();
  }

  private void tell(String id, TwoPhaseAttempt attempt) {
    TwoPhaseState.Phase phase = attempt.state().phase();
    if (phase != TwoPhaseState.Phase.IN_DOUBT) {
      boolean committed =
          attempt.state().branches().get(attempt.state().decider())
              == TwoPhaseState.BranchState.COMMITTED;
      LOG.info(
          "Two-phase commit '{}' was left by its coordinator, and is {} as was decided.",
          id,
          committed ? "committed" : "aborted");
      runner.moments().tell(listener -> listener.recovered(runner.plan().name(), id, committed));
    }
  }

  /** One that does not answer now is asked again in the next look; the others are not held up. */
  private void settleIfItAnswers(Site site) {
    try {
      settle(site);
    } catch (ConcordatException e) {
      LOG.debug("what is not followed yet of {} cannot be seen now", site.place(), e);
    }
  }

  /** Of our own name only: what others decided is listed under theirs, in their own database. */
  private void settle(Site site) {
    settling.values().removeIf(TwoPhaseAttempt::isLeft);
    TwoPhase plan = runner.plan();
    for (Decisions.Decision decision : site.deciding().unsettled(plan.name(), plan.grace(), MOST)) {
      String number = decision.attempt();
      if (over || number == null || runner.isActive(number) || settling.containsKey(number)) {
        continue;
      }
      TwoPhaseAttempt attempt = new TwoPhaseAttempt(runner, decision.id(), number, Duration.ZERO);
      settling.put(number, attempt);
      attempt.deliver(
          new TwoPhaseStimulus.Unsettled(
              site.place().toString(), decision.branches().stream().map(Place::toString).toList()));
    }
  }

  private void warnOfOld(Map<Key, List<Branches.Prepared>> found) {
    Set<BranchId> still = new HashSet<>();
    found.values().stream()
        .flatMap(List::stream)
        .filter(one -> isOld(one, runner.plan().bound()))
        .forEach(one -> {
          still.add(one.id());
          if (warned.add(one.id())) {
            warn(one);
          }
        });
    warned.retainAll(still);
  }

  private void warn(Branches.Prepared one) {
    BranchId id = one.id();
    LOG.warn(
        "Branch {} of two-phase commit '{}' is in doubt for {} s and keeps its locks: the database"
            + " that decides it ({}) does not answer, or is not one of ours. Nothing is guessed."
            + " Bring it back, or see `concordat indoubt show {}`.",
        id.branch().name(),
        id.id(),
        one.age().toSeconds(),
        id.decider(),
        id.id());
    runner
        .moments()
        .tell(listener ->
            listener.inDoubt(runner.plan().name(), id.id(), id.branch().name(), one.age()));
  }

  private void clean() {
    long now = runner.engine().platform().nanos();
    if (now - cleaned > BETWEEN_CLEANINGS.toNanos()) {
      cleaned = now;
      runner.sites().forEach(this::clean);
      clean(runner.home());
    }
  }

  private void clean(Site site) {
    try {
      var unused = site.branches().forget(runner.plan().name(), runner.plan().remembered());
    } catch (ConcordatException e) {
      LOG.debug("{} forgets what is old another time", site.place(), e);
    }
  }
}
