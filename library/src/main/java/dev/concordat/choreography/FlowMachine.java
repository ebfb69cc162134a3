package dev.concordat.choreography;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the tracker makes of what it hears of a flow. Pure: the time is part of the
 * stimulus.
 *
 * <p>Services report in any order, so nothing is decided from the order in which edges come; what
 * is known at the end does not depend on it. What may not happen twice (to raise a timeout, to tell
 * the end) has an entry in the journal that says it was done. That time has passed counts only when
 * it is looked for, not when something is reported: what would show that all came in time may be
 * the next that is read.
 */
final class FlowMachine {

  private static final Set<Status> ENDS = Set.of(Status.COMPLETED, Status.COMPENSATED);

  private FlowMachine() {}

  static FlowDecision decide(FlowPlan plan, FlowState state, FlowStimulus stimulus) {
    FlowTurn turn = new FlowTurn(plan, state, stimulus.now());
    if (stimulus instanceof FlowStimulus.Reported reported && !isKnown(state, reported.edge())) {
      turn.emit(new FlowEntry.Seen(reported.edge()));
    }
    if (turn.state().begunAt() == null) {
      return turn.decision(null);
    }
    boolean looks = stimulus instanceof FlowStimulus.Look;
    if (looks) {
      timeOut(turn);
    }
    needAttention(turn, looks);
    end(turn);
    return turn.decision(due(turn));
  }

  private static boolean isKnown(FlowState state, Edge edge) {
    return state.seen().stream().anyMatch(seen -> seen.edge().equals(edge));
  }

  private static boolean isOver(FlowTurn turn) {
    return ENDS.contains(turn.picture().status());
  }

  private static void timeOut(FlowTurn turn) {
    List<String> missing = turn.picture().missing(turn.now());
    if (isOver(turn) || missing.isEmpty()) {
      return;
    }
    if (turn.plan().enforced()) {
      if (turn.state().timedOutAt() == null) {
        turn.emit(new FlowEntry.TimedOut(missing));
        turn.act(new FlowAction.RaiseTimeout(missing));
      }
    } else if (turn.state().overdueAt() == null) {
      turn.emit(new FlowEntry.Overdue(missing));
      turn.act(new FlowAction.TellOverdue(missing));
    }
  }

  private static void needAttention(FlowTurn turn, boolean looks) {
    if (turn.state().attention() != null) {
      return;
    }
    String reason = turn.picture().contradiction();
    boolean late = looks && FlowPicture.isPast(turn.picture().grace(), turn.now());
    if (reason == null && late && !isOver(turn)) {
      reason = overdue(turn.picture());
    }
    if (reason != null) {
      turn.emit(new FlowEntry.Attention(reason));
      turn.act(new FlowAction.TellAttention(reason));
    }
  }

  private static String overdue(FlowPicture picture) {
    List<String> owed = picture.owed();
    if (!owed.isEmpty()) {
      return "it was turned back, and these are not compensated: " + String.join(", ", owed);
    }
    if (picture.isBack()) {
      return "it was turned back, and it is not known whether these have done something, which"
          + " would not be compensated: "
          + String.join(", ", picture.unheard());
    }
    return picture.isTurnedBack()
        ? "it was turned back, and the event that ends it has not come"
        : "it was too late to turn it back, and the event that completes it has not come";
  }

  private static void end(FlowTurn turn) {
    Status status = turn.picture().status();
    if (ENDS.contains(status) && turn.state().ended() == null) {
      turn.emit(new FlowEntry.Ended(status));
      turn.act(new FlowAction.RaiseCompleted(status));
    }
  }

  /** When the time alone may change something. */
  private static @Nullable Instant due(FlowTurn turn) {
    FlowPicture picture = turn.picture();
    FlowState state = turn.state();
    if (isOver(turn) || picture.contradiction() != null) {
      return null;
    }
    boolean told = turn.plan().enforced() ? state.timedOutAt() != null : state.overdueAt() != null;
    Stream<@Nullable Instant> missing =
        told
            ? Stream.of()
            : Stream.concat(
                Stream.of(picture.deadline()),
                picture.waiting().stream().map(FlowPicture.Waiting::due));
    Stream<@Nullable Instant> grace =
        state.attention() == null ? Stream.of(picture.grace()) : Stream.of();
    return Stream.concat(missing, grace)
        .filter(one -> one != null)
        .min((one, other) -> one.compareTo(other))
        .orElse(null);
  }
}
