package dev.concordat.store;

import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.born;
import static dev.concordat.store.Writes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Goal: what only the store in memory has: staged effects, no SQL, and threads that never mix.
 * Method: its own words used directly; many threads fighting for the same instances.
 */
class MemoryStoreTest {

  private final MemoryStore store =
      new MemoryStore(InstantSource.fixed(Instant.parse("2030-01-01T00:00:00Z")));
  private final List<String> ledger = new ArrayList<>();

  private static MemoryStore.Staged staged(Connection connection) throws Exception {
    assertThat(connection.isWrapperFor(MemoryStore.Staged.class)).isTrue();
    return connection.unwrap(MemoryStore.Staged.class);
  }

  @Test
  void everyUseOfSqlSaysThatThereIsNone() {
    Connection connection = store.transactions().begin().connection();

    assertThatThrownBy(() -> connection.prepareStatement("SELECT 1"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("no SQL")
        .hasMessageContaining("MemoryStore.Staged");
    assertThatThrownBy(connection::createStatement)
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> connection.unwrap(String.class))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void timeIsTheClocksAlone() {
    store.journal().append(List.of(birth(1)));

    assertThat(store.leases().now()).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(store.instances().find(1).orElseThrow().createdAt())
        .isEqualTo("2030-01-01T00:00:00Z");
  }

  @Test
  void effectsAreStagedInOrderAndOnce() throws Exception {
    store.journal().append(List.of(birth(1, 5)));
    try (Transactions.Local local = store.transactions().begin()) {
      staged(local.connection()).onCommit(() -> ledger.add("a"));
      staged(local.connection()).onCommit(() -> ledger.add("b"));
      assertThat(ledger).isEmpty();
      local.commit(entry(1, 1, 1));
      assertThatThrownBy(() -> staged(local.connection()).onCommit(() -> ledger.add("c")))
          .isInstanceOf(RefusedException.class);
    }

    assertThat(ledger).containsExactly("a", "b");
  }

  @Test
  void anEffectThatThrowsRollsTheEntryBack() throws Exception {
    store.journal().append(List.of(birth(1, 5)));
    try (Transactions.Local local = store.transactions().begin()) {
      staged(local.connection())
          .onCommit(() -> {
            throw new IllegalStateException("deferred");
          });
      assertThatThrownBy(() -> local.commit(entry(1, 1, 1)))
          .isInstanceOf(RolledBack.class)
          .hasMessageContaining("deferred");
    }

    assertThat(store.journal().read(1)).hasSize(1);
  }

  @Test
  void anIdPromisedToAnOpenTransactionIsRefusedUntilItEnds() {
    Write other = birth(born(2, "id-1", OptionalLong.empty(), Map.of()));
    try (MemoryStore.Session session = store.begin()) {
      store.journal().appendWithin(session.connection(), birth(1));
      assertThatThrownBy(() -> store.journal().append(List.of(other)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("try again");
    }

    assertThat(store.journal().append(List.of(other))).containsExactly(Write.Result.ACCEPTED);
  }

  @Test
  void aConnectionOfAnotherStoreIsRefused() {
    MemoryStore another = new MemoryStore(InstantSource.system());
    try (MemoryStore.Session session = another.begin()) {
      assertThatThrownBy(() -> store.journal().appendWithin(session.connection(), birth(1)))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("MemoryStore.begin()");
    }
  }

  @Test
  void ofManyThreadsThatAppendAtOnePlaceOneDoes() throws Exception {
    store.journal().append(List.of(birth(1, 5)));
    List<Callable<Integer>> writers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String events = "[" + i + "]";
      writers.add(() -> {
        int accepted = 0;
        for (int position = 1; position <= 500; position++) {
          Write write = Writes.with(entry(1, 1, position), events);
          boolean done = store.journal().append(List.of(write)).contains(Write.Result.ACCEPTED);
          accepted += done ? 1 : 0;
        }
        return accepted;
      });
    }

    int accepted = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> writer : threads.invokeAll(writers)) {
        accepted += writer.get();
      }
    }

    assertThat(store.journal().read(1)).hasSize(accepted + 1).hasSizeLessThanOrEqualTo(501);
  }

  @Test
  void ofManyThreadsThatClaimEachInstanceHasOne() throws Exception {
    for (long no = 1; no <= 200; no++) {
      store.journal().append(List.of(birth(no)));
    }
    List<Callable<List<Long>>> workers = new ArrayList<>();
    for (long worker = 1; worker <= 8; worker++) {
      long me = worker;
      workers.add(() -> {
        List<Long> mine = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          store.instances().claimDue(me, List.of(Writes.GREETING), 3).stream()
              .map(InstanceRow::no)
              .forEach(mine::add);
        }
        return mine;
      });
    }

    List<Long> claimed = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<List<Long>> worker : threads.invokeAll(workers)) {
        claimed.addAll(worker.get());
      }
    }

    assertThat(claimed).hasSize(200).doesNotHaveDuplicates();
  }
}
