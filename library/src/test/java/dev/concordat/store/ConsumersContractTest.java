package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.concordat.core.Bytes;
import dev.concordat.core.MessageKey;
import dev.concordat.core.ParkedMessage;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Consumers.Arrival;
import dev.concordat.store.Consumers.Reception;
import dev.concordat.store.Consumers.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Consumers} says is so, on every store (P8). Method: one test per sentence of
 * its documentation, on memory and on a real PostgreSQL.
 */
class ConsumersContractTest extends MessagesContract {

  private static final String BILLING = "billing";

  private static ReceivedMessage received(String id, @Nullable String key, String text) {
    return new ReceivedMessage(id, "orders", key, "T", Map.of("h", "ä"), Bytes.utf8(text));
  }

  private static Arrival arrival(ReceivedMessage message) {
    return new Arrival(message.id(), message.payload().sha256(), message.ordering());
  }

  private List<Reception> accept(ReceivedMessage... messages) {
    List<Reception> all = new ArrayList<>();
    List<Arrival> arrivals =
        List.of(messages).stream().map(ConsumersContractTest::arrival).toList();
    run(connection -> all.addAll(store.consumers().accept(connection, BILLING, arrivals)));
    return all;
  }

  private boolean park(ReceivedMessage message, State state, @Nullable Duration wait) {
    List<Boolean> parked = new ArrayList<>();
    run(connection ->
        parked.add(store.consumers().park(connection, BILLING, message, state, "because", wait)));
    return parked.get(0);
  }

  private Optional<ParkedMessage> due() {
    List<ParkedMessage> found = new ArrayList<>();
    run(connection -> store.consumers().takeDue(connection, BILLING).ifPresent(found::add));
    return found.stream().findFirst();
  }

  private void settle(ParkedMessage message) {
    run(connection -> store.consumers().settle(connection, BILLING, message));
  }

  @Test
  @DisplayName("P8: a batch says of each message whether it is new")
  void acceptsABatch() {
    ReceivedMessage one = received("1", "a", "x");
    ReceivedMessage two = received("2", null, "x");
    assertThat(accept(one, two, one))
        .containsExactly(Reception.NEW, Reception.NEW, Reception.KNOWN);

    assertThat(accept(received("3", "a", "x"), one, received("2", null, "other")))
        .containsExactly(Reception.NEW, Reception.KNOWN, Reception.DIFFERENT);
    assertThat(accept(received("4", "a", "x"), received("4", "a", "y")))
        .containsExactly(Reception.NEW, Reception.DIFFERENT);
  }

  @Test
  @DisplayName("P8: what was rolled back was not handled")
  void rolledBackIsNew() {
    ReceivedMessage one = received("1", "a", "x");
    assertThatThrownBy(() ->
            run(connection -> {
              store.consumers().accept(connection, BILLING, List.of(arrival(one)));
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(accept(one)).containsExactly(Reception.NEW);
  }

  @Test
  @DisplayName("P8: what follows of a parked key waits behind it, in order")
  void keysQueue() {
    ReceivedMessage one = received("1", "a", "one");
    ReceivedMessage two = received("2", "a", "two");
    ReceivedMessage three = received("3", "a", "three");
    assertThat(park(one, State.RETRY, Duration.ZERO)).isTrue();

    assertThat(accept(two, received("4", "b", "x"), received("5", null, "x")))
        .containsExactly(Reception.BEHIND, Reception.NEW, Reception.NEW);
    assertThat(park(two, State.BEHIND, null)).isTrue();
    assertThat(park(two, State.BEHIND, null)).isTrue();
    assertThat(park(three, State.BEHIND, null)).isTrue();

    for (ReceivedMessage expected : List.of(one, two, three)) {
      ParkedMessage due = due().orElseThrow();
      assertThat(due.message()).isEqualTo(expected);
      settle(due);
    }
    assertThat(due()).isEmpty();
    assertThat(park(received("6", "a", "x"), State.BEHIND, null)).isFalse();
    assertThat(accept(received("6", "a", "x"))).containsExactly(Reception.NEW);
  }

  @Test
  void tellsWhichKeysAreParked() {
    park(received("1", "a", "x"), State.DEAD, null);
    MessageKey a = new MessageKey("orders", "a");

    run(connection ->
        assertThat(
                store
                    .consumers()
                    .parked(connection, BILLING, Set.of(a, new MessageKey("orders", "b"))))
            .containsExactly(a));
  }

  @Test
  void waitsBeforeItIsDue() {
    park(received("1", null, "x"), State.RETRY, HOUR);
    assertThat(due()).isEmpty();

    park(received("2", null, "x"), State.RETRY, Duration.ZERO);
    ParkedMessage two = due().orElseThrow();
    assertThat(two.attempts()).isEqualTo(1);
    run(connection ->
        store.consumers().parkAgain(connection, two.no(), State.RETRY, "again", Duration.ZERO));
    assertThat(due().orElseThrow().attempts()).isEqualTo(2);
    run(connection -> store.consumers().postpone(connection, two.no(), HOUR));
    assertThat(due()).isEmpty();
    run(connection -> store.consumers().postpone(connection, two.no(), Duration.ZERO));
    assertThat(due().orElseThrow().attempts()).isEqualTo(2);
    run(connection ->
        store.consumers().parkAgain(connection, two.no(), State.DEAD, "no more", null));
    assertThat(due()).isEmpty();
  }

  @Test
  void oneThatIsTakenIsPassedOver() {
    park(received("1", null, "x"), State.RETRY, Duration.ZERO);

    run(connection -> {
      assertThat(store.consumers().takeDue(connection, BILLING)).isPresent();
      assertThat(due()).isEmpty();
    });
    assertThat(due()).isPresent();
  }

  @Test
  void deadLettersAreListedReplayedAndDiscarded() {
    ReceivedMessage one = received("1", "a", "x");
    park(one, State.DEAD, null);
    park(received("2", "a", "x"), State.BEHIND, null);

    Consumers.DeadLetter dead = store.consumers().deadLetters(BILLING, 10).get(0);
    assertThat(dead.message()).isEqualTo(one);
    assertThat(dead.reason()).isEqualTo("because");
    assertThat(dead.attempts()).isEqualTo(1);
    assertThat(dead.behind()).isEqualTo(1);
    assertThat(due()).isEmpty();
    assertThat(store.consumers().replay("other", dead.no())).isFalse();
    assertThat(store.consumers().replay(BILLING, dead.no())).isTrue();
    assertThat(store.consumers().replay(BILLING, dead.no())).as("once more").isTrue();
    assertThat(store.consumers().replay(BILLING, dead.no() + 2)).isFalse();

    ParkedMessage due = due().orElseThrow();
    assertThat(due.discarded()).isFalse();
    run(connection -> store.consumers().parkAgain(connection, due.no(), State.DEAD, "no", null));
    assertThat(store.consumers().discard(BILLING, dead.no())).isTrue();
    ParkedMessage given = due().orElseThrow();
    assertThat(given.discarded()).isTrue();
    settle(given);
    assertThat(due().orElseThrow().message().id()).isEqualTo("2");
    assertThat(store.consumers().deadLetters(BILLING, 10)).isEmpty();
  }

  @Test
  @DisplayName("P6: who claimed a lane before can advance it no more")
  void lanesAreFenced() {
    Consumers.Claim first = store.consumers().claim(BILLING, "orders-0");
    assertThat(first.next()).isEmpty();
    assertThat(advance(first, 10)).hasValue(-1);
    assertThat(advance(first, 7)).hasValue(10);

    Consumers.Claim second = store.consumers().claim(BILLING, "orders-0");
    assertThat(second.next()).hasValue(10);
    assertThat(advance(first, 20)).isEmpty();
    assertThat(advance(second, 12)).hasValue(10);
    assertThat(store.consumers().claim(BILLING, "orders-1").next()).isEmpty();
  }

  private OptionalLong advance(Consumers.Claim claim, long next) {
    List<OptionalLong> before = new ArrayList<>();
    run(connection ->
        before.add(
            store.consumers().advance(connection, BILLING, "orders-0", claim.epoch(), next)));
    return before.get(0);
  }

  @Test
  void aConsumerKeepsToItsWayOfKnowing() {
    store.consumers().enter(BILLING, false);
    store.consumers().enter(BILLING, false);
    assertThatThrownBy(() -> store.consumers().enter(BILLING, true))
        .isInstanceOf(RefusedException.class);
    store.consumers().enter("other", true);
    park(received("1", null, "x"), State.DEAD, null);
    park(received("2", null, "x"), State.RETRY, HOUR);

    assertThat(store.consumers().standings())
        .containsExactly(
            new Consumers.Standing(BILLING, false, 1, 1),
            new Consumers.Standing("other", true, 0, 0));
  }

  @Test
  void whatIsTriedAgainIsListedReplayedAndDiscarded() {
    park(received("1", "a", "x"), State.RETRY, HOUR);
    park(received("2", "a", "x"), State.BEHIND, null);

    Consumers.DeadLetter retrying = store.consumers().retrying(BILLING, 10).get(0);
    assertThat(retrying.message().id()).isEqualTo("1");
    assertThat(retrying.behind()).isEqualTo(1);
    assertThat(store.consumers().retrying(BILLING, 10)).hasSize(1);
    assertThat(store.consumers().deadLetters(BILLING, 10)).isEmpty();
    assertThat(store.consumers().replay(BILLING, retrying.no())).isTrue();
    assertThat(due().orElseThrow().discarded()).isFalse();

    assertThat(store.consumers().discard(BILLING, retrying.no())).isTrue();
    assertThat(store.consumers().retrying(BILLING, 10)).isEmpty();
    ParkedMessage given = due().orElseThrow();
    assertThat(given.discarded()).isTrue();
    settle(given);
    assertThat(due().orElseThrow().message().id()).isEqualTo("2");
  }

  @Test
  @DisplayName("P8: what is given up while it is tried stays given up")
  void whatIsDiscardedWhileItIsTriedStaysSo() {
    park(received("1", "a", "x"), State.RETRY, Duration.ZERO);
    ParkedMessage tried = due().orElseThrow();
    assertThat(store.consumers().discard(BILLING, tried.no())).isTrue();

    run(connection ->
        store.consumers().parkAgain(connection, tried.no(), State.RETRY, "again", HOUR));

    assertThat(due().orElseThrow().discarded()).isTrue();
  }

  @Test
  void whatIsStuckIsFoundByAHeader() {
    park(received("1", "a", "x"), State.DEAD, null);
    park(received("2", "a", "x"), State.BEHIND, null);
    park(received("3", "b", "x"), State.RETRY, HOUR);
    park(new ReceivedMessage("4", "orders", "c", "T", Map.of(), Bytes.EMPTY), State.DEAD, null);

    assertThat(store.consumers().stuck("h", "ä", 10))
        .extracting(Stuck::at, Stuck::name, Stuck::standing, Stuck::reason)
        .containsExactly(
            tuple(Stuck.Place.CONSUMER, BILLING, Stuck.Standing.DEAD, "because"),
            tuple(Stuck.Place.CONSUMER, BILLING, Stuck.Standing.BEHIND, "because"),
            tuple(Stuck.Place.CONSUMER, BILLING, Stuck.Standing.RETRYING, "because"));
    assertThat(store.consumers().stuck("h", "ä", 2)).hasSize(2);
    assertThat(store.consumers().stuck("h", "other", 10)).isEmpty();
  }
}
