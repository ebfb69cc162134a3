package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link StoredReplies} says is so, on every store (P4). Method: one test per sentence
 * of its documentation, on memory and on a real PostgreSQL.
 */
class RepliesContractTest extends MessagesContract {

  private static final StoredReplies.Id ID = new StoredReplies.Id("payments", "k1", false);
  private static final StoredReplies.Kept DONE =
      new StoredReplies.Kept(Reply.of("Done").json("hold").header("a", "b"), 1);
  private static final StoredReplies.Kept REFUSED =
      new StoredReplies.Kept(Reply.refused("No", "too much"), 2);

  private Optional<StoredReplies.Kept> answered(StoredReplies.Id id, StoredReplies.Kept with) {
    List<Optional<StoredReplies.Kept>> found = new ArrayList<>();
    run(connection -> {
      found.add(store.replies().claim(connection, id));
      if (with != null) {
        store.replies().keep(connection, id, with);
      }
    });
    return found.get(0);
  }

  @Test
  @DisplayName("P4: a command that comes again finds its reply")
  void aCommandThatComesAgainFindsItsReply() {
    assertThat(answered(ID, REFUSED)).isEmpty();
    assertThat(answered(ID, DONE)).contains(REFUSED);
    assertThat(answered(ID, null)).contains(DONE);
    assertThat(answered(new StoredReplies.Id("payments", "k1", true), null)).isEmpty();
    assertThat(answered(new StoredReplies.Id("stock", "k1", false), null)).isEmpty();
  }

  @Test
  @DisplayName("P4: what was rolled back was not answered")
  void whatWasRolledBackWasNotAnswered() {
    assertThatThrownBy(() ->
            run(connection -> {
              assertThat(store.replies().claim(connection, ID)).isEmpty();
              store.replies().keep(connection, ID, DONE);
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(answered(ID, DONE)).isEmpty();
  }

  @Test
  void whatIsOldIsForgotten() {
    answered(ID, DONE);

    assertThat(store.replies().forget(HOUR, 9)).isZero();
    assertThat(store.replies().forget(Duration.ZERO.minusSeconds(1), 9)).isEqualTo(1);
    assertThat(answered(ID, null)).isEmpty();
  }
}
