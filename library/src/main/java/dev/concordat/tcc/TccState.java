package dev.concordat.tcc;

import dev.concordat.core.Status;
import dev.concordat.tcc.TccBranchState.Phase;
import dev.concordat.tcc.TccStimulus.Asking;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the events of one instance fold to. Needs no definition, so that anybody can fold a journal.
 * Immutable once published: {@link #apply} gives a new state.
 */
final class TccState {

  static final TccState EMPTY = new TccState();

  private TccEvent.@Nullable Accepted accepted;
  private TccEvent.@Nullable Decided decided;
  private TccEvent.@Nullable AttentionNeeded attention;
  private boolean ended;
  private boolean paused;
  private int lettersTaken;
  private int crashes;
  private Map<String, TccBranchState> branches = new LinkedHashMap<>();

  private TccState() {}

  private TccState(TccState from) {
    this.accepted = from.accepted;
    this.decided = from.decided;
    this.attention = from.attention;
    this.ended = from.ended;
    this.paused = from.paused;
    this.lettersTaken = from.lettersTaken;
    this.crashes = from.crashes;
    this.branches = new LinkedHashMap<>(from.branches);
  }

  /** The state after one more event. */
  TccState apply(TccEvent event) {
    return applyAll(List.of(event));
  }

  /** The state after these events. */
  TccState applyAll(List<TccEvent> events) {
    TccState next = new TccState(this);
    events.forEach(next::take);
    return next;
  }

  private void take(TccEvent event) {
    switch (event) {
      case TccEvent.Accepted e -> {
        accepted = e;
        e.branches().forEach(branch -> branches.put(branch.name(), TccBranchState.FRESH));
      }
      case TccEvent.Sent e ->
          change(e.branch(), b -> b.asked(underWay(e.operation()), e.attempt()));
      case TccEvent.Done e -> {
        crashes = 0;
        change(e.branch(), b -> b.done(e.operation(), e.result()));
      }
      case TccEvent.Refused e ->
          change(e.branch(), b -> b.waiting(Phase.REFUSED, null, e.reason()));
      case TccEvent.Failed e ->
          change(
              e.branch(), b -> b.failed(waiting(e.operation()), e.at(), e.retryAt(), e.message()));
      case TccEvent.Lost e ->
          change(
              e.branch(),
              b ->
                  b.waiting(
                      waiting(e.operation()),
                      null,
                      "the worker was lost during attempt " + e.attempt()));
      case TccEvent.Decided e -> decide(e);
      case TccEvent.Contradicted e ->
          change(e.branch(), b -> b.waiting(Phase.PARKED, null, e.reason()));
      case TccEvent.AttentionNeeded e -> park(e);
      case TccEvent.Settled e -> change(e.branch(), b -> b.in(Phase.SETTLED));
      case TccEvent.VerbApplied e -> verb(e);
      case TccEvent.LetterRefused e -> lettersTaken = e.letter();
      case TccEvent.TakenOver e -> crashes++;
      case TccEvent.HandedOver e -> {}
      case TccEvent.Confirmed e -> ended = true;
      case TccEvent.Cancelled e -> ended = true;
    }
  }

  private static Phase underWay(TccOperation operation) {
    return operation == TccOperation.TRY ? Phase.TRYING : Phase.TELLING;
  }

  private static Phase waiting(TccOperation operation) {
    return operation == TccOperation.TRY ? Phase.TRY_WAITING : Phase.TELL_WAITING;
  }

  private void change(String branch, UnaryOperator<TccBranchState> how) {
    branches.put(branch, how.apply(of(branch)));
  }

  /**
   * A participant that was asked to try is cancelled whatever it answered, since its request may
   * come once more. What was not committed with the journal is certainly not there.
   */
  private void decide(TccEvent.Decided event) {
    decided = event;
    branches.replaceAll((name, branch) -> {
      boolean held = branch.phase() == Phase.TRIED;
      boolean maybe = branch.phase() != Phase.FRESH && !isLocal(name);
      return branch.turned(held || maybe ? Phase.UNTOLD : Phase.UNTRIED);
    });
  }

  private void park(TccEvent.AttentionNeeded event) {
    if (event.branch() == null) {
      attention = event;
    } else {
      change(event.branch(), b -> b.waiting(Phase.PARKED, null, event.reason()));
    }
  }

  private void verb(TccEvent.VerbApplied event) {
    lettersTaken = event.letter();
    switch (event.verb()) {
      case RETRY -> {
        goOn();
        branches.replaceAll((name, branch) -> again(branch));
      }
      case CANCEL -> goOn();
      case PAUSE -> paused = true;
      case RESUME -> paused = false;
      case SKIP, SUPPLY, FORWARD -> {}
    }
  }

  private void goOn() {
    attention = null;
    crashes = 0;
  }

  private static TccBranchState again(TccBranchState branch) {
    return switch (branch.phase()) {
      case TRY_WAITING -> branch.anew(Phase.TRY_WAITING);
      case TELL_WAITING, PARKED -> branch.anew(Phase.TELL_WAITING);
      default -> branch;
    };
  }

  TccBranchState of(String branch) {
    return branches.getOrDefault(branch, TccBranchState.FRESH);
  }

  Map<String, TccBranchState> branches() {
    return branches;
  }

  boolean isNew() {
    return accepted == null;
  }

  /** How it was accepted. Only of one that was. */
  TccEvent.Accepted accepted() {
    return Objects.requireNonNull(accepted, "a transaction without its acceptance");
  }

  UUID transaction() {
    return accepted().transaction();
  }

  Instant deadline() {
    return accepted().deadline();
  }

  /** What the participant is told; null for a local branch. */
  @Nullable String body(String branch) {
    for (TccEvent.Branch each : accepted().branches()) {
      if (each.name().equals(branch)) {
        return each.body();
      }
    }
    return null;
  }

  private boolean isLocal(String branch) {
    return body(branch) == null;
  }

  TccEvent.@Nullable Decided decided() {
    return decided;
  }

  /** What was decided, or TRY while nothing is. */
  TccOperation operation() {
    return decided == null ? TccOperation.TRY : decided.decision();
  }

  /** Why nothing goes on until a person has looked, or null. */
  TccEvent.@Nullable AttentionNeeded attention() {
    return attention;
  }

  /** The branches that wait for a person, in order. */
  List<String> parked() {
    return branches.keySet().stream().filter(b -> of(b).phase() == Phase.PARKED).toList();
  }

  boolean needsAttention() {
    return !ended && (attention != null || !parked().isEmpty());
  }

  /** What a person must look at, in words; null if nothing. */
  @Nullable String trouble() {
    if (!needsAttention()) {
      return null;
    }
    String parked =
        parked().stream()
            .map(name -> "'" + name + "': " + of(name).note())
            .collect(Collectors.joining("; "));
    return attention == null
        ? parked
        : attention.reason() + (parked.isEmpty() ? "" : "; " + parked);
  }

  boolean paused() {
    return paused;
  }

  int lettersTaken() {
    return lettersTaken;
  }

  int crashes() {
    return crashes;
  }

  boolean isFinal() {
    return ended;
  }

  boolean inFlight() {
    return branches.values().stream().anyMatch(TccBranchState::inFlight);
  }

  /** Whatever is under way. */
  Set<Asking> asking() {
    Set<Asking> asking = new HashSet<>();
    branches.forEach((name, branch) -> {
      if (branch.inFlight()) {
        asking.add(new Asking(operation(), name, branch.attempts()));
      }
    });
    return asking;
  }

  /** Whether that very attempt is under way. */
  boolean isAsking(TccOperation operation, String branch, int attempt) {
    TccBranchState now = of(branch);
    return now.inFlight() && operation() == operation && now.attempts() == attempt;
  }

  Status status() {
    if (needsAttention()) {
      return Status.NEEDS_ATTENTION;
    }
    if (isNew()) {
      return Status.PENDING;
    }
    return switch (operation()) {
      case TRY -> Status.RUNNING;
      case CONFIRM -> ended ? Status.COMPLETED : Status.RUNNING;
      case CANCEL -> ended ? Status.COMPENSATED : Status.COMPENSATING;
    };
  }

  private List<Object> parts() {
    return Arrays.asList(
        accepted, decided, attention, ended, paused, lettersTaken, crashes, branches);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TccState that && parts().equals(that.parts());
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
