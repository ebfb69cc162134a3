package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Outbox} and {@link Ticks} say is so, on every store (P8). Method: one test per
 * sentence of their documentation, on memory and on a real PostgreSQL.
 */
class OutboxContractTest extends MessagesContract {

  @Test
  void aMessageIsReadAsItWasPublished() {
    NewMessage message = message("k", "hello");
    publish(message);

    StoredMessage read = read(0, store.ticks().newest()).get(0);

    assertThat(read.id()).isEqualTo(message.id());
    assertThat(read.topic()).isEqualTo("topic");
    assertThat(read.key()).isEqualTo("k");
    assertThat(read.type()).isEqualTo("T");
    assertThat(read.headers()).isEqualTo(message.headers());
    assertThat(read.payload()).isEqualTo(message.payload());
    assertThat(read.notBefore()).isNull();
    assertThat(read.position()).isPositive();
  }

  @Test
  @DisplayName("P8: what is rolled back is never read")
  void whatIsRolledBackIsNeverRead() {
    assertThatThrownBy(() ->
            run(connection -> {
              store.outbox().append(connection, List.of(message("k", "never")));
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(read(0, store.ticks().newest())).isEmpty();
  }

  @Test
  void thereIsNoNewTickWhileNothingIsPublished() {
    publish(message("k", "one"));
    long first = store.ticks().newest();

    assertThat(store.ticks().newest()).isEqualTo(first);
    publish(message("k", "two"));
    assertThat(store.ticks().newest()).isGreaterThan(first);
  }

  @Test
  void betweenTwoTicksIsWhatBecameVisible() {
    publish(message("k", "one"), message("k", "two"), message("k", "three"));
    long first = store.ticks().newest();
    publish(message("k", "four"));
    long second = store.ticks().newest();

    assertThat(texts(read(0, first))).containsExactly("one", "two", "three");
    assertThat(texts(read(first, second))).containsExactly("four");
    assertThat(texts(read(0, second))).containsExactly("one", "two", "three", "four");
    assertThat(read(second, second)).isEmpty();
  }

  @Test
  @DisplayName(
      "P8: a transaction that commits after a tick belongs to the next, and is not waited for")
  void whatCommitsLaterComesLater() {
    List<Long> ticks = new ArrayList<>();
    run(connection -> {
      store.outbox().append(connection, List.of(message("early", "drawn first")));
      publish(message("other", "committed first"));
      ticks.add(store.ticks().newest());
      publish(message("other", "committed second"));
      ticks.add(store.ticks().newest());
      store.outbox().append(connection, List.of(message("early", "drawn last")));
    });
    ticks.add(store.ticks().newest());

    assertThat(texts(read(0, ticks.get(0)))).containsExactly("committed first");
    assertThat(texts(read(ticks.get(0), ticks.get(1)))).containsExactly("committed second");
    assertThat(texts(read(ticks.get(1), ticks.get(2))))
        .containsExactly("drawn first", "drawn last");
    assertThat(texts(read(ticks.get(0), ticks.get(2))))
        .containsExactly("drawn first", "committed second", "drawn last");
  }

  @Test
  @DisplayName(
      "P8: the youngest open transaction, which no list of open ones has, is not overlooked")
  void whatTheYoungestTransactionPublishesIsFound() {
    List<Long> ticks = new ArrayList<>();
    run(connection -> {
      store.outbox().append(connection, List.of(message("k", "young")));
      ticks.add(store.ticks().newest());
    });
    long next = store.ticks().newest();

    assertThat(texts(read(0, ticks.get(0)))).isEmpty();
    assertThat(next).isGreaterThan(ticks.get(0));
    assertThat(texts(read(ticks.get(0), next))).containsExactly("young");
  }

  @Test
  @DisplayName("P8: a page ends where its payloads have so many bytes, and has at least a message")
  void aPageIsBoundedByBytes() {
    publish(message("k", "12345"), message("k", "123"), message("k", "1"), message("k", ""));
    Cursor cursor = new Cursor(0, store.ticks().newest(), 0);

    assertThat(texts(store.outbox().page(cursor, new Portion(9, 1), 0, 1)))
        .containsExactly("12345");
    assertThat(texts(store.outbox().page(cursor, new Portion(9, 5), 0, 1)))
        .containsExactly("12345");
    assertThat(texts(store.outbox().page(cursor, new Portion(9, 6), 0, 1)))
        .containsExactly("12345", "123");
    assertThat(texts(store.outbox().page(cursor, new Portion(1, 6), 0, 1)))
        .containsExactly("12345");
    assertThat(texts(store.outbox().page(cursor, new Portion(9, 10), 0, 1)))
        .containsExactly("12345", "123", "1", "");
  }

  @Test
  void aKeyIsInOneLaneAndEveryMessageInOne() {
    for (int i = 0; i < 40; i++) {
      publish(message("k" + i % 5, "m" + i), message(null, "n" + i));
    }
    long tick = store.ticks().newest();
    List<StoredMessage> one = read(0, tick, 0, 2);
    List<StoredMessage> other = read(0, tick, 1, 2);

    assertThat(one.size() + other.size()).isEqualTo(80);
    assertThat(one).isNotEmpty();
    assertThat(other).isNotEmpty();
    assertThat(one.stream().map(StoredMessage::key).filter(k -> k != null).toList())
        .doesNotContainAnyElementsOf(
            other.stream().map(StoredMessage::key).filter(k -> k != null).toList());
  }
}
