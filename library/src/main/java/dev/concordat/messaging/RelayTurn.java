package dev.concordat.messaging;

import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.RelayStimulus.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One decision of the {@link RelayMachine} in the making. */
final class RelayTurn {

  private static final int UNKNOWN = -2;

  private final RelayPlan plan;
  private final RelayState before;
  private final Instant now;
  private final List<RelayAction> actions = new ArrayList<>();
  private final List<Slot> window;
  private ParkedKeys parked;
  private final Map<Long, Revival> revived;
  private final Set<MessageKey> newlyParked = new HashSet<>();
  private Cursor durable;
  private Cursor frontier;
  private int failures;
  private @Nullable Instant backoff;
  private Instant checkpointAt;
  private Instant dueAt;
  private boolean othersFirst;
  private boolean lost;
  private boolean changed;
  private int lastDone = UNKNOWN;

  RelayTurn(RelayPlan plan, RelayState state, Instant now) {
    this.plan = plan;
    this.before = state;
    this.now = now;
    this.window = new ArrayList<>(state.window());
    this.parked = state.parked();
    this.revived = new TreeMap<>(state.revived());
    this.durable = state.durable();
    this.frontier = state.frontier();
    this.failures = state.failures();
    this.backoff = state.backoff();
    this.checkpointAt = state.checkpointAt();
    this.dueAt = state.dueAt();
    this.othersFirst = state.othersFirst();
    this.lost = state.lost();
  }

  /** Whoever decides that nothing changes gets the very same state. */
  RelayDecision decision() {
    return new RelayDecision(changed ? after() : before, lost ? List.of() : actions);
  }

  private RelayState after() {
    return new RelayState(
        durable,
        frontier,
        window,
        parked,
        revived,
        failures,
        backoff,
        checkpointAt,
        dueAt,
        othersFirst,
        lost);
  }

  void act(RelayAction action) {
    actions.add(action);
  }

  boolean hasRoom() {
    return window.size() + plan.page().messages() <= plan.window().messages()
        && bytesOfWindow() + plan.page().bytes() <= plan.window().bytes();
  }

  private long bytesOfWindow() {
    long size = 0;
    for (Slot slot : window) {
      size += slot.message().payload().length();
    }
    return size;
  }

  boolean isBackingOff() {
    return backoff != null && now.isBefore(backoff);
  }

  void lose() {
    changed = true;
    lost = true;
  }

  void ticked(long tick) {
    if (frontier.rests() && tick > frontier.to()) {
      frontier = frontier.towards(tick);
      changed = true;
    } else if (othersFirst) {
      othersFirst = false;
      changed = true;
    }
  }

  /** Less than was asked for means that the tick is read to its end. */
  void read(List<StoredMessage> messages, Portion asked) {
    changed = true;
    othersFirst = false;
    for (StoredMessage message : messages) {
      frontier = frontier.at(message.position());
      window.add(placed(Slot.read(frontier, message)));
    }
    if (!asked.isFilledBy(messages)) {
      frontier = Cursor.past(frontier.to());
    }
  }

  private Slot placed(Slot slot) {
    Instant notBefore = slot.message().notBefore();
    if (notBefore != null && notBefore.isAfter(now)) {
      return slot.parked(new Parking(slot.message(), Parking.State.DELAYED, null, notBefore));
    }
    MessageKey key = slot.key();
    return key != null && parked.contains(key) ? behind(slot) : slot;
  }

  private static Slot behind(Slot slot) {
    return slot.parked(new Parking(slot.message(), Parking.State.BEHIND, null, null));
  }

  void answered(List<Answer> answers, double random) {
    Map<Long, Answer> byPosition = new HashMap<>();
    answers.forEach(answer -> byPosition.put(answer.position(), answer));
    boolean unavailable = false;
    for (int i = 0; i < window.size() && !byPosition.isEmpty(); i++) {
      Slot slot = window.get(i);
      Answer answer = byPosition.remove(slot.position());
      if (answer != null && slot.phase() == Slot.Phase.SENT) {
        window.set(i, answered(i, answer, random));
        changed = true;
        unavailable |= note(answer);
      }
    }
    for (Answer answer : byPosition.values()) {
      Revival revival = revived.get(answer.position());
      if (revival != null && revival.phase() == Revival.Phase.SENT) {
        revived.put(answer.position(), answered(revival, answer, random));
        changed = true;
        unavailable |= note(answer) && !revival.wasHeld();
      }
    }
    if (unavailable && !isBackingOff()) {
      backOff(random);
    }
    if (changed) {
      parkFollowers();
    }
  }

  /** Whether the other side cannot take anything; if it took something, it is well again. */
  private boolean note(Answer answer) {
    if (answer.outcome() == RelayStimulus.Outcome.DELIVERED) {
      failures = 0;
    }
    return answer.outcome() == RelayStimulus.Outcome.UNAVAILABLE;
  }

  private void backOff(double random) {
    failures++;
    backoff = afterwards(failures, random);
  }

  private Instant afterwards(int tries, double random) {
    return now.plus(plan.retry().delay(tries, Duration.ZERO, random).orElse(plan.retry().cap()));
  }

  private Slot answered(int i, Answer answer, double random) {
    Slot slot = window.get(i);
    return switch (answer.outcome()) {
      case DELIVERED -> slot.in(Slot.Phase.DONE);
      case UNAVAILABLE -> {
        Slot failed = slot.failed();
        yield failed.failures() >= plan.holdAfter() && i < lastDone()
            ? parkedWithItsKey(failed, held(failed.message(), failed.failures(), answer, random))
            : failed;
      }
      case REJECTED ->
          parkedWithItsKey(
              slot, new Parking(slot.message(), Parking.State.PARKED, answer.reason(), null));
    };
  }

  private Slot parkedWithItsKey(Slot slot, Parking how) {
    MessageKey key = slot.key();
    if (key != null) {
      newlyParked.add(key);
    }
    return slot.parked(how);
  }

  private Parking held(StoredMessage message, int failed, Answer answer, double random) {
    Instant again = afterwards(failed, random);
    return new Parking(message, Parking.State.HELD, answer.reason(), again);
  }

  /** Where the last message of the window that was delivered before these answers is. */
  private int lastDone() {
    if (lastDone == UNKNOWN) {
      lastDone = window.size() - 1;
      while (lastDone >= 0 && window.get(lastDone).phase() != Slot.Phase.DONE) {
        lastDone--;
      }
    }
    return lastDone;
  }

  private Revival answered(Revival revival, Answer answer, double random) {
    return switch (answer.outcome()) {
      case DELIVERED -> revival.in(Revival.Phase.SETTLING);
      case UNAVAILABLE ->
          revival.reparking(held(revival.message(), revival.due().attempts() + 1, answer, random));
      case REJECTED ->
          revival.reparking(
              new Parking(revival.message(), Parking.State.PARKED, answer.reason(), null));
    };
  }

  /** What waits in the window behind a message that is parked is parked too. */
  private void parkFollowers() {
    parked = parked.with(newlyParked);
    if (parked.isEmpty()) {
      return;
    }
    for (int i = 0; i < window.size(); i++) {
      Slot slot = window.get(i);
      MessageKey key = slot.key();
      if (slot.phase() == Slot.Phase.WAITING && key != null && parked.contains(key)) {
        window.set(i, behind(slot));
      }
    }
  }

  void checkpointed(RelayAction.Checkpoint done) {
    changed = true;
    durable = done.cursor();
    window.subList(0, done.settled()).clear();
    checkpointAt = now.plus(plan.checkpointEvery());
  }

  /**
   * As much as was asked for means that there may be more. Others are read in between, however long
   * a page takes: else thousands that are due at once would keep them waiting.
   */
  void dueFound(RelayStimulus.DueFound found) {
    changed = true;
    for (DueMessage one : found.due()) {
      revived.putIfAbsent(one.message().position(), Revival.of(one));
    }
    dueAt = found.isAll() ? now.plus(plan.dueEvery()) : now;
    othersFirst = !found.due().isEmpty();
  }

  /** If nothing of a key is parked in the store, what waits only here may go. */
  void settled(List<StoredMessage> messages, Set<MessageKey> free) {
    changed = true;
    for (StoredMessage message : messages) {
      revived.remove(message.position());
      if (MessageKey.of(message) != null) {
        // The next of its key is due by now.
        dueAt = now;
      }
    }
    parked = parked.without(free);
    for (int i = 0; i < window.size() && !free.isEmpty(); i++) {
      Slot slot = window.get(i);
      if (slot.phase() == Slot.Phase.PARKING && slot.key() != null && free.contains(slot.key())) {
        window.set(i, slot.in(Slot.Phase.WAITING));
      }
    }
  }

  void reparked(List<Parking> parkings) {
    changed = true;
    parkings.forEach(parking -> revived.remove(parking.message().position()));
  }

  /** Sends what may go: never two messages of one key at the same time. */
  void send() {
    if (isBackingOff()) {
      return;
    }
    changed |= backoff != null;
    backoff = null;
    List<StoredMessage> ready = readyOfWindow();
    revived.replaceAll((position, revival) -> {
      if (revival.phase() != Revival.Phase.WAITING) {
        return revival;
      }
      ready.add(revival.message());
      return revival.in(Revival.Phase.SENT);
    });
    if (!ready.isEmpty()) {
      changed = true;
      actions.add(new RelayAction.Send(ready));
    }
  }

  private List<StoredMessage> readyOfWindow() {
    List<StoredMessage> ready = new ArrayList<>();
    // As a rule all is under way already, and looking at every key is what costs.
    if (window.stream().noneMatch(slot -> slot.phase() == Slot.Phase.WAITING)) {
      return ready;
    }
    Set<MessageKey> busy = new HashSet<>();
    for (int i = 0; i < window.size(); i++) {
      Slot slot = window.get(i);
      MessageKey key = slot.key();
      boolean first = slot.isSettled() || key == null || busy.add(key);
      if (slot.phase() == Slot.Phase.WAITING && first) {
        window.set(i, slot.in(Slot.Phase.SENT));
        ready.add(slot.message());
      }
    }
    return ready;
  }

  /**
   * The next thing to be asked of the store, if there is one. One at a time, and never for long.
   */
  void look() {
    RelayAction revival = revival();
    if (revival != null) {
      act(revival);
      return;
    }
    RelayAction.Checkpoint checkpoint = checkpoint();
    if (checkpoint != null) {
      act(checkpoint);
    } else if (looksForDue()) {
      act(new RelayAction.LookForDue(plan.page()));
    } else if (hasRoom()) {
      act(
          frontier.rests()
              ? new RelayAction.AskTick()
              : new RelayAction.ReadPage(frontier, plan.page()));
    }
  }

  private boolean looksForDue() {
    return !now.isBefore(dueAt) && hasRoomForDue() && !(othersFirst && hasRoom());
  }

  /** What is being tried again is found again: not while that is most of what is read. */
  private boolean hasRoomForDue() {
    List<StoredMessage> tried = revived.values().stream().map(Revival::message).toList();
    return tried.size() < plan.page().messages() && Portion.bytes(tried) <= plan.page().bytes() / 2;
  }

  private @Nullable RelayAction revival() {
    List<StoredMessage> gone = new ArrayList<>();
    List<Parking> again = new ArrayList<>();
    for (Revival revival : revived.values()) {
      if (revival.phase() == Revival.Phase.SETTLING) {
        gone.add(revival.message());
      } else if (revival.parking() != null) {
        again.add(revival.parking());
      }
    }
    if (!gone.isEmpty()) {
      return new RelayAction.Settle(gone);
    }
    return again.isEmpty() ? null : new RelayAction.Repark(again);
  }

  private RelayAction.@Nullable Checkpoint checkpoint() {
    int settled = 0;
    Cursor cursor = durable;
    List<Parking> parkings = new ArrayList<>();
    while (settled < window.size() && window.get(settled).isSettled()) {
      Slot slot = window.get(settled);
      cursor = slot.at();
      if (slot.parking() != null) {
        parkings.add(slot.parking());
      }
      settled++;
    }
    if (settled == window.size()) {
      cursor = frontier;
    }
    boolean early = now.isBefore(checkpointAt) && (hasRoom() || settled == 0);
    return cursor.equals(durable) || early
        ? null
        : new RelayAction.Checkpoint(cursor, parkings, settled);
  }
}
