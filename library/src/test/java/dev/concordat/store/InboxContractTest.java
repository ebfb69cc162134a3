package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Bytes;
import dev.concordat.store.Inbox.Notice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Inbox} says is so, on every store (P8). Method: one test per sentence of its
 * documentation, on memory and on a real PostgreSQL.
 */
class InboxContractTest extends MessagesContract {

  private static final Bytes SAYS = Bytes.utf8("what it says");

  private Notice note(String consumer, String message, Bytes hash) {
    List<Notice> notices = new ArrayList<>();
    run(connection -> notices.add(store.inbox().note(connection, consumer, message, hash)));
    return notices.get(0);
  }

  @Test
  @DisplayName("P8: each consumer handles each message once")
  void eachConsumerHandlesEachMessageOnce() {
    assertThat(note("billing", "m1", SAYS)).isEqualTo(Notice.NEW);
    assertThat(note("billing", "m1", SAYS)).isEqualTo(Notice.KNOWN);
    assertThat(note("billing", "m2", SAYS)).isEqualTo(Notice.NEW);
    assertThat(note("shipping", "m1", SAYS)).isEqualTo(Notice.NEW);
  }

  @Test
  void anotherMessageUnderTheSameIdIsFoundOut() {
    note("billing", "m1", SAYS);

    assertThat(note("billing", "m1", Bytes.utf8("something else"))).isEqualTo(Notice.DIFFERENT);
  }

  @Test
  @DisplayName("P8: what was rolled back was not handled")
  void whatWasRolledBackWasNotHandled() {
    assertThatThrownBy(() ->
            run(connection -> {
              store.inbox().note(connection, "billing", "m1", SAYS);
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(note("billing", "m1", SAYS)).isEqualTo(Notice.NEW);
  }

  @Test
  void whatIsOldIsForgotten() {
    note("billing", "m1", SAYS);

    assertThat(store.inbox().forget(HOUR, 9)).isZero();
    assertThat(store.inbox().forget(Duration.ZERO.minusSeconds(1), 9)).isEqualTo(1);
    assertThat(note("billing", "m1", SAYS)).isEqualTo(Notice.NEW);
  }

  @Test
  void forgetsInPortions() {
    for (int i = 0; i < 5; i++) {
      note("billing", "m" + i, SAYS);
    }

    assertThat(store.inbox().forget(Duration.ZERO.minusSeconds(1), 3)).isEqualTo(3);
    assertThat(store.inbox().forget(Duration.ZERO.minusSeconds(1), 3)).isEqualTo(2);
  }

  @Test
  void theLongestThatWasAskedForCounts() {
    assertThat(store.inbox().remembered()).isEmpty();
    store.inbox().remember(HOUR);
    store.inbox().remember(HOUR.multipliedBy(2));
    store.inbox().remember(HOUR);
    assertThat(store.inbox().remembered()).contains(HOUR.multipliedBy(2));
  }
}
