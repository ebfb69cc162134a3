package dev.concordat.atomic;

import dev.concordat.atomic.ThreePhaseDecision.Send;
import dev.concordat.atomic.ThreePhaseRequest.Abort;
import dev.concordat.atomic.ThreePhaseRequest.Ask;
import dev.concordat.atomic.ThreePhaseRequest.CanCommit;
import dev.concordat.atomic.ThreePhaseRequest.Cancel;
import dev.concordat.atomic.ThreePhaseRequest.Commit;
import dev.concordat.atomic.ThreePhaseRequest.Look;
import dev.concordat.atomic.ThreePhaseRequest.PreAbort;
import dev.concordat.atomic.ThreePhaseRequest.PreCommit;
import dev.concordat.atomic.ThreePhaseRound.Phase;
import dev.concordat.atomic.ThreePhaseStep.Effect;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides what a participant does when it is asked, and what a coordinator or a leader of the
 * termination does with the answers. Pure: the time is part of the stimulus.
 *
 * <p>The three phases are Skeen's (1981). The termination is E3PC of Keidar and Dolev (1998): a
 * leader takes a ballot, a quorum promises to take part in nothing below it and says how it stands,
 * and the newest attempt among them says what may still be decided. The coordinator has the first
 * ballot, at which only committing can be attempted, and only by whoever all voted yes for. So
 * nobody but the participants has to remember anything.
 */
final class ThreePhaseMachine {

  /** How many times its patience a coordinator looks on while others may decide. */
  private static final int LOOKS = 10;

  private ThreePhaseMachine() {}

  /** What a request makes of a participant. */
  static ThreePhaseStep decide(ThreePhaseStanding standing, ThreePhaseRequest request) {
    return switch (request) {
      case CanCommit asked -> vote(standing, asked);
      case PreCommit pre -> preCommit(standing, pre);
      case PreAbort pre -> preAbort(standing, pre);
      case Commit decided -> commit(standing);
      case Abort decided -> abort(standing);
      case Cancel cancel ->
          standing.hasVotedFor(cancel.coordinator()) || isInitial(standing)
              ? abort(standing)
              : ThreePhaseStep.stay(standing);
      case Ask ask -> promise(standing, ask);
      case Look look -> ThreePhaseStep.stay(standing);
    };
  }

  private static boolean isInitial(ThreePhaseStanding standing) {
    return standing.state() == ThreePhaseState.INITIAL;
  }

  private static ThreePhaseStep vote(ThreePhaseStanding standing, CanCommit asked) {
    return isInitial(standing)
        ? new ThreePhaseStep(ThreePhaseStanding.votedFor(asked.coordinator()), Effect.PREPARE)
        : ThreePhaseStep.stay(standing);
  }

  private static ThreePhaseStep preCommit(ThreePhaseStanding standing, PreCommit pre) {
    boolean first = pre.ballot() == ThreePhaseRequest.FIRST_BALLOT;
    boolean may = !first || standing.hasVotedFor(pre.coordinator());
    return may && !isInitial(standing)
        ? attempt(standing, ThreePhaseState.PRE_COMMIT, pre.ballot())
        : ThreePhaseStep.stay(standing);
  }

  private static ThreePhaseStep preAbort(ThreePhaseStanding standing, PreAbort pre) {
    return isInitial(standing)
        ? abort(standing)
        : attempt(standing, ThreePhaseState.PRE_ABORT, pre.ballot());
  }

  private static ThreePhaseStep attempt(
      ThreePhaseStanding standing, ThreePhaseState state, long ballot) {
    return standing.state().isFinal() || ballot < standing.promised()
        ? ThreePhaseStep.stay(standing)
        : new ThreePhaseStep(standing.attempting(state, ballot), Effect.NONE);
  }

  private static ThreePhaseStep commit(ThreePhaseStanding standing) {
    return switch (standing.state()) {
      case COMMITTED -> ThreePhaseStep.stay(standing);
      // Who never voted cannot be told to commit; that it is was somebody's mistake.
      case ABORTED, INITIAL -> new ThreePhaseStep(standing, Effect.ALARM);
      case WAIT, PRE_COMMIT, PRE_ABORT ->
          new ThreePhaseStep(standing.in(ThreePhaseState.COMMITTED), Effect.COMMIT);
    };
  }

  private static ThreePhaseStep abort(ThreePhaseStanding standing) {
    return switch (standing.state()) {
      case ABORTED -> ThreePhaseStep.stay(standing);
      case COMMITTED -> new ThreePhaseStep(standing, Effect.ALARM);
      case INITIAL -> new ThreePhaseStep(ThreePhaseStanding.refused(""), Effect.NONE);
      case WAIT, PRE_COMMIT, PRE_ABORT ->
          new ThreePhaseStep(standing.in(ThreePhaseState.ABORTED), Effect.ABORT);
    };
  }

  /** Who is asked before it voted never votes yes: then nobody ever commits. */
  private static ThreePhaseStep promise(ThreePhaseStanding standing, Ask ask) {
    if (isInitial(standing)) {
      return abort(standing);
    }
    return standing.state().isFinal() || ask.ballot() <= standing.promised()
        ? ThreePhaseStep.stay(standing)
        : new ThreePhaseStep(standing.promising(ask.ballot()), Effect.NONE);
  }

  /** What whoever drives does next. */
  static ThreePhaseDecision decide(
      ThreePhasePlan plan, ThreePhaseRound round, ThreePhaseStimulus stimulus) {
    Instant now = stimulus.now();
    if (round.isOver()) {
      return new ThreePhaseDecision(round, List.of());
    }
    ThreePhaseRound after =
        switch (stimulus) {
          case ThreePhaseStimulus.Begin begin -> begun(plan, round, now);
          case ThreePhaseStimulus.Answered answered ->
              moved(plan, round.hearing(answered.participant(), answered.standing()), now);
          case ThreePhaseStimulus.Tick tick -> moved(plan, round, now);
        };
    boolean repeats = after.phase() != round.phase() || stimulus instanceof ThreePhaseStimulus.Tick;
    return new ThreePhaseDecision(after, repeats ? sends(plan, after) : List.of());
  }

  private static ThreePhaseRound begun(ThreePhasePlan plan, ThreePhaseRound round, Instant now) {
    Phase first = round.leads() ? Phase.ASKING : Phase.VOTING;
    return round.in(first, now.plus(plan.patience()));
  }

  private static ThreePhaseRound moved(ThreePhasePlan plan, ThreePhaseRound round, Instant now) {
    Optional<Boolean> known = known(round);
    if (known.isPresent() && !round.isDecided()) {
      return decided(plan, round, known.get(), now);
    }
    boolean late = !now.isBefore(round.until());
    return switch (round.phase()) {
      case VOTING -> voted(plan, round, now, late);
      case ASKING -> asked(plan, round, now, late);
      case ATTEMPTING -> attempted(plan, round, now, late);
      case TELLING -> told(plan, round, late);
      case LOOKING -> late ? round.over(Phase.UNDECIDED) : round;
      case NEW, DONE, TOLD, UNDECIDED -> round;
    };
  }

  /** What somebody who is told knows already. */
  private static Optional<Boolean> known(ThreePhaseRound round) {
    return round.heard().stream()
        .filter(standing -> standing.state().isFinal())
        .map(standing -> standing.state() == ThreePhaseState.COMMITTED)
        .findFirst();
  }

  private static ThreePhaseRound decided(
      ThreePhasePlan plan, ThreePhaseRound round, boolean commits, Instant now) {
    ThreePhaseRound telling = round.with(commits).in(Phase.TELLING, now.plus(plan.patience()));
    return told(plan, telling, false);
  }

  private static ThreePhaseRound told(ThreePhasePlan plan, ThreePhaseRound round, boolean late) {
    boolean all = plan.names().stream().allMatch(name -> round.standing(name).state().isFinal());
    if (all) {
      return round.over(Phase.DONE);
    }
    return late ? round.over(Phase.TOLD) : round;
  }

  private static ThreePhaseRound voted(
      ThreePhasePlan plan, ThreePhaseRound round, Instant now, boolean late) {
    List<ThreePhaseStanding> all = plan.names().stream().map(round::standing).toList();
    if (all.stream().allMatch(standing -> standing.hasVotedFor(round.driver()))) {
      return attempting(plan, round, true, now);
    }
    boolean somebodyElses =
        all.stream()
            .anyMatch(one -> !one.coordinator().isEmpty() && !one.hasVotedFor(round.driver()));
    if (somebodyElses) {
      return round.in(Phase.LOOKING, now.plus(looking(plan)));
    }
    if (!late) {
      return round;
    }
    // Who voted for us votes for nobody else, and we never ask for a pre-commit: nobody commits.
    boolean ours = all.stream().anyMatch(standing -> standing.hasVotedFor(round.driver()));
    return ours
        ? decided(plan, round, false, now)
        : round.with(false).in(Phase.LOOKING, now.plus(looking(plan)));
  }

  private static Duration looking(ThreePhasePlan plan) {
    return plan.patience().multipliedBy(LOOKS);
  }

  private static ThreePhaseRound asked(
      ThreePhasePlan plan, ThreePhaseRound round, Instant now, boolean late) {
    if (plan.isUnsafe()) {
      boolean all = plan.names().stream().allMatch(round::hasHeard);
      return all || (late && round.hasHeard(round.driver()))
          ? decided(plan, round, textbook(round), now)
          : round;
    }
    if (isOvertaken(round)) {
      return round.over(Phase.UNDECIDED);
    }
    List<ThreePhaseStanding> promises =
        round.heard().stream().filter(one -> one.promised() == round.ballot()).toList();
    boolean commits = newestAttempt(promises) == ThreePhaseState.PRE_COMMIT;
    if (promises.size() >= plan.quorum(commits)) {
      return attempting(plan, round, commits, now);
    }
    return late ? round.over(Phase.UNDECIDED) : round;
  }

  /** Who does not answer is taken for dead, which is the mistake: it may know more and be alive. */
  private static boolean textbook(ThreePhaseRound round) {
    return round.heard().stream().anyMatch(one -> one.state() == ThreePhaseState.PRE_COMMIT);
  }

  private static boolean isOvertaken(ThreePhaseRound round) {
    return round.leads() && round.highest() > round.ballot();
  }

  private static ThreePhaseState newestAttempt(List<ThreePhaseStanding> promises) {
    return promises.stream()
        .filter(one -> one.attempt() > ThreePhaseStanding.NO_ATTEMPT)
        .max(Comparator.comparingLong(ThreePhaseStanding::attempt))
        .map(ThreePhaseStanding::state)
        .orElse(ThreePhaseState.WAIT);
  }

  private static ThreePhaseRound attempting(
      ThreePhasePlan plan, ThreePhaseRound round, boolean commits, Instant now) {
    boolean looks = !round.leads() && !plan.isUnsafe();
    return round
        .with(commits)
        .in(Phase.ATTEMPTING, now.plus(looks ? looking(plan) : plan.patience()));
  }

  private static ThreePhaseRound attempted(
      ThreePhasePlan plan, ThreePhaseRound round, Instant now, boolean late) {
    long with = round.heard().stream().filter(one -> one.attempt() == round.ballot()).count();
    if (plan.isUnsafe()) {
      boolean all = with == plan.names().size();
      return all || late ? decided(plan, round, true, now) : round;
    }
    if (with >= plan.quorum(round.commits())) {
      return decided(plan, round, round.commits(), now);
    }
    return late || isOvertaken(round) ? round.over(Phase.UNDECIDED) : round;
  }

  private static List<Send> sends(ThreePhasePlan plan, ThreePhaseRound round) {
    return plan.names().stream()
        .filter(name -> isAwaited(round, name))
        .map(name -> new Send(name, request(plan, round)))
        .toList();
  }

  private static boolean isAwaited(ThreePhaseRound round, String name) {
    ThreePhaseStanding standing = round.standing(name);
    return switch (round.phase()) {
      case VOTING -> !standing.hasVotedFor(round.driver());
      case ASKING -> !round.hasHeard(name);
      case ATTEMPTING -> standing.attempt() != round.ballot();
      case TELLING, LOOKING -> !standing.state().isFinal();
      case NEW, DONE, TOLD, UNDECIDED -> false;
    };
  }

  private static ThreePhaseRequest request(ThreePhasePlan plan, ThreePhaseRound round) {
    return switch (round.phase()) {
      case VOTING -> new CanCommit(round.driver(), plan, "");
      case ASKING -> new Ask(round.ballot());
      case ATTEMPTING ->
          round.commits()
              ? new PreCommit(round.ballot(), round.leads() ? "" : round.driver())
              : new PreAbort(round.ballot());
      case TELLING -> round.commits() ? new Commit() : new Abort();
      case LOOKING -> round.commits() ? new Look() : new Cancel(round.driver());
      case NEW, DONE, TOLD, UNDECIDED -> new Look();
    };
  }
}
