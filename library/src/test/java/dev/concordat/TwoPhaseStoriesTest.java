package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.AtomicStory;
import dev.concordat.atomic.InDoubt;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.Outcome;
import dev.concordat.core.Status;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: what is told of a transaction that has not ended is what happened (P7, P11). */
class TwoPhaseStoriesTest {

  private static final String HERE = " FROM pg_prepared_xacts WHERE database = current_database()";

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();

  @AfterEach
  void close() {
    accounts.close();
    ledger.close();
  }

  /** Decided, and nobody tells the ledger. */
  private void leave() {
    try (Concordat first =
        accounts.concordat().pollingOnly().wrappingBranches(TwoPhaseStoriesTest::deaf).start()) {
      TwoPhaseCommit dying =
          first.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", accounts.pool)
                  .database("ledger", ledger.pool));
      assertThat(
              dying.execute(
                  "t1",
                  tx -> {
                    tx.on("accounts").update("INSERT INTO ledger (what) VALUES ('x')");
                    return tx.on("ledger").update("INSERT INTO ledger (what) VALUES ('x')");
                  }))
          .isInstanceOf(Outcome.Done.class);
      dying.kill();
    }
  }

  private static AtomicDatabase deaf(AtomicDatabase real) {
    Branches.Teller deaf =
        (Branches.Teller)
            Proxy.newProxyInstance(
                TwoPhaseStoriesTest.class.getClassLoader(),
                new Class<?>[] {Branches.Teller.class},
                (self, method, arguments) ->
                    method.getName().equals("close") ? null : BranchEnding.AGAIN);
    return (AtomicDatabase)
        Proxy.newProxyInstance(
            TwoPhaseStoriesTest.class.getClassLoader(),
            new Class<?>[] {AtomicDatabase.class},
            (self, method, arguments) ->
                method.getName().equals("teller") ? deaf : method.invoke(real, arguments));
  }

  private AtomicStory story() {
    try (InDoubt inDoubt =
        Concordat.inDoubt(
            Map.of("accounts", accounts.pool, "ledger", ledger.pool), Map.of(), "concordat")) {
      assertThat(inDoubt.stories(10)).hasSize(1);
      return inDoubt.stories(10).getFirst();
    }
  }

  private AtomicStory.Moment ofTheLedger(AtomicStory story) {
    return story.moments().stream()
        .filter(one -> one.branch().equals("ledger"))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "COMMIT, Followed, COMPLETED, and committed",
    "ROLLBACK, Heuristic, NEEDS_ATTENTION, was to commit and did not"
  })
  @DisplayName("P7: what was ended by hand is told as it was ended")
  void byHand(String how, String type, Status status, String said) {
    leave();
    ledger.sql(how + " PREPARED '" + ledger.text("SELECT gid" + HERE) + "'");

    AtomicStory story = story();

    assertThat(ofTheLedger(story).type()).isEqualTo(type);
    assertThat(ofTheLedger(story).text()).contains(said);
    assertThat(story.status()).isEqualTo(status);
  }

  @Test
  @DisplayName("what is decided and not told waits")
  void waits() {
    leave();

    AtomicStory story = story();

    assertThat(ofTheLedger(story).type()).isEqualTo("Waits");
    assertThat(story.status()).isEqualTo(Status.PREPARED);
    ledger.sql("COMMIT PREPARED '" + ledger.text("SELECT gid" + HERE) + "'");
  }
}
