package dev.concordat.store;

import static dev.concordat.store.Write.Result.ACCEPTED;
import static dev.concordat.store.Write.Result.EXISTS;
import static dev.concordat.store.Write.Result.STALE;
import static dev.concordat.store.Writes.birth;
import static dev.concordat.store.Writes.born;
import static dev.concordat.store.Writes.completed;
import static dev.concordat.store.Writes.entry;
import static dev.concordat.store.Writes.release;
import static dev.concordat.store.Writes.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.Status;
import java.sql.Connection;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: business writes and the entry commit together or not at all, on every store (P1, P4, P6).
 * Method: one test per sentence of {@link Transactions} and {@link Journal#appendWithin}.
 */
class TransactionsContractTest extends StoreContract {

  /** A local step that writes {@code effect} and commits with {@code write}. */
  private Write.Result step(String effect, Write write) throws Exception {
    try (Transactions.Local local = store.transactions().begin()) {
      world.effect(local.connection(), effect);
      return local.commit(write);
    }
  }

  @Test
  void theEffectAndTheEntryCommitTogether() throws Exception {
    append(birth(1, 5));

    assertThat(step("paid", entry(1, 1, 1))).isEqualTo(ACCEPTED);

    assertThat(world.effects()).containsExactly("paid");
    assertThat(events(1)).hasSize(2);
  }

  @Test
  void theRowChangesWithThem() throws Exception {
    append(birth(1, 5));

    step("paid", with(entry(1, 1, 1), completed()));

    assertThat(row(1).status()).isEqualTo(Status.COMPLETED);
    assertThat(row(1).owner()).isEmpty();
    assertThat(row(1).due()).isEmpty();
  }

  @Test
  void aReleaseCountsLettersHereToo() throws Exception {
    append(birth(1, 5));
    store.mailbox().post("id-1", "signal", "{}");

    step("paid", with(entry(1, 1, 1), release(null, 0)));

    assertThat(claimDue(6)).containsExactly(1L);
  }

  @Test
  void answersAreGivenHereToo() throws Exception {
    append(birth(1, 5));
    store.mailbox().post("id-1", "signal", "{}");

    step("no", with(with(entry(1, 1, 5), completed()), new Write.Answer(1, true, "ok")));
    assertThat(store.mailbox().answer(1, 1)).isEmpty();
    step("yes", with(entry(1, 1, 1), new Write.Answer(1, true, "ok")));

    assertThat(store.mailbox().answer(1, 1)).contains(new Write.Answer(1, true, "ok"));
    assertThat(world.effects()).containsExactly("yes");
  }

  @Test
  void withoutCommitEverythingIsRolledBack() throws Exception {
    append(birth(1, 5));

    try (Transactions.Local local = store.transactions().begin()) {
      world.effect(local.connection(), "paid");
    }

    assertThat(world.effects()).isEmpty();
    assertThat(events(1)).hasSize(1);
  }

  @Test
  void aStaleTokenRollsTheEffectBack() throws Exception {
    append(birth(1));
    claimDue(5);

    assertThat(step("paid", entry(1, 1, 1))).isEqualTo(STALE);
    assertThat(step("paid", with(entry(1, 1, 1), completed()))).isEqualTo(STALE);

    assertThat(world.effects()).isEmpty();
    assertThat(row(1).status()).isEqualTo(Status.PENDING);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 9})
  void aPositionThatIsNotTheEndRollsTheEffectBack(int position) throws Exception {
    append(birth(1, 5));
    append(entry(1, 1, 1));

    assertThat(step("paid", with(entry(1, 1, position), "[\"x\"]"))).isEqualTo(STALE);
    assertThat(step("paid", with(with(entry(1, 1, position), "[\"x\"]"), completed())))
        .isEqualTo(STALE);

    assertThat(world.effects()).isEmpty();
    assertThat(events(1)).hasSize(2);
    assertThat(row(1).status()).isEqualTo(Status.PENDING);
  }

  @Test
  void aFirstEntryMayRideWithItsStep() throws Exception {
    Write birth = birth(born(1, "one", OptionalLong.of(5), Map.of("k", "v")));

    assertThat(step("paid", birth)).isEqualTo(ACCEPTED);

    assertThat(row(1).id()).isEqualTo("one");
    assertThat(row(1).owner()).hasValue(5);
    assertThat(row(1).attributes()).containsOnly(Map.entry("k", "v"));
    assertThat(events(1)).containsExactly("[\"born\"]");
    assertThat(world.effects()).containsExactly("paid");
  }

  @Test
  void aFirstEntryMayRideWithItsStepAndEndIt() throws Exception {
    assertThat(step("paid", with(birth(1, 5), completed()))).isEqualTo(ACCEPTED);

    assertThat(row(1).status()).isEqualTo(Status.COMPLETED);
    assertThat(row(1).owner()).isEmpty();
  }

  @Test
  void anInstanceBornHereWithoutOwnerIsDueAtOnce() throws Exception {
    step("paid", birth(1));

    assertThat(claimDue(5)).containsExactly(1L);
  }

  @Test
  void aFirstEntryOfAnIdThatExistsRollsTheEffectBack() throws Exception {
    append(birth(born(1, "same", OptionalLong.of(5), Map.of())));

    assertThat(step("paid", birth(born(2, "same", OptionalLong.of(5), Map.of()))))
        .isEqualTo(EXISTS);
    assertThat(step("paid", birth(born(1, "same", OptionalLong.of(5), Map.of()))))
        .isEqualTo(EXISTS);

    assertThat(world.effects()).isEmpty();
    assertThat(store.instances().find(2)).isEmpty();
  }

  @Test
  void aTransactionDoesNotCommitWithoutAnEntry() {
    append(birth(1, 5));

    assertThatThrownBy(() -> step("paid", with(entry(1, 1, 1), "")))
        .isInstanceOf(InvariantViolation.class);
    assertThat(world.effects()).isEmpty();
  }

  @Test
  void nothingIsCommittedAfterAnAbort() throws Exception {
    append(birth(1, 5));

    try (Transactions.Local local = store.transactions().begin()) {
      world.effect(local.connection(), "paid");
      local.abort();
      assertThatThrownBy(() -> local.commit(entry(1, 1, 1)))
          .isInstanceOf(OutcomeUnknownException.class);
    }

    assertThat(world.effects()).isEmpty();
    assertThat(events(1)).hasSize(1);
  }

  @Test
  void businessCodeCannotEndTheTransaction() throws Exception {
    append(birth(1, 5));

    try (Transactions.Local local = store.transactions().begin()) {
      Connection connection = local.connection();
      world.effect(connection, "paid");
      assertThatThrownBy(connection::commit).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(connection::rollback).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(connection::close).isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> connection.setAutoCommit(true))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("setAutoCommit");
      assertThatThrownBy(() -> connection.abort(Runnable::run))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(world.effects()).isEmpty();
      assertThat(local.commit(entry(1, 1, 1))).isEqualTo(ACCEPTED);
    }

    assertThat(world.effects()).containsExactly("paid");
  }

  @Test
  void aConnectionEqualsItselfOnly() {
    try (Transactions.Local one = store.transactions().begin();
        Transactions.Local two = store.transactions().begin()) {
      assertThat(one.connection()).isEqualTo(one.connection()).isNotEqualTo(two.connection());
      assertThat(one.connection()).hasSameHashCodeAs(one.connection());
    }
  }

  @Test
  void anInstanceOfTheCallersTransactionLivesIfItCommits() throws Exception {
    try (StoreWorld.Session session = world.begin()) {
      world.effect(session.connection(), "order");
      assertThat(store.journal().appendWithin(session.connection(), birth(1))).isEqualTo(ACCEPTED);
      assertThat(store.instances().find(1)).isEmpty();
      session.commit();
    }

    assertThat(world.effects()).containsExactly("order");
    assertThat(events(1)).containsExactly("[\"born\"]");
    assertThat(claimDue(5)).containsExactly(1L);
  }

  @Test
  void anInstanceOfTheCallersTransactionNeverWasIfItRollsBack() throws Exception {
    try (StoreWorld.Session session = world.begin()) {
      world.effect(session.connection(), "order");
      store.journal().appendWithin(session.connection(), birth(1));
    }

    assertThat(world.effects()).isEmpty();
    assertThat(store.instances().find(1)).isEmpty();
    assertThat(store.journal().read(1)).isEmpty();
    assertThat(append(birth(1))).isEqualTo(ACCEPTED);
  }

  @Test
  void severalInstancesMayBeBornInOneTransaction() throws Exception {
    append(birth(born(9, "taken", OptionalLong.empty(), Map.of())));

    try (StoreWorld.Session session = world.begin()) {
      Connection connection = session.connection();
      assertThat(store.journal().appendWithin(connection, birth(1))).isEqualTo(ACCEPTED);
      assertThat(store.journal().appendWithin(connection, birth(2))).isEqualTo(ACCEPTED);
      Write again = birth(born(3, "id-1", OptionalLong.empty(), Map.of()));
      assertThat(store.journal().appendWithin(connection, again)).isEqualTo(EXISTS);
      Write taken = birth(born(4, "taken", OptionalLong.empty(), Map.of()));
      assertThat(store.journal().appendWithin(connection, taken)).isEqualTo(EXISTS);
      session.commit();
    }

    assertThat(numbers(store.instances().search(Query.newest(9)))).containsExactly(9L, 2L, 1L);
  }
}
