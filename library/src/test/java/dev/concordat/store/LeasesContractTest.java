package dev.concordat.store;

import static dev.concordat.store.Writes.birth;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Leases} says is so, on every store (P10). Method: one test per sentence of its
 * documentation, on memory and on a real PostgreSQL.
 */
class LeasesContractTest extends StoreContract {

  private Leases.Worker only() {
    List<Leases.Worker> all = store.leases().workers();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  @Test
  void numbersOfWorkersAreNeverGivenAgain() {
    long first = worker();
    store.leases().release(first);
    claimAbandoned(worker());

    long third = worker();

    assertThat(third).isGreaterThan(first + 1);
  }

  @Test
  void aLeaseTellsTheTimeOfTheDatabase() {
    Instant before = store.leases().now();
    Instant told = store.leases().acquire(HOUR, KNOWN).now();

    assertThat(told).isBetween(before, store.leases().now());
  }

  @Test
  void aWorkerIsShownWithWhatItCanRun() {
    store.leases().acquire(HOUR, List.of("a@1", "b, \"c\"@2"));

    assertThat(only().definitions()).containsExactly("a@1", "b, \"c\"@2");
    assertThat(only().alive()).isTrue();
    assertThat(only().until()).isAfter(store.leases().now());
  }

  @Test
  void aLeaseEndsUnlessItIsRenewed() {
    worker();
    world.pass(HOUR);

    assertThat(only().alive()).isFalse();
  }

  @Test
  void aRenewedLeaseRunsFromNow() {
    long worker = worker();
    append(birth(1, worker));
    world.pass(Duration.ofMinutes(50));

    Instant told = store.leases().renew(worker, HOUR).orElseThrow();

    assertThat(told).isBeforeOrEqualTo(store.leases().now());
    world.pass(Duration.ofMinutes(50));
    assertThat(only().alive()).isTrue();
    assertThat(claimAbandoned(worker())).isEmpty();
  }

  @Test
  void aLeaseThatEndedButThatNobodyTookOverCanBeRenewed() {
    long worker = worker();
    world.pass(HOUR);

    assertThat(store.leases().renew(worker, HOUR)).isPresent();
    assertThat(only().alive()).isTrue();
  }

  @Test
  void aLeaseThatOthersTookOverIsLost() {
    long worker = worker();
    append(birth(1, worker));
    world.pass(HOUR);
    claimAbandoned(worker());

    assertThat(store.leases().renew(worker, HOUR)).isEmpty();
    assertThat(workers()).hasSize(1).doesNotContain(worker);
  }

  @Test
  void aLeaseThatNeverWasIsLost() {
    assertThat(store.leases().renew(404, HOUR)).isEmpty();
  }

  @Test
  void aReleasedLeaseEndsAtOnce() {
    long worker = worker();
    append(birth(1, worker));

    store.leases().release(worker);
    store.leases().release(404);

    assertThat(only().alive()).isFalse();
    assertThat(only().until()).isBefore(store.leases().now());
    assertThat(claimAbandoned(worker())).containsExactly(1L);
  }

  @Test
  void timeDoesNotStandStill() {
    Instant now = store.leases().now();

    assertThat(store.leases().now()).isAfter(now);
  }
}
