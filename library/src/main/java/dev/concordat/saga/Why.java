package dev.concordat.saga;

import dev.concordat.core.Status;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why an instance is where it is, and what happens next, in words. */
final class Why {

  private final InstanceRow row;
  private final SagaState state;
  private final List<Mailbox.Letter> waiting;
  private final List<Leases.Worker> workers;
  private final Instant now;

  Why(
      InstanceRow row,
      SagaState state,
      List<Mailbox.Letter> waiting,
      List<Leases.Worker> workers,
      Instant now) {
    this.row = row;
    this.state = state;
    this.waiting = waiting;
    this.workers = workers;
    this.now = now;
  }

  String why() {
    SagaEvent.AttentionNeeded attention = state.attention();
    if (state.isFinal()) {
      return ended();
    }
    if (state.paused()) {
      return "it is paused";
    }
    if (attention != null) {
      return (attention.step() == null ? "" : "step '" + attention.step() + "': ")
          + attention.reason();
    }
    if (row.status() == Status.NEEDS_ATTENTION) {
      return "the worker that took it up could not read its journal; that worker's log says why."
          + " Deploy what can read it, then say retry";
    }
    return switch (state.phase()) {
      case NEW -> "it is accepted and has not begun";
      case FORWARD -> "it is going forward: " + current();
      case HALTING -> turned() + "; what is running comes to its end first: " + current();
      case COMPENSATING -> turned() + "; it is being compensated: " + current();
      case COMPLETED, COMPENSATED -> ended();
    };
  }

  private String ended() {
    return state.phase() == SagaState.Phase.COMPLETED
        ? "every step is done"
        : turned() + "; what was done is compensated";
  }

  private String turned() {
    SagaEvent.Halted halted = state.halted();
    if (halted == null) {
      return "it turned back";
    }
    return "it turned back ("
        + halted.cause()
        + (halted.step() == null ? "" : " at '" + halted.step() + "'")
        + "): "
        + halted.reason();
  }

  private String current() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, StepState> entry : state.steps().entrySet()) {
      String phrase = phrase(entry.getValue());
      if (phrase != null) {
        text.append(text.isEmpty() ? "" : "; ")
            .append('\'')
            .append(entry.getKey())
            .append("' ")
            .append(phrase);
      }
    }
    return text.isEmpty() ? "between two steps" : text.toString();
  }

  private @Nullable String phrase(StepState step) {
    return switch (step.phase()) {
      case RUNNING -> "is at attempt " + step.attempts();
      case LOOKING_UP -> "is asking what became of an attempt";
      case RETRY_WAITING ->
          "failed "
              + step.attempts()
              + " times ("
              + step.note()
              + ") and tries again "
              + in(step.wakeAt());
      case SLEEPING -> "sleeps" + until(step.wakeAt());
      case AWAITING -> "waits for signal '" + step.note() + "'" + until(step.wakeAt());
      case AWAITING_REPLY -> "waits for the reply to its command" + until(step.wakeAt());
      case REPLIED, TAKING_REPLY -> "has its reply";
      case CHILD_RUNNING -> "waits for its child saga";
      case COMPENSATION_RUNNING -> "is being compensated, attempt " + step.attempts();
      case COMPENSATION_AWAITING_REPLY ->
          "waits for the reply to the command that compensates it" + until(step.wakeAt());
      case COMPENSATION_WAITING ->
          "could not be compensated "
              + step.attempts()
              + " times ("
              + step.note()
              + ") and is tried again "
              + in(step.wakeAt());
      case FRESH,
          PARKED,
          DONE,
          SKIPPED,
          NOT_DONE,
          MAYBE_DONE,
          COMPENSATION_PARKED,
          COMPENSATED,
          UNCOMPENSATED ->
          null;
    };
  }

  private static String until(@Nullable Instant at) {
    return at == null ? "" : ", until " + Telling.at(at);
  }

  private String in(@Nullable Instant at) {
    if (at == null || !at.isAfter(now)) {
      return "at once";
    }
    return "in " + roughly(Duration.between(now, at));
  }

  /** In the largest unit of which there are at least two. */
  private static String roughly(Duration time) {
    if (time.toDays() >= 2) {
      return time.toDays() + " days";
    }
    if (time.toHours() >= 2) {
      return time.toHours() + " hours";
    }
    if (time.toMinutes() >= 2) {
      return time.toMinutes() + " minutes";
    }
    return time.toSeconds() >= 2 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }

  String next() {
    if (state.isFinal()) {
      return "nothing; this is the end";
    }
    if (!waiting.isEmpty()) {
      return waiting.size() + " letters wait to be taken up. " + holder();
    }
    if (state.paused()) {
      return "nothing, until somebody says resume";
    }
    if (state.attention() != null) {
      return "nothing, until somebody says " + verbs(state.attention());
    }
    return holder();
  }

  private String verbs(SagaEvent.AttentionNeeded attention) {
    if (attention.step() == null) {
      return "retry";
    }
    if (state.of(attention.step()).goingBack()) {
      return state.anyCompensated() || state.of(attention.step()).maybeUndone()
          ? "retry, or skip with a reason"
          : "retry, skip with a reason, or forward";
    }
    return "retry, skip with a reason, or supply a result"
        + (state.phase() == SagaState.Phase.FORWARD ? "; or cancel, before the pivot" : "");
  }

  private String holder() {
    if (row.owner().isPresent()) {
      return held(row.owner().getAsLong());
    }
    String label = row.definition() + "@" + row.version();
    boolean known = workers.stream().anyMatch(w -> w.alive() && w.definitions().contains(label));
    if (!known) {
      return "nothing, for no running worker has the definition "
          + label
          + "; start one that has it";
    }
    return row.due()
        .map(due -> "a worker takes it up " + in(due))
        .orElse("nothing, until a letter comes (a signal, or an operator's verb)");
  }

  private String held(long owner) {
    Optional<Leases.Worker> worker = workers.stream().filter(w -> w.no() == owner).findFirst();
    if (worker.isPresent() && worker.get().alive()) {
      return "worker " + owner + " holds it and goes on";
    }
    return "its worker " + owner + " is gone; another worker takes over as soon as it looks";
  }
}
