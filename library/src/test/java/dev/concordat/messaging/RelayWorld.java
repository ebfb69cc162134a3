package dev.concordat.messaging;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.RelayStimulus.Answer;
import dev.concordat.messaging.RelayStimulus.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A relay, its store and its sink as values, with every step that can come next. Messages of one
 * key commit in order, others in any.
 *
 * @param visible the positions of committed messages
 * @param ticks what each tick shows
 * @param cursor what the store has noted
 * @param parked what the store has parked, by position
 * @param relay the relay's state in memory
 * @param sent what the sink has not answered yet
 * @param delivered what has arrived
 * @param setting what there is to be relayed, and how
 * @param told the steps so far, for people; not part of what makes worlds equal
 */
record RelayWorld(
    Set<Long> visible,
    List<Set<Long>> ticks,
    Cursor cursor,
    Map<Long, Parking> parked,
    RelayState relay,
    Set<Long> sent,
    Set<Long> delivered,
    Budget budget,
    Setting setting,
    List<String> told) {

  /** The topic that takes nothing. */
  static final String DOWN = "down";

  /**
   * What there is to be relayed, at positions from 1 on, how much of it is kept in memory, and
   * after how many failures it is held; 0 for never, so that worlds do not differ by the number.
   */
  record Setting(Portion window, Portion page, int holdAfter, List<StoredMessage> messages) {

    RelayPlan plan() {
      RetryPolicy retry = RetryPolicy.exponential(Duration.ofSeconds(1)).unlimited();
      int holds = holdAfter == 0 ? Integer.MAX_VALUE : holdAfter;
      return new RelayPlan(window, page, Duration.ZERO, Duration.ofSeconds(1), holds, retry);
    }

    StoredMessage message(long position) {
      return messages.get(Math.toIntExact(position - 1));
    }
  }

  /** How often each kind of trouble may still happen. */
  record Budget(int crashes, int rejections, int outages, int replays) {}

  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  static final Instant LATER = NOW.plusSeconds(1);

  private static final Portion FOUR = new Portion(4, 4 * Portion.BYTES);
  private static final Portion TWO = new Portion(2, 2 * Portion.BYTES);

  /** Four messages of two keys. */
  static final Setting PLAIN =
      new Setting(
          FOUR,
          TWO,
          0,
          List.of(message(1, "a"), message(2, "b"), message(3, "a"), message(4, "a")));

  /** One of the key leaves later than the others. */
  static final Setting DELAYED =
      new Setting(FOUR, TWO, 0, List.of(message(1, "a"), delayed(2, "a"), message(3, "a")));

  /** More than are kept in memory, and one topic takes nothing. */
  static final Setting ONE_IS_DOWN =
      new Setting(
          TWO,
          Portion.of(1),
          2,
          List.of(message(1, "a"), of(DOWN, 2, "b", null), message(3, "a"), message(4, "c")));

  /** The same, of two bytes each, where bytes and not their number say how many are read. */
  static final Setting HEAVY =
      new Setting(new Portion(40, 8), new Portion(20, 3), 0, PLAIN.messages());

  private static StoredMessage message(long position, String key) {
    return of("topic", position, key, null);
  }

  private static StoredMessage delayed(long position, String key) {
    return of("topic", position, key, LATER);
  }

  private static StoredMessage of(
      String topic, long position, String key, @Nullable Instant notBefore) {
    return new StoredMessage(
        position,
        NOW,
        new UUID(0, position),
        topic,
        key,
        "T",
        Map.of(),
        Bytes.utf8("m" + position),
        notBefore);
  }

  static RelayWorld begin(Setting setting, Budget budget) {
    return new RelayWorld(
        Set.of(),
        List.of(Set.of()),
        Cursor.START,
        Map.of(),
        RelayState.claimed(Cursor.START, Set.of()),
        Set.of(),
        Set.of(),
        budget,
        setting,
        List.of());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RelayWorld that && parts().equals(that.parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  private List<Object> parts() {
    return List.of(visible, ticks, cursor, parked, relay, sent, delivered, budget, setting);
  }

  /** Everything that can happen next. */
  List<RelayWorld> next(UnaryOperator<RelayDecision> bug) {
    List<RelayWorld> all = new ArrayList<>();
    for (StoredMessage message : setting.messages()) {
      if (mayCommit(message)) {
        all.add(
            new Draft(this, "commit " + message.position()).committed(message.position()).end());
      }
    }
    all.add(new Draft(this, "look").take(new RelayStimulus.Look(NOW), bug).end());
    all.add(new Draft(this, "time passes").later().end());
    for (long position : sent) {
      if (isDown(position)) {
        all.add(answer(position, Outcome.UNAVAILABLE, budget, bug));
        continue;
      }
      all.add(answer(position, Outcome.DELIVERED, budget, bug));
      if (budget.rejections() > 0) {
        all.add(answer(position, Outcome.REJECTED, less(0, 1, 0, 0), bug));
      }
      if (budget.outages() > 0) {
        all.add(answer(position, Outcome.UNAVAILABLE, less(0, 0, 1, 0), bug));
      }
    }
    if (budget.crashes() > 0) {
      all.add(new Draft(this, "crash").crash().with(less(1, 0, 0, 0)).end());
    }
    if (budget.replays() > 0) {
      parked.forEach((position, parking) -> {
        if (parking.state() == Parking.State.PARKED) {
          all.add(new Draft(this, "replay " + position).due(position).with(less(0, 0, 0, 1)).end());
        }
      });
    }
    return all;
  }

  private boolean isDown(long position) {
    return setting.message(position).topic().equals(DOWN);
  }

  private boolean mayCommit(StoredMessage message) {
    return !visible.contains(message.position())
        && setting.messages().stream()
            .filter(other -> other.position() < message.position())
            .filter(other -> Objects.equals(other.key(), message.key()))
            .allMatch(other -> visible.contains(other.position()));
  }

  private RelayWorld answer(
      long position, Outcome outcome, Budget left, UnaryOperator<RelayDecision> bug) {
    return new Draft(this, outcome + " " + position)
        .answered(position, outcome, bug)
        .with(left)
        .end();
  }

  private Budget less(int crashes, int rejections, int outages, int replays) {
    return new Budget(
        budget.crashes() - crashes,
        budget.rejections() - rejections,
        budget.outages() - outages,
        budget.replays() - replays);
  }

  /** Which law is broken, if one is. */
  Optional<String> broken() {
    for (long position : delivered) {
      for (StoredMessage other : setting.messages()) {
        boolean before = other.position() < position && isOneKey(other, setting.message(position));
        if (before && !delivered.contains(other.position())) {
          return Optional.of(position + " has arrived before " + other.position());
        }
      }
    }
    for (long position : passed()) {
      if (!delivered.contains(position) && !parked.containsKey(position)) {
        return Optional.of(position + " is behind the checkpoint and nowhere else");
      }
    }
    return parked.values().stream()
        .filter(parking -> parking.state() == Parking.State.BEHIND && parking.due() == null)
        .map(Parking::message)
        .filter(message ->
            parked.values().stream()
                .map(Parking::message)
                .noneMatch(o -> o.position() < message.position() && isOneKey(o, message)))
        .findFirst()
        .map(message -> message.position() + " waits behind nothing");
  }

  private static boolean isOneKey(StoredMessage one, StoredMessage other) {
    MessageKey key = MessageKey.of(one);
    return key != null && key.equals(MessageKey.of(other));
  }

  private Set<Long> passed() {
    Set<Long> from = ticks.get(Math.toIntExact(cursor.from()));
    Set<Long> to = ticks.get(Math.toIntExact(cursor.to()));
    Set<Long> passed = new TreeSet<>(from);
    to.stream().filter(p -> p <= cursor.position()).forEach(passed::add);
    return passed;
  }

  /** Whether everything committed has arrived or waits for a person. */
  boolean isDone() {
    return visible.size() == setting.messages().size()
        && visible.stream()
            .allMatch(p -> isDown(p) || delivered.contains(p) || parked.containsKey(p));
  }

  /** The next world in the making. */
  private static final class Draft {
    private final RelayWorld from;
    private final List<String> told;
    private Set<Long> visible;
    private List<Set<Long>> ticks;
    private Cursor cursor;
    private final TreeMap<Long, Parking> parked;
    private RelayState relay;
    private final Set<Long> sent;
    private final Set<Long> delivered;
    private Budget budget;

    Draft(RelayWorld from, String step) {
      this.from = from;
      this.told = new ArrayList<>(from.told());
      this.told.add(step);
      this.visible = from.visible();
      this.ticks = from.ticks();
      this.cursor = from.cursor();
      this.parked = new TreeMap<>(from.parked());
      this.relay = from.relay();
      this.sent = new TreeSet<>(from.sent());
      this.delivered = new TreeSet<>(from.delivered());
      this.budget = from.budget();
    }

    RelayWorld end() {
      return new RelayWorld(
          visible,
          ticks,
          cursor,
          Map.copyOf(parked),
          timeless(relay),
          Set.copyOf(sent),
          Set.copyOf(delivered),
          budget,
          from.setting(),
          List.copyOf(told));
    }

    /** Only whether it is time matters, not when. */
    private RelayState timeless(RelayState s) {
      return new RelayState(
          s.durable(),
          s.frontier(),
          s.window().stream().map(this::timeless).toList(),
          s.parked(),
          s.revived(),
          Math.min(1, s.failures()),
          s.backoff() == null ? null : s.backoff().isAfter(NOW) ? LATER : NOW,
          Instant.EPOCH,
          s.dueAt().isAfter(NOW) ? LATER : NOW,
          s.othersFirst(),
          s.lost());
    }

    private Slot timeless(Slot s) {
      int failures = Math.min(from.setting().holdAfter(), s.failures());
      return new Slot(s.at(), s.message(), s.phase(), s.parking(), failures);
    }

    Draft committed(long position) {
      visible = new TreeSet<>(visible);
      visible.add(position);
      return this;
    }

    Draft with(Budget left) {
      budget = left;
      return this;
    }

    Draft later() {
      RelayState s = relay;
      relay =
          new RelayState(
              s.durable(),
              s.frontier(),
              s.window(),
              s.parked(),
              s.revived(),
              s.failures(),
              s.backoff() == null ? null : NOW,
              s.checkpointAt(),
              NOW,
              s.othersFirst(),
              s.lost());
      return this;
    }

    Draft crash() {
      sent.clear();
      Set<MessageKey> keys =
          parked.values().stream()
              .map(parking -> MessageKey.of(parking.message()))
              .filter(Objects::nonNull)
              .collect(Collectors.toSet());
      relay = RelayState.claimed(cursor, keys);
      return this;
    }

    Draft due(long position) {
      Parking old = Objects.requireNonNull(parked.get(position));
      parked.put(position, new Parking(old.message(), old.state(), old.reason(), NOW));
      return this;
    }

    Draft answered(long position, Outcome outcome, UnaryOperator<RelayDecision> bug) {
      sent.remove(position);
      if (outcome == Outcome.DELIVERED) {
        delivered.add(position);
      }
      return take(
          new RelayStimulus.Answered(NOW, List.of(new Answer(position, outcome, "")), 0.5), bug);
    }

    Draft take(RelayStimulus stimulus, UnaryOperator<RelayDecision> bug) {
      RelayDecision decision =
          bug.apply(RelayMachine.decide(from.setting().plan(), relay, stimulus));
      relay = decision.state();
      for (RelayAction action : decision.actions()) {
        RelayStimulus next = perform(action);
        if (next != null) {
          take(next, bug);
        }
      }
      return this;
    }

    private @Nullable RelayStimulus perform(RelayAction action) {
      return switch (action) {
        case RelayAction.AskTick ask -> new RelayStimulus.Ticked(NOW, tick());
        case RelayAction.ReadPage page ->
            new RelayStimulus.PageRead(NOW, page(page.cursor(), page.most()), page.most());
        case RelayAction.Send send -> {
          send.messages().forEach(message -> sent.add(message.position()));
          yield null;
        }
        case RelayAction.Checkpoint checkpoint -> {
          cursor = checkpoint.cursor();
          checkpoint.parkings().forEach(p -> parked.put(p.message().position(), p));
          yield new RelayStimulus.Checkpointed(NOW, checkpoint, true);
        }
        case RelayAction.LookForDue look ->
            new RelayStimulus.DueFound(NOW, due(look.most()), look.most());
        case RelayAction.Settle settle ->
            new RelayStimulus.Settled(
                NOW, settle.messages(), Optional.of(settle(settle.messages())));
        case RelayAction.Repark again -> {
          again.parkings().forEach(p -> parked.put(p.message().position(), p));
          yield new RelayStimulus.Reparked(NOW, again.parkings(), true);
        }
      };
    }

    private long tick() {
      if (!ticks.get(ticks.size() - 1).equals(visible)) {
        ticks = new ArrayList<>(ticks);
        ticks.add(Set.copyOf(visible));
      }
      return ticks.size() - 1L;
    }

    private List<StoredMessage> page(Cursor at, Portion most) {
      return most.firstOf(
          ticks.get(Math.toIntExact(at.to())).stream()
              .filter(p -> !ticks.get(Math.toIntExact(at.from())).contains(p) && p > at.position())
              .sorted()
              .map(from.setting()::message),
          message -> message);
    }

    private List<DueMessage> due(Portion most) {
      return most.firstOf(
          parked.values().stream()
              .filter(parking -> parking.due() != null)
              .map(parking -> new DueMessage(parking.message(), 0, parking.state())),
          DueMessage::message);
    }

    private Set<MessageKey> settle(List<StoredMessage> messages) {
      messages.forEach(message -> parked.remove(message.position()));
      return messages.stream()
          .map(MessageKey::of)
          .filter(Objects::nonNull)
          .filter(key -> !makeNextDue(key))
          .collect(Collectors.toSet());
    }

    private boolean makeNextDue(MessageKey key) {
      Optional<Parking> next =
          parked.values().stream().filter(p -> key.equals(MessageKey.of(p.message()))).findFirst();
      next.ifPresent(p -> due(p.message().position()));
      return next.isPresent();
    }
  }

  @Override
  public String toString() {
    return String.join(", ", told) + " (of " + budget + ")";
  }
}
