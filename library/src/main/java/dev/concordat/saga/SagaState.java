package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one instance fold to. Needs no definition, so that anybody can fold a journal.
 * Immutable once published: {@link #apply} gives a new state.
 */
final class SagaState {

  enum Phase {
    /** No event yet. */
    NEW,
    FORWARD,
    /** Turned back, while steps that were running come to their end. */
    HALTING,
    COMPENSATING,
    COMPLETED,
    COMPENSATED
  }

  private Phase phase = Phase.NEW;
  private @Nullable Payload data;
  private @Nullable Instant deadline;
  private @Nullable String trace;
  private SagaEvent.@Nullable Halted halted;
  private SagaEvent.@Nullable AttentionNeeded attention;
  private boolean paused;
  private boolean anyCompensated;
  private int lettersTaken;
  private int crashes;
  private Map<String, StepState> steps = new LinkedHashMap<>();
  private Map<String, Payload> branchData = new LinkedHashMap<>();
  private Map<String, List<Payload>> signals = new LinkedHashMap<>();
  private Map<String, String> awaited = new LinkedHashMap<>();
  // Of steps whose reply is being taken, or waits for it.
  private Map<String, SagaEvent.ReplyReceived> replies = new LinkedHashMap<>();
  private List<String> completed = new ArrayList<>();
  // By a person, though they may have happened.
  private Set<String> leftOut = Set.of();

  static final SagaState EMPTY = new SagaState();

  private SagaState() {}

  private SagaState(SagaState from) {
    this.phase = from.phase;
    this.data = from.data;
    this.deadline = from.deadline;
    this.trace = from.trace;
    this.halted = from.halted;
    this.attention = from.attention;
    this.paused = from.paused;
    this.anyCompensated = from.anyCompensated;
    this.lettersTaken = from.lettersTaken;
    this.crashes = from.crashes;
    this.steps = new LinkedHashMap<>(from.steps);
    this.branchData =
        from.branchData.isEmpty() ? new LinkedHashMap<>() : new LinkedHashMap<>(from.branchData);
    this.signals = new LinkedHashMap<>(from.signals);
    this.awaited = new LinkedHashMap<>(from.awaited);
    this.replies = new LinkedHashMap<>(from.replies);
    this.completed = new ArrayList<>(from.completed);
    this.leftOut = new LinkedHashSet<>(from.leftOut);
  }

  /** The state after one more event. */
  SagaState apply(SagaEvent event) {
    SagaState next = new SagaState(this);
    next.take(event);
    return next;
  }

  /** The state after these events. */
  SagaState applyAll(List<SagaEvent> events) {
    SagaState next = new SagaState(this);
    events.forEach(next::take);
    return next;
  }

  private void take(SagaEvent event) {
    switch (event) {
      case SagaEvent.OfStep e -> take(e);
      case SagaEvent.OfSaga e -> take(e);
    }
  }

  private void take(SagaEvent.OfStep event) {
    switch (event) {
      case SagaEvent.Started e -> start(e);
      case SagaEvent.StepStarted e ->
          put(e.step(), of(e.step()).running(StepState.Phase.RUNNING, e.attempt()));
      case SagaEvent.StepDone e -> done(e);
      case SagaEvent.Joined e -> {
        data = e.state();
        branchData.clear();
      }
      case SagaEvent.StepSkipped e -> skipped(e);
      case SagaEvent.StepRefused e ->
          put(e.step(), of(e.step()).waiting(StepState.Phase.NOT_DONE, null, e.reason()));
      case SagaEvent.AttemptFailed e -> attemptFailed(e);
      case SagaEvent.AttemptLost e -> lost(e);
      case SagaEvent.LookUpStarted e ->
          put(e.step(), of(e.step()).running(StepState.Phase.LOOKING_UP, e.attempt()));
      case SagaEvent.StepGivenUp e -> givenUp(e);
      case SagaEvent.Sleeping e ->
          put(e.step(), of(e.step()).waiting(StepState.Phase.SLEEPING, e.until(), null));
      case SagaEvent.Awaiting e -> {
        awaited.put(e.step(), e.signal());
        put(e.step(), of(e.step()).waiting(StepState.Phase.AWAITING, e.until(), e.signal()));
      }
      case SagaEvent.SignalReceived e -> {
        lettersTaken = e.letter();
        signals.merge(e.signal(), List.of(e.payload()), SagaState::joined);
      }
      case SagaEvent.CommandSent e ->
          put(e.step(), of(e.step()).sent(StepState.Phase.AWAITING_REPLY, e.attempt(), e.until()));
      case SagaEvent.ReplyReceived e -> replied(e);
      case SagaEvent.ReplyTaken e -> put(e.step(), of(e.step()).in(StepState.Phase.TAKING_REPLY));
      case SagaEvent.ReplyUnawaited e -> lettersTaken = e.letter();
      case SagaEvent.ChildStarted e ->
          put(e.step(), of(e.step()).running(StepState.Phase.CHILD_RUNNING, e.attempt()));
      case SagaEvent.ChildAwaited e ->
          put(e.step(), of(e.step()).running(StepState.Phase.CHILD_RUNNING, e.attempt()));
      case SagaEvent.ChildReported e -> lettersTaken = e.letter();
    }
  }

  private void take(SagaEvent.OfSaga event) {
    switch (event) {
      case SagaEvent.Halted e -> {
        phase = Phase.HALTING;
        halted = e;
        attention = null;
      }
      case SagaEvent.CompensationBegan e -> phase = Phase.COMPENSATING;
      case SagaEvent.CompensationStarted e ->
          put(
              e.step(),
              compensating(e.step()).running(StepState.Phase.COMPENSATION_RUNNING, e.attempt()));
      case SagaEvent.CompensationSent e ->
          put(
              e.step(),
              of(e.step())
                  .sent(StepState.Phase.COMPENSATION_AWAITING_REPLY, e.attempt(), e.until()));
      case SagaEvent.CompensationDone e -> {
        anyCompensated = true;
        crashes = 0;
        put(e.step(), of(e.step()).in(StepState.Phase.COMPENSATED));
      }
      case SagaEvent.CompensationFailed e -> undoFailed(e);
      case SagaEvent.CompensationSkipped e -> {
        attention = null;
        put(e.step(), of(e.step()).in(StepState.Phase.UNCOMPENSATED));
      }
      case SagaEvent.AttentionNeeded e -> park(e);
      case SagaEvent.VerbApplied e -> verb(e);
      case SagaEvent.LetterRefused e -> lettersTaken = e.letter();
      case SagaEvent.TakenOver e -> crashes++;
      case SagaEvent.HandedOver e -> {}
      case SagaEvent.Completed e -> phase = Phase.COMPLETED;
      case SagaEvent.Compensated e -> phase = Phase.COMPENSATED;
    }
  }

  private void start(SagaEvent.Started event) {
    phase = Phase.FORWARD;
    data = event.input();
    deadline = event.deadline();
    trace = event.trace();
  }

  private void done(SagaEvent.StepDone event) {
    crashes = 0;
    put(event.step(), of(event.step()).done(event.attempt()));
    completed.add(event.step());
    consumeSignal(awaited.remove(event.step()));
    Payload state = event.state();
    if (state == null) {
      return;
    }
    if (event.branch() == null) {
      data = state;
    } else {
      branchData.put(event.branch(), state);
    }
  }

  /** What may have happened before it was skipped is compensated if the saga turns back. */
  private void skipped(SagaEvent.StepSkipped event) {
    put(event.step(), of(event.step()).in(StepState.Phase.SKIPPED));
    if (event.maybeDone()) {
      completed.add(event.step());
      leftOut.add(event.step());
    }
  }

  private void consumeSignal(@Nullable String signal) {
    if (signal != null) {
      signals.computeIfPresent(
          signal, (name, queue) -> queue.size() <= 1 ? null : queue.subList(1, queue.size()));
    }
  }

  private static List<Payload> joined(List<Payload> queue, List<Payload> more) {
    List<Payload> all = new ArrayList<>(queue);
    all.addAll(more);
    return List.copyOf(all);
  }

  private void attemptFailed(SagaEvent.AttemptFailed event) {
    put(
        event.step(),
        of(event.step())
            .failed(
                StepState.Phase.RETRY_WAITING,
                event.at(),
                event.retryAt(),
                event.mayBeDone(),
                event.message()));
  }

  /** Whoever the step waited for, it has its answer. */
  private void replied(SagaEvent.ReplyReceived event) {
    lettersTaken = event.letter();
    if (attention != null && event.step().equals(attention.step())) {
      attention = null;
    }
    if (!event.compensating()) {
      replies.put(event.step(), event);
      put(event.step(), of(event.step()).replied());
    }
  }

  private void lost(SagaEvent.AttemptLost event) {
    if (replies.containsKey(event.step())) {
      put(event.step(), of(event.step()).in(StepState.Phase.REPLIED));
      return;
    }
    String why = "the worker was lost during attempt " + event.attempt();
    put(event.step(), of(event.step()).lost(event.mayBeDone(), why));
  }

  private void undoFailed(SagaEvent.CompensationFailed event) {
    StepState now = of(event.step());
    StepState failed =
        now.failed(
            StepState.Phase.COMPENSATION_WAITING,
            event.at(),
            event.retryAt(),
            now.maybeDone(),
            event.message());
    boolean inDoubt = event.kind() == FailureKind.UNKNOWN || event.kind() == FailureKind.UNEXPECTED;
    put(event.step(), inDoubt ? failed.undoInDoubt() : failed);
  }

  private void givenUp(SagaEvent.StepGivenUp event) {
    StepState.Phase end = event.maybeDone() ? StepState.Phase.MAYBE_DONE : StepState.Phase.NOT_DONE;
    put(event.step(), of(event.step()).givenUp(end, event.maybeDone(), event.reason()));
    if (event.maybeDone()) {
      completed.add(event.step());
    }
  }

  private void park(SagaEvent.AttentionNeeded event) {
    attention = event;
    if (event.step() != null) {
      StepState now = of(event.step());
      StepState.Phase parked =
          now.goingBack() ? StepState.Phase.COMPENSATION_PARKED : StepState.Phase.PARKED;
      put(event.step(), now.waiting(parked, null, event.reason()));
    }
  }

  private StepState compensating(String step) {
    StepState now = of(step);
    return switch (now.phase()) {
      case DONE, MAYBE_DONE, SKIPPED -> now.turned();
      default -> now;
    };
  }

  private void verb(SagaEvent.VerbApplied event) {
    lettersTaken = event.letter();
    switch (event.verb()) {
      case RETRY -> {
        attention = null;
        retryNow(event.step());
      }
      case SKIP, SUPPLY -> attention = null;
      case FORWARD -> forward();
      case PAUSE -> paused = true;
      case RESUME -> paused = false;
      case CANCEL -> {}
    }
  }

  private void retryNow(@Nullable String step) {
    crashes = 0;
    if (step == null) {
      return;
    }
    StepState now = of(step);
    boolean never = now.attempts() == 0;
    put(
        step,
        now.anew(
            now.goingBack()
                ? StepState.Phase.COMPENSATION_WAITING
                : never ? StepState.Phase.FRESH : StepState.Phase.RETRY_WAITING));
  }

  /** Back to going forward: what was given up is begun anew, what is done stays done. */
  private void forward() {
    attention = null;
    halted = null;
    deadline = null;
    crashes = 0;
    phase = Phase.FORWARD;
    for (Map.Entry<String, StepState> entry : steps.entrySet()) {
      switch (entry.getValue().phase()) {
        case NOT_DONE -> entry.setValue(entry.getValue().anew(StepState.Phase.FRESH));
        case MAYBE_DONE -> entry.setValue(again(entry.getKey(), entry.getValue()));
        case COMPENSATION_RUNNING, COMPENSATION_WAITING, COMPENSATION_PARKED, UNCOMPENSATED ->
            entry.setValue(
                leftOut.contains(entry.getKey())
                    ? entry.getValue().anew(StepState.Phase.SKIPPED)
                    : entry.getValue().maybeDone()
                        ? again(entry.getKey(), entry.getValue())
                        : entry.getValue().anew(StepState.Phase.DONE));
        default -> {}
      }
    }
  }

  /** What only may be done is done once more, with the same key. */
  private StepState again(String step, StepState now) {
    completed.remove(step);
    return now.anew(StepState.Phase.RETRY_WAITING);
  }

  private void put(String step, StepState state) {
    steps.put(step, state);
    if (state.phase() != StepState.Phase.REPLIED && state.phase() != StepState.Phase.TAKING_REPLY) {
      replies.remove(step);
    }
  }

  StepState of(String step) {
    return steps.getOrDefault(step, StepState.FRESH);
  }

  Phase phase() {
    return phase;
  }

  Payload data() {
    return Objects.requireNonNull(data, "a saga without a Started event");
  }

  /** The state that a step of that branch sees; null for a step outside parallel branches. */
  Payload dataIn(@Nullable String branch) {
    Payload own = branch == null ? null : branchData.get(branch);
    return own == null ? data() : own;
  }

  Map<String, Payload> branchData() {
    return branchData;
  }

  @Nullable Instant deadline() {
    return deadline;
  }

  @Nullable String trace() {
    return trace;
  }

  SagaEvent.@Nullable Halted halted() {
    return halted;
  }

  SagaEvent.@Nullable AttentionNeeded attention() {
    return attention;
  }

  boolean paused() {
    return paused;
  }

  boolean anyCompensated() {
    return anyCompensated;
  }

  int lettersTaken() {
    return lettersTaken;
  }

  int crashes() {
    return crashes;
  }

  Map<String, StepState> steps() {
    return steps;
  }

  /** The oldest signal of that name that no step has taken, or null. */
  @Nullable Payload signal(String name) {
    List<Payload> queue = signals.get(name);
    return queue == null ? null : queue.get(0);
  }

  /** The reply of a step that has one which is not taken. */
  SagaEvent.ReplyReceived reply(String step) {
    return Objects.requireNonNull(replies.get(step), "a step without a reply");
  }

  /** The steps that took effect or may have, in the order in which that became known. */
  List<String> completed() {
    return completed;
  }

  boolean isFinal() {
    return phase == Phase.COMPLETED || phase == Phase.COMPENSATED;
  }

  boolean inFlight() {
    return steps.values().stream().anyMatch(StepState::inFlight);
  }

  Status status() {
    if (attention != null && !isFinal()) {
      return Status.NEEDS_ATTENTION;
    }
    return switch (phase) {
      case NEW -> Status.PENDING;
      case FORWARD -> Status.RUNNING;
      case HALTING, COMPENSATING -> Status.COMPENSATING;
      case COMPLETED -> Status.COMPLETED;
      case COMPENSATED -> Status.COMPENSATED;
    };
  }

  private List<Object> parts() {
    return java.util.Arrays.asList(
        phase,
        data,
        deadline,
        halted,
        attention,
        paused,
        anyCompensated,
        lettersTaken,
        crashes,
        steps,
        branchData,
        signals,
        awaited,
        replies,
        completed,
        leftOut);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SagaState that && parts().equals(that.parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  @Override
  public String toString() {
    return parts().toString();
  }
}
