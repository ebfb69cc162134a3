package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import dev.concordat.store.Relays.Claim;
import dev.concordat.store.Relays.DeadLetter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Relays} says is so, on every store (P6, P8). Method: one test per sentence of
 * its documentation, on memory and on a real PostgreSQL.
 */
class RelaysContractTest extends MessagesContract {

  private Claim claim() {
    return store.relays().claim("r", HOUR).orElseThrow();
  }

  private boolean checkpoint(Claim claim, Cursor cursor, Parking... parkings) {
    return store
        .relays()
        .checkpoint("r", claim.lane(), claim.epoch(), cursor, List.of(parkings), HOUR);
  }

  private static Parking parking(
      StoredMessage message, Parking.State state, @Nullable String reason) {
    return new Parking(message, state, reason, null);
  }

  private List<StoredMessage> published(String... keys) {
    for (int i = 0; i < keys.length; i++) {
      publish(message(keys[i], "m" + i));
    }
    return read(0, store.ticks().newest());
  }

  @Test
  void aLaneIsClaimedByOneAtATime() {
    store.relays().enter("r", 2);
    store.relays().enter("r", 2);

    assertThat(List.of(claim().lane(), claim().lane())).containsExactlyInAnyOrder(0, 1);
    assertThat(store.relays().claim("r", HOUR)).isEmpty();
    assertThat(store.relays().claim("unknown", HOUR)).isEmpty();
    world.pass(HOUR);
    assertThat(store.relays().claim("r", HOUR)).isPresent();
  }

  @Test
  void theNumberOfLanesIsKept() {
    store.relays().enter("r", 2);

    assertThatThrownBy(() -> store.relays().enter("r", 3)).isInstanceOf(RefusedException.class);
  }

  @Test
  void theNextClaimGoesOnWhereTheLastCheckpointWas() {
    store.relays().enter("r", 1);
    assertThat(claim().cursor()).isEqualTo(Cursor.START);
    world.pass(HOUR);
    Claim second = claim();
    assertThat(checkpoint(second, new Cursor(1, 2, 7))).isTrue();
    store.relays().release("r", second.lane(), second.epoch());

    assertThat(claim().cursor()).isEqualTo(new Cursor(1, 2, 7));
  }

  @Test
  @DisplayName("P6: a relay whose lane was claimed by another writes nothing more")
  void aStaleRelayWritesNothing() {
    List<StoredMessage> messages = published("k");
    store.relays().enter("r", 1);
    Claim stale = claim();
    world.pass(HOUR);
    Claim now = claim();
    Parking parking = parking(messages.get(0), Parking.State.PARKED, "no");

    assertThat(checkpoint(stale, new Cursor(1, 1, 0), parking)).isFalse();
    assertThat(store.relays().park("r", stale.lane(), stale.epoch(), List.of(parking))).isFalse();
    assertThat(store.relays().settle("r", stale.lane(), stale.epoch(), messages)).isEmpty();
    store.relays().release("r", stale.lane(), stale.epoch());

    assertThat(store.relays().claim("r", HOUR)).as("not released").isEmpty();
    assertThat(store.relays().deadLetters("r", 10)).isEmpty();
    store.relays().release("r", now.lane(), now.epoch());
    assertThat(claim().cursor()).isEqualTo(Cursor.START);
  }

  @Test
  void aCheckpointRenewsTheLease() {
    store.relays().enter("r", 1);
    Claim claim = claim();
    world.pass(HOUR.dividedBy(2));
    checkpoint(claim, Cursor.START);
    world.pass(HOUR.dividedBy(2).plusMinutes(1));

    assertThat(store.relays().claim("r", HOUR)).isEmpty();
  }

  @Test
  void whatIsParkedIsListedWithWhatWaitsBehindIt() {
    List<StoredMessage> m = published("k", "k", "other", "k");
    store.relays().enter("r", 1);
    checkpoint(
        claim(),
        Cursor.past(1),
        parking(m.get(0), Parking.State.PARKED, "no"),
        parking(m.get(1), Parking.State.BEHIND, null),
        parking(m.get(2), Parking.State.PARKED, "never"),
        parking(m.get(3), Parking.State.BEHIND, null));

    List<DeadLetter> dead = store.relays().deadLetters("r", 10);
    assertThat(dead).hasSize(2);
    assertThat(dead.get(0).message()).isEqualTo(m.get(0));
    assertThat(dead.get(0).reason()).isEqualTo("no");
    assertThat(dead.get(0).behind()).isEqualTo(2);
    assertThat(dead.get(1).behind()).isZero();
    assertThat(store.relays().deadLetters("r", 1)).hasSize(1);
    assertThat(store.relays().progress().get(0).parked()).isEqualTo(4);
    world.pass(HOUR);
    assertThat(claim().parked())
        .containsExactlyInAnyOrder(new MessageKey("topic", "k"), new MessageKey("topic", "other"));
  }

  @Test
  void whatIsReplayedIsDueAndThenTheNextOfItsKey() {
    List<StoredMessage> m = published("k", "k");
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(
        claim,
        Cursor.past(1),
        parking(m.get(0), Parking.State.PARKED, "no"),
        parking(m.get(1), Parking.State.BEHIND, null));
    assertThat(store.relays().due("r", 0, Portion.of(10))).isEmpty();

    assertThat(store.relays().replay("r", m.get(1).position())).as("not its head").isFalse();
    assertThat(store.relays().replay("r", m.get(0).position())).isTrue();
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .containsExactly(new DueMessage(m.get(0), 0, Parking.State.PARKED));

    assertThat(store.relays().settle("r", 0, claim.epoch(), m.subList(0, 1))).contains(Set.of());
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .containsExactly(new DueMessage(m.get(1), 0, Parking.State.BEHIND));
    assertThat(store.relays().settle("r", 0, claim.epoch(), m.subList(1, 2)))
        .contains(Set.of(new MessageKey("topic", "k")));
    assertThat(store.relays().due("r", 0, Portion.of(10))).isEmpty();
  }

  @Test
  void manyAreSettledAtOnceAndEachKeyGoesOn() {
    List<StoredMessage> m = published("a", "a", "b", null, "c", "c");
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(
        claim,
        Cursor.past(1),
        parking(m.get(0), Parking.State.PARKED, "no"),
        parking(m.get(1), Parking.State.BEHIND, null),
        parking(m.get(2), Parking.State.PARKED, "no"),
        parking(m.get(3), Parking.State.PARKED, "no"),
        parking(m.get(4), Parking.State.PARKED, "no"),
        parking(m.get(5), Parking.State.BEHIND, null));

    assertThat(
            store
                .relays()
                .settle("r", 0, claim.epoch(), List.of(m.get(0), m.get(2), m.get(3), m.get(5))))
        .contains(Set.of(new MessageKey("topic", "b")));
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .extracting(due -> due.message())
        .containsExactly(m.get(1), m.get(4));
    assertThat(store.relays().settle("r", 0, claim.epoch(), m)).isPresent();
    assertThat(store.relays().progress().get(0).parked()).isZero();
  }

  @Test
  void whatIsParkedAgainIsCountedAndNoLongerDue() {
    List<StoredMessage> m = published("k");
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(claim, Cursor.past(1), parking(m.get(0), Parking.State.PARKED, "no"));
    store.relays().replay("r", m.get(0).position());

    store
        .relays()
        .park("r", 0, claim.epoch(), List.of(parking(m.get(0), Parking.State.PARKED, "still no")));

    assertThat(store.relays().due("r", 0, Portion.of(10))).isEmpty();
    assertThat(store.relays().deadLetters("r", 10).get(0).reason()).isEqualTo("still no");
    store.relays().replay("r", m.get(0).position());
    assertThat(store.relays().due("r", 0, Portion.of(10)).get(0).attempts()).isEqualTo(1);
  }

  @Test
  @DisplayName("P8: what is due is bounded by bytes, and at least a message")
  void whatIsDueIsBoundedByBytes() {
    publish(message("a", "12345"), message("b", "123"), message("c", "1"));
    List<StoredMessage> m = read(0, store.ticks().newest());
    store.relays().enter("r", 1);
    for (StoredMessage message : m) {
      checkpoint(claim(), Cursor.past(1), parking(message, Parking.State.PARKED, "no"));
      store.relays().replay("r", message.position());
      world.pass(HOUR);
    }

    assertThat(due(new Portion(9, 1))).containsExactly("12345");
    assertThat(due(new Portion(9, 5))).containsExactly("12345");
    assertThat(due(new Portion(9, 6))).containsExactly("12345", "123");
    assertThat(due(new Portion(1, 6))).containsExactly("12345");
    assertThat(due(new Portion(9, 9))).containsExactly("12345", "123", "1");
  }

  private List<String> due(Portion most) {
    return texts(store.relays().due("r", 0, most).stream().map(DueMessage::message).toList());
  }

  @Test
  void whatIsDiscardedIsDueToBeForgotten() {
    List<StoredMessage> m = published("k");
    store.relays().enter("r", 1);
    checkpoint(claim(), Cursor.past(1), parking(m.get(0), Parking.State.PARKED, "no"));

    assertThat(store.relays().discard("r", m.get(0).position())).isTrue();
    assertThat(store.relays().discard("r", m.get(0).position())).isFalse();
    assertThat(store.relays().deadLetters("r", 10)).isEmpty();
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .containsExactly(new DueMessage(m.get(0), 0, Parking.State.DISCARDED));
  }

  @Test
  void whatIsDelayedIsDueAtItsTimeAndHoldsNoKey() {
    publish(message("k", "later", store.leases().now().plus(HOUR)));
    StoredMessage later = read(0, store.ticks().newest()).get(0);
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(
        claim, Cursor.past(1), new Parking(later, Parking.State.DELAYED, null, later.notBefore()));

    assertThat(store.relays().due("r", 0, Portion.of(10))).isEmpty();
    assertThat(store.relays().deadLetters("r", 10)).isEmpty();
    world.pass(HOUR.plusMinutes(1));
    assertThat(store.relays().due("r", 0, Portion.of(10))).hasSize(1);
    assertThat(claim().parked()).isEmpty();
  }

  @Test
  @DisplayName("P8: a delayed message that cannot be delivered holds no key, and no key holds it")
  void aDelayedDeadLetterHoldsNoKey() {
    publish(message("k", "no"));
    publish(message("k", "later", store.leases().now().plus(HOUR)));
    publish(message("k", "next"));
    List<StoredMessage> m = read(0, store.ticks().newest());
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(claim, Cursor.past(1), parking(m.get(1), Parking.State.PARKED, "never"));
    world.pass(HOUR);
    Claim next = claim();
    assertThat(next.parked()).isEmpty();

    checkpoint(
        next,
        Cursor.past(1),
        parking(m.get(0), Parking.State.PARKED, "no"),
        parking(m.get(2), Parking.State.BEHIND, null));

    assertThat(store.relays().deadLetters("r", 10))
        .extracting(DeadLetter::behind)
        .containsExactly(1, 0);
    assertThat(store.relays().settle("r", 0, next.epoch(), m.subList(0, 1))).contains(Set.of());
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .containsExactly(new DueMessage(m.get(2), 0, Parking.State.BEHIND));
  }

  @Test
  void progressSaysHowFarTheLanesAre() {
    published("a", "b", "c");
    store.relays().enter("r", 1);
    assertThat(store.relays().progress()).containsExactly(new Relays.Progress("r", 0, false, 3, 0));
    checkpoint(claim(), Cursor.past(store.ticks().newest()));

    assertThat(store.relays().progress()).containsExactly(new Relays.Progress("r", 0, true, 0, 0));
  }

  @Test
  void whatIsHeldIsListedReplayedAndDiscarded() {
    List<StoredMessage> m = published("k", "k", "other");
    store.relays().enter("r", 1);
    Claim claim = claim();
    Instant later = store.leases().now().plus(HOUR);
    checkpoint(
        claim,
        Cursor.past(1),
        new Parking(m.get(0), Parking.State.HELD, "down", later),
        parking(m.get(1), Parking.State.BEHIND, null),
        parking(m.get(2), Parking.State.PARKED, "no"));

    DeadLetter held = store.relays().held("r", 10).get(0);
    assertThat(held.message()).isEqualTo(m.get(0));
    assertThat(held.reason()).isEqualTo("down");
    assertThat(held.behind()).isEqualTo(1);
    assertThat(store.relays().held("r", 10)).hasSize(1);
    assertThat(store.relays().due("r", 0, Portion.of(10))).isEmpty();

    assertThat(store.relays().replay("r", m.get(0).position())).isTrue();
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .containsExactly(new DueMessage(m.get(0), 0, Parking.State.HELD));
    assertThat(store.relays().discard("r", m.get(1).position())).as("not its head").isFalse();
    assertThat(store.relays().discard("r", m.get(0).position())).isTrue();
    assertThat(store.relays().held("r", 10)).isEmpty();
  }

  @Test
  @DisplayName("P8: what is given up while it is tried stays given up")
  void whatIsDiscardedWhileItIsTriedStaysSo() {
    List<StoredMessage> m = published("k");
    store.relays().enter("r", 1);
    Claim claim = claim();
    checkpoint(claim, Cursor.past(1), parking(m.get(0), Parking.State.PARKED, "no"));
    store.relays().replay("r", m.get(0).position());
    store.relays().discard("r", m.get(0).position());

    Instant later = store.leases().now().plus(HOUR);
    Parking again = new Parking(m.get(0), Parking.State.HELD, "down", later);
    assertThat(store.relays().park("r", 0, claim.epoch(), List.of(again))).isTrue();

    assertThat(store.relays().held("r", 10)).isEmpty();
    assertThat(store.relays().due("r", 0, Portion.of(10)))
        .extracting(DueMessage::state)
        .containsExactly(Parking.State.DISCARDED);
  }

  @Test
  void whatIsStuckIsFoundByAHeader() {
    publish(headed("k", "flow", "f1"), headed("k", "flow", "f1"), headed("o", "flow", "f2"));
    publish(headed("p", "flow", "f1"));
    List<StoredMessage> m = read(0, store.ticks().newest());
    store.relays().enter("r", 1);
    checkpoint(
        claim(),
        Cursor.past(1),
        parking(m.get(0), Parking.State.PARKED, "no"),
        parking(m.get(1), Parking.State.BEHIND, null),
        parking(m.get(2), Parking.State.HELD, "other"),
        parking(m.get(3), Parking.State.HELD, "down"));

    assertThat(store.relays().stuck("flow", "f1", 10))
        .extracting(Stuck::at, Stuck::name, Stuck::no, Stuck::standing, Stuck::reason)
        .containsExactly(
            tuple(Stuck.Place.RELAY, "r", m.get(0).position(), Stuck.Standing.DEAD, "no"),
            tuple(Stuck.Place.RELAY, "r", m.get(1).position(), Stuck.Standing.BEHIND, null),
            tuple(Stuck.Place.RELAY, "r", m.get(3).position(), Stuck.Standing.RETRYING, "down"));
    assertThat(store.relays().stuck("flow", "f1", 1)).hasSize(1);
    assertThat(store.relays().stuck("other", "f1", 10)).isEmpty();
  }

  private static NewMessage headed(String key, String header, String value) {
    NewMessage m = message(key, "x");
    return new NewMessage(
        m.id(), m.topic(), m.key(), false, m.type(), Map.of(header, value), m.payload(), null);
  }

  @Test
  @DisplayName("P8: what waits for a person, or for its time, still does when it is read again")
  void whatIsParkedStaysSoWhenItIsReadAgain() {
    List<StoredMessage> m = published("k", "other");
    store.relays().enter("r", 1);
    Claim claim = claim();
    Instant past = Instant.EPOCH;
    checkpoint(
        claim,
        Cursor.START,
        parking(m.get(0), Parking.State.PARKED, "no"),
        new Parking(m.get(1), Parking.State.HELD, "not now", past));
    checkpoint(
        claim,
        Cursor.START,
        parking(m.get(0), Parking.State.BEHIND, null),
        parking(m.get(1), Parking.State.BEHIND, null));

    assertThat(store.relays().deadLetters("r", 10))
        .singleElement()
        .returns("no", DeadLetter::reason);
    assertThat(store.relays().due("r", claim.lane(), Portion.of(10)))
        .containsExactly(new DueMessage(m.get(1), 0, Parking.State.HELD));
  }

  @Test
  @DisplayName("P8: a relay that nobody works at can be forgotten, with what it has parked")
  void aRelayIsForgotten() {
    List<StoredMessage> m = published("k");
    store.relays().enter("r", 1);
    store.relays().enter("other", 1);
    checkpoint(claim(), Cursor.START, parking(m.get(0), Parking.State.PARKED, "no"));

    assertThatThrownBy(() -> store.relays().forget("r"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("works at relay 'r'");
    assertThat(store.relays().deadLetters("r", 10)).hasSize(1);
    world.pass(HOUR);
    assertThat(store.relays().forget("r")).isTrue();
    assertThat(store.relays().forget("r")).isFalse();
    assertThat(store.relays().claim("r", HOUR)).isEmpty();
    assertThat(store.relays().deadLetters("r", 10)).isEmpty();
    assertThat(store.relays().claim("other", HOUR)).isPresent();
  }

  @Test
  @DisplayName("P8: what was open at a tick, and has committed since, counts as behind")
  void whatWasOpenIsBehind() {
    store.relays().enter("r", 1);
    List<Long> ticks = new ArrayList<>();
    run(connection -> {
      store.outbox().append(connection, List.of(message("k", "early"), message("k", "too")));
      publish(message("o", "between"));
      ticks.add(store.ticks().newest());
    });
    Claim claim = claim();
    checkpoint(claim, Cursor.past(ticks.get(0)));
    assertThat(store.relays().progress("r", 0).orElseThrow().behind()).isEqualTo(2);

    checkpoint(claim, Cursor.past(store.ticks().newest()));
    assertThat(store.relays().progress("r", 0).orElseThrow().behind()).isZero();
  }

  @Test
  void progressOfALane() {
    published("a");
    store.relays().enter("r", 1);

    assertThat(store.relays().progress("r", 0)).contains(new Relays.Progress("r", 0, false, 1, 0));
    assertThat(store.relays().progress("r", 1)).isEmpty();
    assertThat(store.relays().progress("other", 0)).isEmpty();
  }
}
