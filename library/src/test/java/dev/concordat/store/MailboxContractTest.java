package dev.concordat.store;

import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.change;
import static dev.concordat.store.Writes.entry;
import static dev.concordat.store.Writes.release;
import static dev.concordat.store.Writes.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.store.Mailbox.Letter;
import dev.concordat.store.Mailbox.Posted;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Mailbox} says is so, on every store (P1, P10). Method: one test per sentence of
 * its documentation, on memory and on a real PostgreSQL.
 */
class MailboxContractTest extends MessagesContract {

  private static List<String> bodies(List<Letter> letters) {
    return letters.stream().map(Letter::body).toList();
  }

  private Posted post(long no, String body) {
    return store.mailbox().post("id-" + no, "signal", body).orElseThrow();
  }

  @Test
  void lettersAreNumberedWithinTheirInstance() {
    append(birth(1, 5));
    append(birth(2, 5));

    assertThat(post(1, "a")).isEqualTo(new Posted(1, 1));
    assertThat(post(2, "b")).isEqualTo(new Posted(2, 1));
    assertThat(post(1, "c")).isEqualTo(new Posted(1, 2));
    assertThat(row(1).mail()).isEqualTo(2);
  }

  @Test
  void thereIsNoPostingToWhoIsNotThere() {
    assertThat(store.mailbox().post("nobody", "signal", "{}")).isEmpty();
    assertThat(store.mailbox().waitingFor(404)).isEmpty();
    assertThat(store.mailbox().answer(404, 1)).isEmpty();
  }

  @Test
  void aLetterKeepsWhatWasWritten() {
    append(birth(1, 5));
    store.mailbox().post("id-1", "signal 🧾", "{\"x\":\"\\u0000\"}");

    Letter letter = store.mailbox().waitingFor(1).get(0);
    assertThat(letter.kind()).isEqualTo("signal 🧾");
    assertThat(letter.body()).isEqualTo("{\"x\":\"\\u0000\"}");
    assertThat(letter.at()).isBefore(store.leases().now());
  }

  @Test
  void aLetterMakesAnInstanceDueThatNobodyHolds() {
    append(birth(1, 5));
    append(change(1, 1, release(store.leases().now().plus(HOUR), 0)));
    assertThat(claimDue(6)).isEmpty();

    post(1, "a");

    assertThat(claimDue(6)).containsExactly(1L);
  }

  @Test
  void aLetterLeavesAnInstanceToWhoeverHoldsIt() {
    append(birth(1, 5));

    post(1, "a");

    assertThat(row(1).due()).isEmpty();
    assertThat(row(1).owner()).hasValue(5);
    assertThat(claimDue(6)).isEmpty();
  }

  @Test
  void theHolderSeesTheLettersOfItsInstancesInOrder() {
    append(birth(2, 5));
    append(birth(1, 5));
    append(birth(3, 6));
    post(2, "2a");
    post(1, "1a");
    post(3, "3a");
    post(2, "2b");

    assertThat(bodies(store.mailbox().waiting(5, 9))).containsExactly("1a", "2a", "2b");
    assertThat(bodies(store.mailbox().waiting(5, 2))).containsExactly("1a", "2a");
    assertThat(bodies(store.mailbox().waiting(6, 9))).containsExactly("3a");
    assertThat(bodies(store.mailbox().waitingFor(2))).containsExactly("2a", "2b");
    assertThat(store.mailbox().waiting(7, 9)).isEmpty();
  }

  @Test
  void lettersPassToTheNextHolderWithTheInstance() {
    long first = worker();
    append(birth(1, first));
    post(1, "a");
    store.leases().release(first);
    long second = worker();

    claimAbandoned(second);

    assertThat(store.mailbox().waiting(first, 9)).isEmpty();
    assertThat(bodies(store.mailbox().waiting(second, 9))).containsExactly("a");
  }

  @Test
  void aLetterWaitsUntilItIsTakenUp() {
    append(birth(1, 5));
    post(1, "a");
    post(1, "b");
    assertThat(store.mailbox().answer(1, 2)).isEmpty();

    append(with(entry(1, 1, 1), new Write.Answer(2, false, "not now")));

    assertThat(bodies(store.mailbox().waitingFor(1))).containsExactly("a");
    assertThat(bodies(store.mailbox().waiting(5, 9))).containsExactly("a");
    assertThat(store.mailbox().answer(1, 2)).contains(new Write.Answer(2, false, "not now"));
    assertThat(store.mailbox().answer(1, 1)).isEmpty();
    assertThat(store.mailbox().answer(1, 3)).isEmpty();
  }

  @Test
  void anAnswerToALetterThatNeverWasIsHarmless() {
    append(birth(1, 5));

    append(with(entry(1, 1, 1), new Write.Answer(7, true, "?")));

    assertThat(events(1)).hasSize(2);
    assertThat(store.mailbox().answer(1, 7)).isEmpty();
  }

  @Test
  @DisplayName("P8: a letter posted in a transaction is there if that commits, and not before")
  void aLetterPostedInATransactionIsThereIfThatCommits() {
    append(birth(1, 5));

    run(connection -> {
      assertThat(store.mailbox().postWithin(connection, "id-1", "reply", "a")).hasValue(1);
      assertThat(store.mailbox().waitingFor(1)).isEmpty();
    });

    assertThat(bodies(store.mailbox().waitingFor(1))).containsExactly("a");
    assertThat(bodies(store.mailbox().waiting(5, 9))).containsExactly("a");
    assertThat(post(1, "b")).isEqualTo(new Posted(1, 2));
  }

  @Test
  @DisplayName("P8: a letter posted in a transaction that rolls back never was")
  void aLetterPostedInATransactionThatRollsBackNeverWas() {
    append(birth(1, 5));
    append(change(1, 1, release(store.leases().now().plus(HOUR), 0)));

    assertThatThrownBy(() ->
            run(connection -> {
              assertThat(store.mailbox().postWithin(connection, "id-1", "reply", "a")).hasValue(1);
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(store.mailbox().waitingFor(1)).isEmpty();
    assertThat(claimDue(6)).isEmpty();
    assertThat(post(1, "b")).as("its number was not used up").isEqualTo(new Posted(1, 1));
  }

  @Test
  void aLetterPostedInATransactionMakesAnInstanceDueThatNobodyHolds() {
    append(birth(1, 5));
    append(change(1, 1, release(store.leases().now().plus(HOUR), 0)));

    run(connection -> store.mailbox().postWithin(connection, "id-1", "reply", "a"));

    assertThat(claimDue(6)).containsExactly(1L);
  }

  @Test
  void inATransactionThereIsNoPostingToWhoIsNotThereEither() {
    run(connection ->
        assertThat(store.mailbox().postWithin(connection, "nobody", "reply", "{}")).isEmpty());
  }

  /** The second waits for the first to commit, or both would have the same number. */
  @Test
  void lettersOfTwoTransactionsAtOnceHaveNumbersOfTheirOwn() throws InterruptedException {
    append(birth(1, 5));
    CountDownLatch posted = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Runnable second =
        () -> {
          await(posted);
          begun.countDown();
          run(connection -> store.mailbox().postWithin(connection, "id-1", "reply", "second"));
        };
    Thread other = Thread.ofPlatform().start(second);

    run(connection -> {
      store.mailbox().postWithin(connection, "id-1", "reply", "first");
      posted.countDown();
      await(begun);
    });

    other.join();
    assertThat(store.mailbox().waitingFor(1)).extracting(Letter::letter).containsExactly(1, 2);
    assertThat(bodies(store.mailbox().waitingFor(1))).containsExactlyInAnyOrder("first", "second");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
