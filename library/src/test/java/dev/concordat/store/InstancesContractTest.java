package dev.concordat.store;

import static dev.concordat.store.Write.Result.ACCEPTED;
import static dev.concordat.store.Write.Result.STALE;
import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.born;
import static dev.concordat.store.Writes.change;
import static dev.concordat.store.Writes.completed;
import static dev.concordat.store.Writes.entry;
import static dev.concordat.store.Writes.release;
import static dev.concordat.store.Writes.running;
import static dev.concordat.store.Writes.uid;
import static dev.concordat.store.Writes.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Instances} says is so, on every store (P6, P10). Method: one test per sentence
 * of its documentation, on memory and on a real PostgreSQL.
 */
class InstancesContractTest extends StoreContract {

  private static Write other(long no, OptionalLong owner, int version) {
    NewInstance born =
        new NewInstance(
            no, "id-" + no, uid(no), "farewell", version, "h", Map.of(), OptionalLong.of(1), owner);
    return birth(born);
  }

  private void releaseUntil(long no, Instant due) {
    assertThat(append(birth(no, 99))).isEqualTo(ACCEPTED);
    assertThat(append(change(no, 1, release(due, 0)))).isEqualTo(ACCEPTED);
  }

  @Test
  void numbersAreNeverGivenTwice() {
    Set<Long> given = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      long first = store.instances().reserveNumbers();
      for (long no = first; no < first + Instances.NUMBERS; no++) {
        assertThat(given.add(no)).isTrue();
      }
    }
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(store.instances().find("nobody")).isEmpty();
    assertThat(store.instances().find(404)).isEmpty();
  }

  @Test
  void claimsLongestDueFirstUpToTheLimit() {
    Instant now = store.leases().now();
    releaseUntil(1, now.minusSeconds(10));
    releaseUntil(2, now.minusSeconds(30));
    releaseUntil(3, now.minusSeconds(20));

    assertThat(numbers(store.instances().claimDue(5, KNOWN, 2))).containsExactlyInAnyOrder(2L, 3L);
    assertThat(numbers(store.instances().claimDue(5, KNOWN, 2))).containsExactly(1L);
    assertThat(store.instances().claimDue(5, KNOWN, 2)).isEmpty();
  }

  @Test
  void doesNotClaimWhatIsNotDue() {
    releaseUntil(1, store.leases().now().plus(HOUR));
    append(birth(2, 99));

    assertThat(claimDue(5)).isEmpty();
    world.pass(HOUR);
    assertThat(claimDue(5)).containsExactly(1L);
  }

  @Test
  void aClaimIssuesTheNextTokenAndShowsTheOwner() {
    releaseUntil(1, store.leases().now());

    InstanceRow claimed = store.instances().claimDue(5, KNOWN, 1).get(0);

    assertThat(claimed).isEqualTo(row(1));
    assertThat(claimed.token()).isEqualTo(2);
    assertThat(claimed.owner()).hasValue(5);
    assertThat(claimed.due()).isEmpty();
    assertThat(claimed.status()).isEqualTo(Status.RUNNING);
    assertThat(events(1)).hasSize(1);
  }

  @Test
  void claimsOnlyDefinitionsAndVersionsItCanRun() {
    append(birth(1));
    append(other(2, OptionalLong.empty(), 1));
    append(other(3, OptionalLong.empty(), 2));

    assertThat(store.instances().claimDue(5, List.of(), 9)).isEmpty();
    assertThat(numbers(store.instances().claimDue(5, List.of("farewell@2", "x@1"), 9)))
        .containsExactly(3L);
    assertThat(claimDue(5)).containsExactly(1L);
    assertThat(row(2).owner()).isEmpty();
  }

  @Test
  void takesOverOnlyOnceTheLeaseHasEnded() {
    long first = worker();
    append(birth(1, first));
    long second = worker();

    assertThat(claimAbandoned(second)).isEmpty();
    assertThat(row(1).owner()).hasValue(first);
    store.leases().release(first);
    assertThat(claimAbandoned(second)).containsExactly(1L);
    assertThat(row(1).owner()).hasValue(second);
  }

  @Test
  void aWorkerWhoseLeaseHasEndedDoesNotTakeOverFromItself() {
    long first = worker();
    append(birth(1, first));
    store.leases().release(first);

    assertThat(claimAbandoned(first)).isEmpty();
    assertThat(row(1).token()).isEqualTo(1);
  }

  @Test
  void twoWorkersWhoseLeasesHaveEndedDoNotTakeFromEachOther() {
    long first = worker();
    append(birth(1, first));
    long second = worker();
    world.pass(HOUR);

    assertThat(claimAbandoned(second)).isEmpty();
    assertThat(row(1).owner()).hasValue(first);
    assertThat(row(1).token()).isEqualTo(1);
    store.leases().renew(second, HOUR);
    assertThat(claimAbandoned(second)).containsExactly(1L);
    assertThat(claimAbandoned(first)).isEmpty();
  }

  @Test
  void aTakeoverIssuesTheNextTokenAndMarksTheJournal() {
    long first = worker();
    append(birth(1, first));
    append(entry(1, 1, 1));
    store.leases().release(first);

    InstanceRow taken = store.instances().claimAbandoned(worker(), KNOWN, 9, TAKEN_OVER).get(0);

    assertThat(taken).isEqualTo(row(1));
    assertThat(taken.token()).isEqualTo(2);
    Entry fence = store.journal().read(1).get(2);
    assertThat(fence.events()).isEqualTo(TAKEN_OVER);
    assertThat(fence.position()).isEqualTo(2);
    assertThat(fence.token()).isEqualTo(2);
  }

  @Test
  void whateverTheLastOwnerStillWritesIsRefused() {
    long first = worker();
    append(birth(1, first));
    store.leases().release(first);
    long second = worker();
    claimAbandoned(second);

    assertThat(append(entry(1, 1, 1))).isEqualTo(STALE);
    assertThat(append(entry(1, 1, 2))).isEqualTo(STALE);
    assertThat(append(change(1, 1, completed()))).isEqualTo(STALE);
    assertThat(append(with(entry(1, 2, 2), running()))).isEqualTo(ACCEPTED);
    assertThat(events(1)).containsExactly("[\"born\"]", TAKEN_OVER, "[\"1 2 2\"]");
  }

  @Test
  void leavesUnknownDefinitionsAndTheirWorkerToOthers() {
    long first = worker();
    append(birth(1, first));
    append(other(2, OptionalLong.of(first), 1));
    store.leases().release(first);
    long second = worker();

    assertThat(claimAbandoned(second)).containsExactly(1L);

    assertThat(row(2).owner()).hasValue(first);
    assertThat(workers()).containsExactly(first, second);
    assertThat(
            numbers(store.instances().claimAbandoned(second, List.of("farewell@1"), 9, TAKEN_OVER)))
        .containsExactly(2L);
    assertThat(workers()).containsExactly(second);
  }

  @Test
  void workersThatHoldNothingAreForgotten() {
    long first = worker();
    long second = worker();
    world.pass(HOUR);
    long third = worker();

    assertThat(claimAbandoned(third)).isEmpty();
    assertThat(workers()).containsExactly(third);
    assertThat(store.leases().renew(first, HOUR)).isEmpty();
    assertThat(store.leases().renew(second, HOUR)).isEmpty();
  }

  @Test
  void takesOverNoMoreThanTheLimitAndTheRestLater() {
    long first = worker();
    for (long no = 1; no <= 5; no++) {
      append(birth(no, first));
    }
    world.pass(HOUR);
    long second = worker();

    assertThat(numbers(store.instances().claimAbandoned(second, KNOWN, 3, TAKEN_OVER)))
        .containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(workers()).containsExactly(first, second);
    assertThat(numbers(store.instances().claimAbandoned(second, KNOWN, 3, TAKEN_OVER)))
        .containsExactlyInAnyOrder(4L, 5L);
    assertThat(workers()).containsExactly(second);
  }

  @Test
  void takesOverWhatAForgottenWorkerClaimedInItsSleep() {
    long sleeper = worker();
    append(birth(1));
    world.pass(HOUR);
    long second = worker();
    claimAbandoned(second);
    assertThat(workers()).containsExactly(second);

    assertThat(claimDue(sleeper)).containsExactly(1L);
    append(birth(2, sleeper));

    assertThat(store.leases().renew(sleeper, HOUR)).isEmpty();
    assertThat(claimAbandoned(second)).containsExactlyInAnyOrder(1L, 2L);
    assertThat(claimAbandoned(second)).isEmpty();
  }

  @Test
  void countsWhatIsNotFinalByDefinition() {
    append(birth(1));
    append(birth(2, 5));
    append(other(3, OptionalLong.of(5), 2));
    append(with(birth(4, 5), completed()));
    append(with(birth(5, 5), release()));

    assertThat(store.instances().unfinished())
        .containsExactly(Map.entry("farewell@2", 1L), Map.entry(Writes.GREETING, 3L));
  }

  @Test
  void aLetterMakesAFinalInstanceCountUntilItIsAnswered() {
    append(with(birth(1, 5), completed()));
    store.mailbox().post("id-1", "retry", "{}");

    assertThat(store.instances().unfinished()).containsOnly(Map.entry(Writes.GREETING, 1L));
    assertThat(claimDue(5)).containsExactly(1L);
  }

  @Test
  void searchesNewestFirstAndPageByPage() {
    for (long no = 1; no <= 5; no++) {
      append(birth(no));
    }

    assertThat(numbers(store.instances().search(Query.newest(3)))).containsExactly(5L, 4L, 3L);
    Query next = query(Map.of(), OptionalLong.of(3), OptionalLong.empty());
    assertThat(numbers(store.instances().search(next))).containsExactly(2L, 1L);
  }

  private static Query query(
      Map<String, String> attributes, OptionalLong before, OptionalLong parent) {
    return new Query(
        Optional.empty(), Optional.empty(), Optional.empty(), attributes, before, parent, 100);
  }

  @Test
  void searchesByStatusDefinitionAndParent() {
    append(birth(1));
    append(with(birth(2, 5), completed()));
    append(other(3, OptionalLong.of(5), 1));

    assertThat(numbers(store.instances().search(Query.newest(9).withStatus(Status.COMPLETED))))
        .containsExactly(2L);
    Query byParent = query(Map.of(), OptionalLong.empty(), OptionalLong.of(1));
    assertThat(numbers(store.instances().search(byParent))).containsExactly(3L);
    Query byName =
        new Query(
            Optional.of(Status.PENDING),
            Optional.of("greeting"),
            Optional.empty(),
            Map.of(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            9);
    assertThat(numbers(store.instances().search(byName))).containsExactly(1L);
  }

  @Test
  void searchesByAllAttributesGiven() {
    OptionalLong nobody = OptionalLong.empty();
    append(birth(born(1, "a", nobody, Map.of("city", "Bern", "tier", "gold"))));
    append(birth(born(2, "b", nobody, Map.of("city", "Bern"))));
    append(birth(born(3, "c", nobody, Map.of())));

    assertThat(byAttributes(Map.of("city", "Bern"))).containsExactly(2L, 1L);
    assertThat(byAttributes(Map.of("city", "Bern", "tier", "gold"))).containsExactly(1L);
    assertThat(byAttributes(Map.of("city", "bern"))).isEmpty();
    assertThat(byAttributes(Map.of("country", "CH"))).isEmpty();
    assertThat(byAttributes(Map.of())).containsExactly(3L, 2L, 1L);
  }

  private List<Long> byAttributes(Map<String, String> attributes) {
    Query query = query(attributes, OptionalLong.empty(), OptionalLong.empty());
    return numbers(store.instances().search(query));
  }

  @Test
  void searchesByTheTimeOfAcceptance() {
    append(birth(1));
    world.pass(HOUR);
    append(birth(2));

    assertThat(numbers(store.instances().search(before(store.leases().now().minus(HOUR)))))
        .containsExactly(1L);
    assertThat(numbers(store.instances().search(before(row(1).createdAt())))).isEmpty();
  }

  private static Query before(Instant time) {
    return new Query(
        Optional.empty(),
        Optional.empty(),
        Optional.of(time),
        Map.of(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        9);
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> Query.newest(0)).hasMessageContaining("1 to 10,000");
    assertThatThrownBy(() -> Query.newest(10_001)).hasMessageContaining("1 to 10,000");
  }
}
