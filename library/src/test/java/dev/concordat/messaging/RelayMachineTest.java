package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.RelayStimulus.Answer;
import dev.concordat.messaging.RelayStimulus.Answered;
import dev.concordat.messaging.RelayStimulus.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: an outage of the other side is one outage however many messages meet it, and changes
 * nothing but the wait (P8). Method: the machine alone, with answers by hand.
 */
class RelayMachineTest {

  private static final int MESSAGES = 32;
  private static final Portion PAGE = Portion.of(MESSAGES);
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final RelayPlan PLAN =
      new RelayPlan(
          Portion.of(2 * MESSAGES),
          PAGE,
          Duration.ZERO,
          Duration.ofHours(1),
          5,
          RetryPolicy.exponential(FIRST).upTo(Duration.ofSeconds(30)).unlimited());

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private RelayState state = RelayState.claimed(Cursor.past(1), Set.of());

  private List<RelayAction> decide(RelayStimulus stimulus) {
    RelayDecision decision = RelayMachine.decide(PLAN, state, stimulus);
    state = decision.state();
    return decision.actions();
  }

  private static StoredMessage message(long position) {
    return new StoredMessage(
        position,
        Instant.EPOCH,
        new UUID(0, position),
        "topic",
        "k" + position,
        "T",
        Map.of(),
        Bytes.utf8("m"),
        null);
  }

  private void readAll() {
    decide(new RelayStimulus.Ticked(now, 2));
    List<StoredMessage> messages =
        LongStream.rangeClosed(1, MESSAGES).mapToObj(RelayMachineTest::message).toList();
    assertThat(decide(new RelayStimulus.PageRead(now, messages, PAGE)))
        .containsExactly(new RelayAction.Send(messages));
  }

  private void answerEach(Outcome outcome) {
    for (long position = 1; position <= MESSAGES; position++) {
      decide(new Answered(now, List.of(new Answer(position, outcome, "down")), 0.99));
    }
  }

  @Test
  @DisplayName("P8: one outage counts once, however many messages meet it one by one")
  void anOutageCountsOnce() {
    readAll();
    answerEach(Outcome.UNAVAILABLE);

    assertThat(state.failures()).isEqualTo(1);
    assertThat(state.backoff()).isBeforeOrEqualTo(now.plus(FIRST));
  }

  @Test
  @DisplayName("P8: an outage of everything, of whatever length, parks nothing")
  void anOutageParksNothing() {
    readAll();
    for (int i = 0; i < 20; i++) {
      answerEach(Outcome.UNAVAILABLE);
      assertThat(state.failures()).isEqualTo(i + 1);
      now = now.plusSeconds(30);
      assertThat(decide(new RelayStimulus.Look(now))).hasSize(2);
    }
    assertThat(state.window()).hasSize(MESSAGES).allMatch(s -> s.phase() == Slot.Phase.SENT);

    answerEach(Outcome.DELIVERED);
    assertThat(decide(new RelayStimulus.Look(now)))
        .containsExactly(new RelayAction.Checkpoint(state.frontier(), List.of(), MESSAGES));
  }

  @Test
  @DisplayName("P8: delayed messages that are due at once leave page by page, and others between")
  void whatIsDueAtOnceNeedsFewTurns() {
    int pages = 50;
    List<RelayAction> looks = new ArrayList<>();
    for (int page = 0; page < pages; page++) {
      List<StoredMessage> due = due(page);
      assertThat(look()).isEqualTo(new RelayAction.LookForDue(PAGE));
      assertThat(decide(new RelayStimulus.DueFound(now, found(due), PAGE)))
          .containsExactly(new RelayAction.Send(due));
      answer(due);
      looks.add(look());
      decide(new RelayStimulus.Settled(now, due, Optional.of(Set.of())));
      assertThat(look()).isEqualTo(new RelayAction.AskTick());
      decide(new RelayStimulus.Ticked(now, 1));
    }
    assertThat(looks).hasSize(pages).allMatch(look -> look instanceof RelayAction.Settle);
    assertThat(state.revived()).isEmpty();
  }

  @Test
  @DisplayName("P8: what is due at once keeps no page of the outbox waiting, however slow all is")
  void whatIsDueAtOnceKeepsNobodyWaiting() {
    Cursor read = new Cursor(1, 2, 0);
    assertThat(look()).isEqualTo(new RelayAction.LookForDue(PAGE));
    decide(new RelayStimulus.DueFound(now, found(due(0)), PAGE));
    assertThat(look()).isEqualTo(new RelayAction.AskTick());
    decide(new RelayStimulus.Ticked(now, 2));
    assertThat(look()).isEqualTo(new RelayAction.Checkpoint(read, List.of(), 0));
    decide(
        new RelayStimulus.Checkpointed(now, new RelayAction.Checkpoint(read, List.of(), 0), true));
    answer(due(0));
    assertThat(look()).isInstanceOf(RelayAction.Settle.class);
    decide(new RelayStimulus.Settled(now, due(0), Optional.of(Set.of())));

    assertThat(look()).isEqualTo(new RelayAction.ReadPage(read, PAGE));
  }

  private void answer(List<StoredMessage> messages) {
    List<Answer> delivered =
        messages.stream().map(m -> new Answer(m.position(), Outcome.DELIVERED, "")).toList();
    decide(new Answered(now, delivered, 0.5));
  }

  private static List<DueMessage> found(List<StoredMessage> due) {
    return due.stream().map(m -> new DueMessage(m, 0, Parking.State.DELAYED)).toList();
  }

  /** What is asked of the store; a second after the question before. */
  private RelayAction look() {
    now = now.plusSeconds(1);
    return decide(new RelayStimulus.Look(now)).getFirst();
  }

  @Test
  @DisplayName("P8: no more than a page of what is due is in memory, however slow the sink")
  void whatIsDueWaitsForRoom() {
    decide(new RelayStimulus.Ticked(now, 1));
    decide(new RelayStimulus.DueFound(now, found(due(0)), PAGE));
    now = now.plus(Duration.ofHours(2));

    assertThat(decide(new RelayStimulus.Look(now))).containsExactly(new RelayAction.AskTick());
  }

  @Test
  @DisplayName("P8: messages that are large fill a page and the window, however few")
  void bytesFillTheWindow() {
    Portion page = new Portion(MESSAGES, 3);
    RelayPlan plan =
        new RelayPlan(
            new Portion(2 * MESSAGES, 6),
            page,
            Duration.ZERO,
            Duration.ofHours(1),
            5,
            PLAN.retry());
    RelayState begin = RelayState.claimed(Cursor.past(1), Set.of());
    RelayState ticked = RelayMachine.decide(plan, begin, new RelayStimulus.Ticked(now, 2)).state();
    RelayDecision read =
        RelayMachine.decide(
            plan,
            RelayMachine.decide(plan, ticked, new RelayStimulus.DueFound(now, List.of(), page))
                .state(),
            new RelayStimulus.PageRead(now, List.of(message(1), message(2), message(3)), page));

    assertThat(read.state().frontier()).as("the tick has more").isEqualTo(new Cursor(1, 2, 3));
    assertThat(RelayMachine.decide(plan, read.state(), new RelayStimulus.Look(now)).actions())
        .containsExactly(new RelayAction.ReadPage(new Cursor(1, 2, 3), page));
    RelayState full =
        RelayMachine.decide(
                plan,
                read.state(),
                new RelayStimulus.PageRead(now, List.of(message(4)), new Portion(1, 3)))
            .state();
    assertThat(RelayMachine.decide(plan, full, new RelayStimulus.Look(now)).actions())
        .as("no room")
        .isEmpty();
  }

  @Test
  @DisplayName("P8: what is due and large is not read again while most of a page is being tried")
  void bytesOfWhatIsDueWaitForRoom() {
    RelayPlan plan =
        new RelayPlan(
            PLAN.window(),
            new Portion(MESSAGES, 3),
            Duration.ZERO,
            Duration.ofHours(1),
            5,
            PLAN.retry());
    List<DueMessage> due = found(due(0)).subList(0, 3);
    RelayState found =
        RelayMachine.decide(plan, state, new RelayStimulus.DueFound(now, due, plan.page())).state();

    assertThat(found.dueAt()).as("there may be more").isEqualTo(now);
    RelayState rested = RelayMachine.decide(plan, found, new RelayStimulus.Ticked(now, 1)).state();
    assertThat(RelayMachine.decide(plan, rested, new RelayStimulus.Look(now)).actions())
        .containsExactly(new RelayAction.AskTick());
  }

  @Test
  @DisplayName("P8: decisions do not copy the keys that are parked, however many")
  void parkedKeysAreNotCopied() {
    Set<MessageKey> keys = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      keys.add(new MessageKey("topic", "parked-" + i));
    }
    state = RelayState.claimed(Cursor.past(1), keys);
    ParkedKeys before = state.parked();
    long begin = System.nanoTime();
    for (int i = 0; i < 1_000; i++) {
      decide(new RelayStimulus.Look(now));
      decide(new RelayStimulus.Ticked(now, 1));
      decide(new RelayStimulus.DueFound(now, List.of(), PAGE));
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);

    assertThat(state.parked()).isSameAs(before);
    assertThat(took).as("3000 copies would take a minute").isLessThan(Duration.ofSeconds(3));
  }

  private List<StoredMessage> due(int page) {
    return LongStream.range((long) page * MESSAGES, (page + 1L) * MESSAGES)
        .mapToObj(position -> delayed(message(position)))
        .toList();
  }

  private StoredMessage delayed(StoredMessage m) {
    return new StoredMessage(
        m.position(), m.at(), m.id(), m.topic(), m.key(), m.type(), m.headers(), m.payload(), now);
  }
}
