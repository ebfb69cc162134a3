package dev.concordat.atomic;

import dev.concordat.atomic.TwoPhaseAction.Answered;
import dev.concordat.atomic.TwoPhaseStimulus.Decision;
import dev.concordat.atomic.TwoPhaseStimulus.Vote;
import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.ConcordatException;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One attempt, driven by its machine: performs what that says, and tells it what came of it. */
final class TwoPhaseAttempt {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseAttempt.class);
  private static final Duration FIRST_WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  /**
   * What its user is told.
   *
   * @param answer what became of it
   * @param reason for people, if it was refused or nobody knows
   * @param before the decision on another attempt of the same id, if that had committed
   * @param elsewhere whether it was refused because another attempt of the same id has committed,
   *     or may commit yet
   */
  record Told(
      Answered answer, String reason, Decisions.@Nullable Decision before, boolean elsewhere) {}

  private final TwoPhaseRunner runner;
  private final String id;
  private final String number;
  private final Duration patience;
  private final Map<String, Branches.Open> open = new LinkedHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch answered = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private TwoPhaseState state = TwoPhaseState.working();
  private @Nullable String receipt;
  private Decisions.@Nullable Decision before;
  private volatile boolean elsewhere;
  private volatile @Nullable Told told;
  // Of heuristics that are not recorded yet; and whether only that keeps it from being settled.
  private int unnoted;
  private boolean settles;

  /**
   * @param patience how long its decider is asked, if that does not answer
   */
  TwoPhaseAttempt(TwoPhaseRunner runner, String id, String number, Duration patience) {
    this.runner = runner;
    this.id = id;
    this.number = number;
    this.patience = patience;
  }

  String id() {
    return id;
  }

  String number() {
    return number;
  }

  /** The branch in that database; begun when it is first asked for. */
  Branches.Open branch(Site site) {
    String key = site.place().toString();
    Branches.Open known = open.get(key);
    if (known == null) {
      String tag = BranchId.tag(id, number, site.place().mark());
      known =
          site.decides()
              ? site.deciding().beginDeciding(runner.plan().limits(), tag)
              : site.branches().begin(ofXa(site), runner.plan().limits(), tag);
      open.put(key, known);
    }
    return known;
  }

  /** Named from its beginning, and so before it is known who else writes: home decides. */
  private BranchId ofXa(Site site) {
    return new BranchId(id, number, site.place(), runner.home().place().mark());
  }

  List<String> enlisted() {
    return List.copyOf(open.keySet());
  }

  Branches.@Nullable Open branch(String key) {
    return open.get(key);
  }

  void remember(@Nullable String newReceipt) {
    this.receipt = newReceipt;
  }

  /** Tells the machine, and does what it says. */
  void deliver(TwoPhaseStimulus stimulus) {
    List<TwoPhaseAction> actions;
    lock.lock();
    try {
      TwoPhaseTurn turn = TwoPhaseMachine.decide(state, stimulus);
      state = turn.state();
      actions = turn.actions();
      unnoted +=
          (int) actions.stream().filter(TwoPhaseAction.NoteHeuristic.class::isInstance).count();
    } finally {
      lock.unlock();
    }
    perform(actions);
    if (isEnded()) {
      ended.countDown();
      runner.over(this);
    }
  }

  TwoPhaseState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** All but the last that may wait for a database are done in threads of their own. */
  private void perform(List<TwoPhaseAction> actions) {
    List<Runnable> votes = new ArrayList<>();
    for (TwoPhaseAction action : actions) {
      switch (action) {
        case TwoPhaseAction.Prepare prepare ->
            votes.add(() ->
                vote(
                    prepare.branch(),
                    branch -> branch.prepare(id(prepare.branch()), runner.plan().remembered())));
        case TwoPhaseAction.EndReadOnly end ->
            votes.add(() -> vote(end.branch(), branch -> branch.endReadOnly(id)));
        case TwoPhaseAction.Decide decide -> decide(decide.decider());
        case TwoPhaseAction.Fence fence -> fence(fence.decider());
        case TwoPhaseAction.Drop drop -> close(drop.branch());
        case TwoPhaseAction.Commit commit -> tell(commit.branch(), true);
        case TwoPhaseAction.RollBack rollBack -> tell(rollBack.branch(), false);
        case TwoPhaseAction.NoteHeuristic heuristic -> note(heuristic, FIRST_WAIT);
        case TwoPhaseAction.Answer answer -> answer(answer);
        case TwoPhaseAction.Settle settle -> settle();
      }
    }
    for (int i = 1; i < votes.size(); i++) {
      runner.engine().platform().start("concordat-prepare", votes.get(i));
    }
    if (!votes.isEmpty()) {
      votes.getFirst().run();
    }
  }

  private BranchId id(String branch) {
    return new BranchId(id, number, Place.of(branch), Place.of(state().decider()).mark());
  }

  private interface Voting {
    Branches.Vote by(Branches.Open branch);
  }

  private void vote(String branch, Voting voting) {
    Branches.Vote vote;
    try {
      vote = voting.by(required(branch));
    } catch (RuntimeException | Error e) {
      vote = new Branches.Vote.Unknown(String.valueOf(e));
    }
    close(branch);
    if (vote instanceof Branches.Vote.No no && no.elsewhere()) {
      elsewhere = true;
    }
    deliver(
        switch (vote) {
          case Branches.Vote.Yes yes -> new TwoPhaseStimulus.Voted(branch, Vote.YES, "");
          case Branches.Vote.ReadOnly read ->
              new TwoPhaseStimulus.Voted(branch, Vote.READ_ONLY, "");
          case Branches.Vote.No no ->
              new TwoPhaseStimulus.Voted(branch, Vote.NO, "in " + branch + ": " + no.reason());
          case Branches.Vote.Unknown unknown ->
              new TwoPhaseStimulus.Voted(
                  branch,
                  Vote.UNKNOWN,
                  "the connection to " + branch + " broke: " + unknown.detail());
        });
  }

  private Branches.Open required(String branch) {
    Branches.Open found = open.get(branch);
    if (found == null) {
      throw new RefusedException(branch + " is no branch of " + id);
    }
    return found;
  }

  private void close(String branch) {
    Branches.Open found = open.get(branch);
    if (found != null) {
      found.close();
    }
  }

  private void decide(String decider) {
    List<Place> prepared =
        state().branches().entrySet().stream()
            .filter(branch -> branch.getValue() == TwoPhaseState.BranchState.PREPARED)
            .map(branch -> Place.of(branch.getKey()))
            .toList();
    Decisions.Decided decided;
    try {
      Decisions.Deciding branch = (Decisions.Deciding) required(decider);
      decided =
          branch.decide(
              runner.plan().name(), id(decider), prepared, receipt, runner.plan().remembered());
    } catch (RuntimeException e) {
      decided = new Decisions.Decided.Unknown(String.valueOf(e.getMessage()));
    }
    close(decider);
    deliver(meaning(decider, decided));
  }

  private TwoPhaseStimulus meaning(String decider, Decisions.Decided decided) {
    return switch (decided) {
      case Decisions.Decided.Committed yes -> new TwoPhaseStimulus.Decided(Decision.COMMIT, "");
      case Decisions.Decided.Refused no -> {
        elsewhere = no.elsewhere();
        yield new TwoPhaseStimulus.Decided(Decision.ABORT, "in " + decider + ": " + no.reason());
      }
      case Decisions.Decided.Before other -> {
        before = other.decision();
        yield new TwoPhaseStimulus.Decided(Decision.ABORT, "it was done before");
      }
      case Decisions.Decided.Unknown unknown ->
          new TwoPhaseStimulus.Decided(Decision.UNKNOWN, unknown.detail());
    };
  }

  private void fence(String decider) {
    runner.fence(
        decider,
        id(decider),
        patience,
        decision ->
            deliver(
                decision.commits(number)
                    ? new TwoPhaseStimulus.Decided(Decision.COMMIT, "")
                    : new TwoPhaseStimulus.Decided(
                        Decision.ABORT, "its answer was lost, and it had not been committed")),
        reason -> deliver(new TwoPhaseStimulus.GaveUp(reason)));
  }

  private void tell(String branch, boolean commits) {
    runner.tell(id(branch), commits, ending -> deliver(new TwoPhaseStimulus.Told(branch, ending)));
  }

  /** What is not recorded stays open, for whoever recovers to find it out again and note it. */
  private void settle() {
    boolean now;
    lock.lock();
    try {
      now = unnoted == 0;
      settles = !now;
    } finally {
      lock.unlock();
    }
    if (now) {
      runner.settled(this);
    }
  }

  /** Until it is recorded: of what was aborted nothing else is left that would lead to it. */
  private void note(TwoPhaseAction.NoteHeuristic heuristic, Duration wait) {
    if (isRecorded(heuristic)) {
      noted();
    } else if (!runner.isOver()) {
      Duration next = wait.multipliedBy(2);
      runner
          .engine()
          .platform()
          .after(
              wait, () -> note(heuristic, next.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : next));
    }
  }

  private void noted() {
    boolean now;
    lock.lock();
    try {
      unnoted--;
      now = settles && unnoted == 0;
    } finally {
      lock.unlock();
    }
    if (now) {
      runner.settled(this);
    }
  }

  private boolean isRecorded(TwoPhaseAction.NoteHeuristic heuristic) {
    try {
      runner.heuristic(id(heuristic.branch()), state().decider(), heuristic.kind());
      return true;
    } catch (ConcordatException e) {
      LOG.warn(
          "Branch {} of two-phase commit '{}' {}, and that cannot be recorded now: {}",
          heuristic.branch(),
          id,
          heuristic.kind(),
          e.getMessage());
      return false;
    }
  }

  private void answer(TwoPhaseAction.Answer answer) {
    told = new Told(answer.answer(), answer.reason(), before, elsewhere);
    answered.countDown();
  }

  /** Waits until it is known what became of it. */
  Told await(boolean applied) throws InterruptedException {
    answered.await();
    Told known = told;
    if (known == null) {
      throw new IllegalStateException("answered, and not told");
    }
    if (applied && known.answer() == Answered.DONE) {
      // Whether or not all have: it is decided, and what is not applied yet will be.
      var unused = ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    return known;
  }

  /** Whether nobody here goes on with it. */
  boolean isLeft() {
    TwoPhaseState.Phase phase = state().phase();
    return phase == TwoPhaseState.Phase.ENDED || phase == TwoPhaseState.Phase.IN_DOUBT;
  }

  /** Whether it does not commit any more, and perhaps not all of its branches were told yet. */
  boolean isAborted() {
    TwoPhaseState now = state();
    return now.phase() == TwoPhaseState.Phase.ABORTING
        || (now.phase() == TwoPhaseState.Phase.ENDED
            && !now.branches().containsValue(TwoPhaseState.BranchState.COMMITTED));
  }

  boolean isEnded() {
    return state().phase() == TwoPhaseState.Phase.ENDED;
  }
}
