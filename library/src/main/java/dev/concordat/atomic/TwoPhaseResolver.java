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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what one database decides and nobody works on any more. One thread at a time. */
final class TwoPhaseResolver {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseResolver.class);
  private static final int MOST = 500;

  /** One attempt, and who decides it. */
  record Key(String id, String attempt, String decider) {

    static Key of(BranchId branch) {
      return new Key(branch.id(), branch.attempt(), branch.decider());
    }
  }

  private final TwoPhaseRunner runner;
  private final Site site;
  private final Map<BranchId, TwoPhaseAttempt> telling = new HashMap<>();
  private final Map<String, TwoPhaseAttempt> settling = new HashMap<>();
  private final Set<Key> unanswered = new HashSet<>();
  private Decisions.@Nullable Decision last;
  private volatile boolean over;

  /**
   * @param site the database that decides
   */
  TwoPhaseResolver(TwoPhaseRunner runner, Site site) {
    this.runner = runner;
    this.site = site;
  }

  void stop() {
    over = true;
  }

  /**
   * Looks after what is prepared and decided here.
   *
   * @param found what is prepared in all databases that answered
   */
  void resolve(Map<Key, List<Branches.Prepared>> found) {
    try {
      recover(found);
      settle();
    } catch (ConcordatException e) {
      LOG.debug("what is not followed yet of {} cannot be seen now", site.place(), e);
    }
  }

  /**
   * What is being told already is left to that. If the decider does not answer, it is asked about
   * something else the next time: one transaction that is stuck there does not hold up the others.
   */
  private void recover(Map<Key, List<Branches.Prepared>> found) {
    telling.values().removeIf(TwoPhaseAttempt::isLeft);
    unanswered.retainAll(found.keySet());
    List<Key> order = new ArrayList<>(found.keySet());
    order.removeIf(key -> !key.decider().equals(site.place().mark()));
    order.sort(Comparator.comparing(unanswered::contains));
    for (Key key : order) {
      List<Branches.Prepared> prepared = found.getOrDefault(key, List.of());
      List<BranchId> branches = prepared.stream().map(Branches.Prepared::id).toList();
      boolean left = prepared.stream().anyMatch(this::isLeft);
      if (!over && left && !telling.keySet().containsAll(branches) && !recover(key, branches)) {
        unanswered.add(key);
        return;
      }
    }
  }

  private boolean isLeft(Branches.Prepared branch) {
    return branch.age().compareTo(runner.plan().grace()) > 0
        && !runner.isActive(branch.id().attempt());
  }

  /** False if its decider does not answer. */
  private boolean recover(Key key, List<BranchId> branches) {
    List<BranchId> untold =
        branches.stream().filter(branch -> !telling.containsKey(branch)).toList();
    TwoPhaseAttempt attempt = new TwoPhaseAttempt(runner, key.id(), key.attempt(), Duration.ZERO);
    untold.forEach(branch -> telling.put(branch, attempt));
    attempt.deliver(
        new TwoPhaseStimulus.Found(
            site.place().toString(),
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

  /**
   * Of our own name only: what others decided is listed under theirs, in their own database. A page
   * after the other, so that those which cannot be followed now, for a database of theirs is away,
   * are in nobody's way; and of those not too many at once.
   */
  private void settle() {
    settling.values().removeIf(TwoPhaseAttempt::isLeft);
    TwoPhase plan = runner.plan();
    List<Decisions.Decision> page =
        site.deciding().unsettled(plan.name(), plan.grace(), last, MOST);
    last = page.size() < MOST ? null : page.getLast();
    Map<Place, Integer> waiting = waiting();
    for (Decisions.Decision decision : page) {
      String number = decision.attempt();
      boolean full =
          decision.branches().stream().anyMatch(place -> waiting.getOrDefault(place, 0) >= MOST);
      if (!over
          && !full
          && number != null
          && !runner.isActive(number)
          && !settling.containsKey(number)) {
        decision.branches().forEach(place -> waiting.merge(place, 1, Integer::sum));
        settle(number, decision);
      }
    }
  }

  /** How many that are being settled wait for each place. */
  private Map<Place, Integer> waiting() {
    Map<Place, Integer> waiting = new HashMap<>();
    for (TwoPhaseAttempt attempt : settling.values()) {
      attempt
          .state()
          .branches()
          .forEach((branch, at) -> {
            if (!at.isOver()) {
              waiting.merge(Place.of(branch), 1, Integer::sum);
            }
          });
    }
    return waiting;
  }

  private void settle(String number, Decisions.Decision decision) {
    TwoPhaseAttempt attempt = new TwoPhaseAttempt(runner, decision.id(), number, Duration.ZERO);
    settling.put(number, attempt);
    attempt.deliver(
        new TwoPhaseStimulus.Unsettled(
            site.place().toString(), decision.branches().stream().map(Place::toString).toList()));
  }
}
