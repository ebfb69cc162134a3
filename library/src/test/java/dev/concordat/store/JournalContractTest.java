package dev.concordat.store;

import static dev.concordat.store.Write.Result.ACCEPTED;
import static dev.concordat.store.Write.Result.EXISTS;
import static dev.concordat.store.Write.Result.STALE;
import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.born;
import static dev.concordat.store.Writes.change;
import static dev.concordat.store.Writes.completed;
import static dev.concordat.store.Writes.entry;
import static dev.concordat.store.Writes.release;
import static dev.concordat.store.Writes.running;
import static dev.concordat.store.Writes.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what {@link Journal} says is so, on every store (P3, P6, P11). Method: one test per
 * sentence of its documentation, on memory and on a real PostgreSQL.
 */
class JournalContractTest extends StoreContract {

  private long claimedToken(long worker) {
    return store.instances().claimDue(worker, List.of(Writes.GREETING), 1).get(0).token();
  }

  @Test
  void firstEntryMakesTheInstance() {
    Write birth = birth(born(7, "seven", OptionalLong.of(3), Map.of("city", "Bern")));

    assertThat(append(birth)).isEqualTo(ACCEPTED);

    InstanceRow row = row(7);
    assertThat(store.instances().find("seven")).contains(row);
    assertThat(row.uid()).isEqualTo(Writes.uid(7));
    assertThat(row.definition() + "@" + row.version()).isEqualTo(Writes.GREETING);
    assertThat(row.status()).isEqualTo(Status.PENDING);
    assertThat(row.token()).isEqualTo(NewInstance.FIRST_TOKEN);
    assertThat(row.owner()).hasValue(3);
    assertThat(row.due()).isEmpty();
    assertThat(row.inputHash()).isEqualTo("hash");
    assertThat(row.attributes()).containsExactly(Map.entry("city", "Bern"));
    assertThat(row.mail()).isZero();
    assertThat(row.createdAt()).isBefore(store.leases().now());
    assertThat(row.updatedAt()).isBefore(store.leases().now());
  }

  @Test
  void anInstanceBornWithoutOwnerIsDueAtOnce() {
    append(birth(1));

    assertThat(row(1).due()).isPresent();
    assertThat(claimedToken(5)).isEqualTo(2);
  }

  @Test
  void anInstanceMayBeBornAndLetGoInOneWrite() {
    append(with(birth(1, 9), completed()));

    assertThat(row(1).owner()).isEmpty();
    assertThat(row(1).due()).isEmpty();
    assertThat(row(1).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void refusesASecondInstanceOfTheSameId() {
    append(birth(born(1, "same", OptionalLong.empty(), Map.of())));

    assertThat(append(birth(born(2, "same", OptionalLong.empty(), Map.of())))).isEqualTo(EXISTS);

    assertThat(store.instances().find(2)).isEmpty();
    assertThat(store.journal().read(2)).isEmpty();
  }

  @Test
  void theSameFirstEntryAgainCountsAsAccepted() {
    append(birth(1));

    assertThat(append(birth(1))).isEqualTo(ACCEPTED);
    assertThat(events(1)).hasSize(1);
  }

  @Test
  void readsEntriesInOrderOfPositionWithTokenAndTime() {
    append(birth(1, 5));
    append(entry(1, 1, 1));
    append(entry(1, 1, 2));

    List<Entry> entries = store.journal().read(1);
    assertThat(entries).extracting(Entry::position).containsExactly(0, 1, 2);
    assertThat(entries).extracting(Entry::token).containsOnly(1L);
    assertThat(entries).extracting(Entry::events).last().isEqualTo("[\"1 1 2\"]");
    assertThat(entries).extracting(Entry::at).isSorted();
  }

  @Test
  void aJournalThatIsNotThereIsEmpty() {
    assertThat(store.journal().read(404)).isEmpty();
  }

  @Test
  void refusesAnEntryOfAnInstanceThatIsNotThere() {
    assertThat(append(entry(404, 1, 0))).isEqualTo(STALE);
    assertThat(store.journal().read(404)).isEmpty();
  }

  @Test
  void refusesAnOldTokenOnceANewerOneIsIssued() {
    append(birth(1));
    long token = claimedToken(5);

    assertThat(append(entry(1, token - 1, 1))).isEqualTo(STALE);
    assertThat(append(entry(1, token, 1))).isEqualTo(ACCEPTED);
    assertThat(events(1)).hasSize(2);
  }

  @Test
  void refusesATokenThatWasNeverIssued() {
    append(birth(1, 5));

    assertThat(append(entry(1, 2, 1))).isEqualTo(STALE);
  }

  @Test
  void refusesAPositionThatIsTakenByAnotherEntry() {
    append(birth(1, 5));
    append(entry(1, 1, 1));

    assertThat(append(with(entry(1, 1, 1), "[\"another\"]"))).isEqualTo(STALE);
    assertThat(events(1)).containsExactly("[\"born\"]", "[\"1 1 1\"]");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 100})
  void refusesAPositionBeyondTheEndSoJournalsAreDense(int position) {
    append(birth(1, 5));

    assertThat(append(entry(1, 1, position))).isEqualTo(STALE);
    assertThat(append(with(entry(1, 1, position), completed()))).isEqualTo(STALE);

    assertThat(events(1)).hasSize(1);
    assertThat(row(1).status()).isEqualTo(Status.PENDING);
    assertThat(row(1).owner()).hasValue(5);
  }

  @Test
  void theSameWriteAgainCountsAsAcceptedAndChangesNothing() {
    append(birth(1, 5));
    Write write = with(entry(1, 1, 1), release(store.leases().now().minusSeconds(1), 0));
    append(write);
    long token = claimedToken(6);
    append(with(entry(1, token, 2), running()));

    assertThat(append(write)).isEqualTo(ACCEPTED);

    assertThat(events(1)).hasSize(3);
    assertThat(row(1).owner()).hasValue(6);
    assertThat(row(1).status()).isEqualTo(Status.RUNNING);
  }

  @Test
  void theSameEventsUnderAnotherTokenAreNotTheSameWrite() {
    append(birth(1, 5));
    append(with(entry(1, 1, 1), release(store.leases().now(), 0)));
    long token = claimedToken(6);

    assertThat(append(with(entry(1, token, 1), "[\"1 1 1\"]"))).isEqualTo(STALE);
  }

  @Test
  void aRefusedWriteChangesNeitherTheRowNorLetters() {
    append(birth(1, 5));
    append(entry(1, 1, 1));
    store.mailbox().post("id-1", "signal", "{}");
    InstanceRow before = row(1);
    Write refused = with(with(entry(1, 1, 1), completed()), "[\"another\"]");

    assertThat(append(with(refused, new Write.Answer(1, true, "done")))).isEqualTo(STALE);

    assertThat(row(1)).isEqualTo(before);
    assertThat(store.mailbox().waitingFor(1)).hasSize(1);
    assertThat(store.mailbox().answer(1, 1)).isEmpty();
  }

  @Test
  void eachWriteOfABatchIsAcceptedOrNotByItself() {
    store.journal().append(List.of(birth(3, 5), birth(1, 5), birth(2, 5)));
    append(entry(2, 1, 1));

    List<Write.Result> results =
        store
            .journal()
            .append(
                List.of(
                    with(entry(3, 1, 1), completed()),
                    entry(9, 1, 0),
                    with(entry(2, 1, 1), "[\"another\"]"),
                    birth(born(8, "id-1", OptionalLong.empty(), Map.of())),
                    birth(4),
                    change(1, 1, running())));

    assertThat(results).containsExactly(ACCEPTED, STALE, STALE, EXISTS, ACCEPTED, ACCEPTED);
    assertThat(row(3).status()).isEqualTo(Status.COMPLETED);
    assertThat(row(1).status()).isEqualTo(Status.RUNNING);
    assertThat(row(2).status()).isEqualTo(Status.PENDING);
    assertThat(store.instances().find(4)).isPresent();
    assertThat(store.instances().find(8)).isEmpty();
  }

  @Test
  void ofTwoInstancesOfOneIdInABatchOneIsMade() {
    List<Write.Result> results =
        store
            .journal()
            .append(
                List.of(
                    birth(born(2, "same", OptionalLong.empty(), Map.of())),
                    birth(born(1, "same", OptionalLong.empty(), Map.of()))));

    assertThat(results).containsExactlyInAnyOrder(ACCEPTED, EXISTS);
  }

  @Test
  void aLargeBatchIsWrittenInOneGo() {
    List<Write> births = LongStream.rangeClosed(1, 300).mapToObj(no -> birth(no, 5)).toList();
    List<Write> entries = LongStream.rangeClosed(1, 300).mapToObj(no -> entry(no, 1, 1)).toList();

    assertThat(store.journal().append(births)).containsOnly(ACCEPTED);
    assertThat(store.journal().append(entries)).containsOnly(ACCEPTED).hasSize(300);
  }

  @Test
  void aChangeWithoutEntryShowsOnTheRowOnly() {
    append(birth(1, 5));

    Change paused = new Change(Status.COMPENSATING, true, null);
    assertThat(append(change(1, 1, paused))).isEqualTo(ACCEPTED);

    assertThat(row(1).status()).isEqualTo(Status.COMPENSATING);
    assertThat(row(1).paused()).isTrue();
    assertThat(row(1).owner()).hasValue(5);
    assertThat(events(1)).hasSize(1);
  }

  @Test
  void aChangeWithoutEntryIsFencedToo() {
    append(birth(1));
    long token = claimedToken(5);

    assertThat(append(change(1, token - 1, completed()))).isEqualTo(STALE);
    assertThat(append(change(1, token + 1, completed()))).isEqualTo(STALE);
    assertThat(append(change(404, 1, completed()))).isEqualTo(STALE);
    assertThat(row(1).owner()).hasValue(5);
  }

  @Test
  void aReleaseLetsGoUntilItIsDue() {
    append(birth(1, 5));
    Instant due = store.leases().now().plus(HOUR);

    append(with(entry(1, 1, 1), release(due, 0)));

    assertThat(row(1).owner()).isEmpty();
    assertThat(Duration.between(due, row(1).due().orElseThrow()).abs())
        .isLessThan(Duration.ofNanos(1000));
    assertThat(store.instances().claimDue(6, List.of(Writes.GREETING), 9)).isEmpty();
    world.pass(HOUR);
    assertThat(claimedToken(6)).isEqualTo(2);
  }

  @Test
  void aReleaseWithoutTimeWaitsForALetter() {
    append(birth(1, 5));
    append(with(entry(1, 1, 1), release()));
    world.pass(HOUR);
    assertThat(store.instances().claimDue(6, List.of(Writes.GREETING), 9)).isEmpty();

    store.mailbox().post("id-1", "signal", "{}");

    assertThat(claimedToken(6)).isEqualTo(2);
  }

  @Test
  void aLetterPostedBetweenReadingAndLettingGoMakesItDueAtOnce() {
    append(birth(1, 5));
    store.mailbox().post("id-1", "signal", "{}");
    Write taken = with(entry(1, 1, 1), new Write.Answer(1, true, "taken"));
    append(taken);
    store.mailbox().post("id-1", "signal", "{}");

    append(with(entry(1, 1, 2), release(store.leases().now().plus(HOUR), 1)));

    assertThat(claimedToken(6)).isEqualTo(2);
    assertThat(store.mailbox().waitingFor(1)).extracting(l -> l.letter()).containsExactly(2);
  }

  @Test
  void lettersTakenUpDoNotMakeItDue() {
    append(birth(1, 5));
    store.mailbox().post("id-1", "signal", "{}");
    append(with(entry(1, 1, 1), new Write.Answer(1, true, "taken")));

    append(with(entry(1, 1, 2), release(null, 1)));

    assertThat(row(1).due()).isEmpty();
  }

  @Test
  void answersAreGivenWithTheEntryThatTakesTheLetterUp() {
    append(birth(1, 5));
    store.mailbox().post("id-1", "retry", "{}");
    store.mailbox().post("id-1", "skip", "{}");

    append(
        with(
            entry(1, 1, 1),
            new Write.Answer(1, true, "retried"),
            new Write.Answer(2, false, "nothing to skip")));

    assertThat(store.mailbox().answer(1, 1)).contains(new Write.Answer(1, true, "retried"));
    assertThat(store.mailbox().answer(1, 2))
        .contains(new Write.Answer(2, false, "nothing to skip"));
    assertThat(store.mailbox().waitingFor(1)).isEmpty();
  }

  @Test
  void idsEventsAndAttributesKeepAnyText() {
    String[] texts = {
      "emoji 🧾👩‍👩‍👧",
      "שלום עולם",
      "e\u0301 vs é",
      "a'b\"c\\d",
      "\\u0000 {} ${x} $. ?",
      "%_\t\n",
      "\uFFFF"
    };
    for (int i = 0; i < texts.length; i++) {
      String text = texts[i];
      Write birth = birth(born(i + 1, text, OptionalLong.empty(), Map.of(text, text + "!")));

      assertThat(append(with(birth, "[\"" + text + "\\u0000\"]"))).isEqualTo(ACCEPTED);

      InstanceRow row = store.instances().find(text).orElseThrow();
      assertThat(row.id()).isEqualTo(text);
      assertThat(row.attributes()).isEqualTo(Map.of(text, text + "!"));
      assertThat(events(i + 1)).containsExactly("[\"" + text + "\\u0000\"]");
      assertThat(store.mailbox().post(text, text, text)).isPresent();
      assertThat(store.mailbox().waitingFor(i + 1).get(0).body()).isEqualTo(text);
    }
  }

  @Test
  void keepsAnEntryOfFiveMegabytes() {
    String large = "[\"" + "0123456789é".repeat(5 * 1024 * 1024 / 12) + "\"]";
    append(birth(1, 5));

    assertThat(append(with(entry(1, 1, 1), large))).isEqualTo(ACCEPTED);
    assertThat(append(with(entry(1, 1, 1), large))).isEqualTo(ACCEPTED);
    assertThat(events(1).get(1)).isEqualTo(large);
  }
}
