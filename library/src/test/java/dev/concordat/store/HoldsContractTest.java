package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Status;
import dev.concordat.store.Holds.Hold;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Holds} says is so, on every store. Method: one test per sentence of its
 * documentation, on memory and on a real PostgreSQL.
 */
class HoldsContractTest extends MessagesContract {

  private static final Holds.Stray STRAY =
      new Holds.Stray(0, "bank", "k", "CALLBACK", "e1", "{}", Instant.EPOCH, null);

  private long born(String id) {
    long no = store.instances().reserveNumbers();
    store
        .journal()
        .append(List.of(Writes.birth(Writes.born(no, id, OptionalLong.empty(), Map.of()))));
    return no;
  }

  private void enter(long no, String key, long minor) {
    run(connection -> store.holds().enter(connection, new Hold(no, "bank", key, minor, "EUR")));
  }

  private List<String> unsettled() {
    return store.holds().unsettled(null, Long.MIN_VALUE, 10).stream()
        .map(row -> row.id() + " " + row.hold().minor())
        .toList();
  }

  @Test
  void anInstanceIsFoundByItsKey() {
    long no = born("a");
    enter(no, "k1", 5);

    assertThat(store.holds().owner("bank", "k1")).contains("a");
    assertThat(store.holds().owner("post", "k1")).isEmpty();
    assertThat(store.holds().owner("bank", "k2")).isEmpty();
  }

  @Test
  void whatIsThereAlreadyStays() {
    long no = born("a");
    enter(no, "k1", 5);
    enter(no, "k2", 6);

    assertThat(unsettled()).containsExactly("a 5");
  }

  @Test
  void pagesFollowEachOtherAndSumsAreExact() {
    enter(born("a"), "k1", Long.MAX_VALUE);
    enter(born("b"), "k2", Long.MAX_VALUE);

    List<Holds.Unsettled> first = store.holds().unsettled("bank", Long.MIN_VALUE, 1);
    List<Holds.Unsettled> second =
        store.holds().unsettled("bank", first.get(0).hold().instance(), 1);

    assertThat(List.of(first.get(0).id(), second.get(0).id())).containsExactly("a", "b");
    assertThat(store.holds().atRisk())
        .containsExactly(
            new Holds.AtRisk(
                "bank", "EUR", 2, BigInteger.valueOf(Long.MAX_VALUE).multiply(BigInteger.TWO)));
    assertThat(store.holds().unsettled("post", Long.MIN_VALUE, 1)).isEmpty();
  }

  @Test
  void whatIsSettledIsNoLongerAtRiskButStillFound() {
    long no = born("a");
    enter(no, "k1", 5);

    run(connection -> store.holds().settle(connection, no));

    assertThat(unsettled()).isEmpty();
    assertThat(store.holds().atRisk()).isEmpty();
    assertThat(store.holds().owner("bank", "k1")).contains("a");
  }

  @Test
  void whatHasEndedIsUnsettledWhileItHasNotHeardEverything() {
    long no = born("a");
    enter(no, "k1", 5);
    run(connection -> store.holds().settle(connection, no));
    Change ended = new Change(Status.COMPLETED, false, new Change.Release(null, 0));
    store.journal().append(List.of(Writes.change(no, NewInstance.FIRST_TOKEN, ended)));
    assertThat(unsettled()).isEmpty();

    assertThat(store.mailbox().post("a", "EVIDENCE", "{}")).isPresent();

    assertThat(unsettled()).containsExactly("a 5");
    assertThat(store.holds().atRisk()).hasSize(1);
  }

  @Test
  void journalsAreReadTogether() {
    long a = born("a");
    long b = born("b");

    assertThat(store.holds().journals(List.of(a, b, 999_999_999L)))
        .containsOnlyKeys(a, b)
        .containsEntry(a, store.journal().read(a));
  }

  @Test
  void aStrayIsKeptOnceUntilItIsAcknowledged() {
    assertThat(store.holds().keep(STRAY)).isTrue();
    assertThat(store.holds().keep(STRAY)).isFalse();
    List<Holds.Stray> kept = store.holds().strays(0, 10);
    assertThat(kept).hasSize(1);
    long no = kept.get(0).no();

    assertThat(store.holds().strays(no, 10)).isEmpty();
    assertThat(store.holds().acknowledge(no, "ops: known")).isTrue();
    assertThat(store.holds().acknowledge(no, "ops: again")).isFalse();
    assertThat(store.holds().strays(0, 10)).isEmpty();
    assertThat(store.holds().keep(STRAY)).as("still known").isFalse();
  }
}
