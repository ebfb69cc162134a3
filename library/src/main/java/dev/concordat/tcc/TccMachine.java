package dev.concordat.tcc;

import dev.concordat.tcc.TccStimulus.Asking;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction of try, confirm and cancel does next: pure, without clock, chance or I/O. The
 * protocol is that of Pardon and Pautasso, "Atomic Distributed Transactions: a RESTful Design" (WWW
 * 2014 Companion), after Helland, "Life beyond Distributed Transactions" (CIDR 2007).
 *
 * <p>Every branch is tried. Once all are, it is decided to confirm; if one is refused or given up,
 * the deadline passes or somebody cancels before that, it is decided to cancel. The decision is one
 * event, durable before anybody is told, and from then on there is only telling it.
 */
final class TccMachine {

  /** How many workers may die over an instance without progress before a person must look. */
  static final int MAX_CRASHES = 10;

  private static final long VERSION_7 = 0x7000L;
  private static final long RANDOM_HIGH = 0x0fffL;
  private static final long VARIANT = 0x8000000000000000L;
  private static final long RANDOM_LOW = 0x3fffffffffffffffL;
  private static final int RANDOM_BITS = 16;

  private TccMachine() {}

  /** Decides what follows from {@code stimulus}; stimuli that come too late change nothing. */
  static TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
    TccTurn turn = new TccTurn(plan, state, stimulus.now());
    boolean begins = stimulus instanceof TccStimulus.Begin;
    if (begins != state.isNew() || (state.isFinal() && !(stimulus instanceof TccStimulus.Letter))) {
      return turn.end();
    }
    take(turn, stimulus);
    advance(turn);
    return turn.end();
  }

  private static void take(TccTurn turn, TccStimulus stimulus) {
    switch (stimulus) {
      case TccStimulus.Begin s -> begin(turn, s);
      case TccStimulus.Opened s -> opened(turn, s.alive());
      case TccStimulus.Tick s -> {}
      case TccStimulus.Done s -> done(turn, s);
      case TccStimulus.Refused s -> refused(turn, s);
      case TccStimulus.Failed s -> failed(turn, s);
      case TccStimulus.Letter s -> TccLetters.take(turn, s);
      case TccStimulus.Stuck s -> stuck(turn, s.reason());
    }
  }

  private static void advance(TccTurn turn) {
    checkBranches(turn);
    if (mayGoOn(turn.state()) && turn.state().decided() == null) {
      Trying.advance(turn);
    }
    // Which may just have decided it.
    if (mayGoOn(turn.state()) && turn.state().decided() != null) {
      Following.advance(turn);
    }
  }

  private static boolean mayGoOn(TccState state) {
    return !state.isFinal() && !state.paused() && state.attention() == null;
  }

  private static void begin(TccTurn turn, TccStimulus.Begin begin) {
    turn.emit(
        new TccEvent.Accepted(
            begin.input(),
            transaction(begin.now(), begin.uid()),
            begin.now().plus(turn.plan().deadline()),
            begin.now().plus(turn.plan().hold()),
            begin.branches(),
            begin.trace()));
  }

  /** A UUID of version 7 (RFC 9562, 5.7) of that time and random number. */
  static UUID transaction(Instant at, UUID uid) {
    long random = uid.getLeastSignificantBits();
    long high = (uid.getMostSignificantBits() >>> RANDOM_BITS) & RANDOM_HIGH;
    return new UUID(
        (at.toEpochMilli() << RANDOM_BITS) | VERSION_7 | high, VARIANT | (random & RANDOM_LOW));
  }

  /** Whatever the journal says is under way was so in a worker that is no more. */
  private static void opened(TccTurn turn, Set<Asking> alive) {
    if (turn.state().crashes() >= MAX_CRASHES) {
      stuck(
          turn,
          MAX_CRASHES
              + " workers were lost over this instance without progress: it may be what kills"
              + " them. Nothing goes on until somebody says retry, and what is held stays held as"
              + " long as its participants hold it");
    }
    checkBranches(turn);
    List<Asking> gone = turn.state().asking().stream().filter(a -> !alive.contains(a)).toList();
    gone.forEach(asking -> lost(turn, asking));
  }

  private static void lost(TccTurn turn, Asking asking) {
    String branch = asking.branch();
    // One that is lost may decide it, and then the others are no longer tried.
    if (!turn.state().isAsking(asking.operation(), branch, asking.attempt())) {
      return;
    }
    turn.emit(new TccEvent.Lost(asking.operation(), branch, asking.attempt()));
    // What commits with the journal and is not in it was rolled back: nobody counts that.
    boolean over = !turn.plan().isLocal(branch) && turn.delay(branch, 0).isEmpty();
    if (over) {
      exhausted(turn, branch, "it was interrupted by a crash, and no attempt is left to it");
    }
  }

  /** An instance of another definition of the same name and version must not go on with this. */
  private static void checkBranches(TccTurn turn) {
    TccState state = turn.state();
    List<String> planned =
        turn.plan().branches().stream().map(TccPlan.Branch::name).sorted().toList();
    List<String> journalled = state.branches().keySet().stream().sorted().toList();
    boolean kinds =
        turn.plan().branches().stream().allMatch(b -> b.local() == (state.body(b.name()) == null));
    if (!state.isFinal() && !(planned.equals(journalled) && kinds)) {
      stuck(
          turn,
          "the journal has the branches "
              + journalled
              + ", and "
              + turn.plan().label()
              + " has others here, or others that are local: deploy the definition the instance"
              + " began with, then say retry");
    }
  }

  private static void stuck(TccTurn turn, String reason) {
    if (turn.state().attention() == null) {
      turn.emit(new TccEvent.AttentionNeeded(null, reason));
    }
  }

  /** An answer that comes after its time limit, but before anything else was asked, counts. */
  private static void done(TccTurn turn, TccStimulus.Done done) {
    TccBranchState now = turn.of(done.branch());
    boolean awaited =
        switch (now.phase()) {
          case TRYING, TRY_WAITING, TELLING, TELL_WAITING, PARKED -> true;
          default -> false;
        };
    boolean latest =
        now.attempts() == done.attempt() && turn.state().operation() == done.operation();
    if (awaited && latest) {
      turn.emit(new TccEvent.Done(done.operation(), done.branch(), done.attempt(), done.result()));
    }
  }

  private static void refused(TccTurn turn, TccStimulus.Refused refused) {
    if (!turn.state().isAsking(refused.operation(), refused.branch(), refused.attempt())) {
      return;
    }
    if (refused.operation() == TccOperation.TRY) {
      Trying.refused(turn, refused);
    } else {
      Following.contradicted(turn, refused);
    }
  }

  private static void failed(TccTurn turn, TccStimulus.Failed failed) {
    if (!turn.state().isAsking(failed.operation(), failed.branch(), failed.attempt())) {
      return;
    }
    Instant retryAt = retryAt(turn, failed);
    turn.emit(
        new TccEvent.Failed(
            failed.operation(),
            failed.branch(),
            failed.attempt(),
            failed.kind(),
            failed.message(),
            turn.now(),
            retryAt));
    if (retryAt == null) {
      exhausted(turn, failed.branch(), failed.message());
    }
  }

  private static @Nullable Instant retryAt(TccTurn turn, TccStimulus.Failed failed) {
    return switch (failed.kind()) {
      case TRANSIENT, UNKNOWN ->
          turn.delay(failed.branch(), failed.random())
              .map(wait -> longer(wait, failed.notBefore()))
              .map(turn.now()::plus)
              .orElse(null);
      case REFUSED, UNEXPECTED -> null;
    };
  }

  private static Duration longer(Duration wait, @Nullable Duration asked) {
    return asked != null && asked.compareTo(wait) > 0 ? asked : wait;
  }

  private static void exhausted(TccTurn turn, String branch, String why) {
    if (turn.state().operation() == TccOperation.TRY) {
      Trying.exhausted(turn, branch, why);
    } else {
      Following.exhausted(turn, branch, why);
    }
  }

  /** When the instance wants to be looked at next without being asked, or null for never. */
  static @Nullable Instant wakeAt(TccPlan plan, TccState state, Instant now) {
    if (state.isNew() || !mayGoOn(state)) {
      return null;
    }
    Instant next = state.decided() == null ? state.deadline() : null;
    for (String name : plan.order(state.operation())) {
      TccBranchState branch = state.of(name);
      if (branch.isWaiting()) {
        Instant due = branch.wakeAt() == null ? now : branch.wakeAt();
        next = next == null || due.isBefore(next) ? due : next;
      }
      // Whoever comes after it must wait for it, however long ago it was due.
      if (plan.inOrder() && (branch.isWaiting() || branch.inFlight())) {
        return next;
      }
    }
    return next;
  }

  /**
   * Whether an event may wait and be written together with the next: losing it in a crash costs
   * nothing but asking again, and the participant answers again what it answered.
   */
  static boolean rides(TccPlan plan, TccEvent event) {
    return event instanceof TccEvent.Sent sent && plan.isLocal(sent.branch());
  }

  /**
   * Whether an event may wait for the answers of others and be written together with them: a
   * participant that is asked again answers what it answered.
   */
  static boolean waits(TccPlan plan, TccEvent event) {
    return event instanceof TccEvent.Done done && !plan.isLocal(done.branch());
  }
}
