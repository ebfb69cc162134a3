package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Fixture.Trip;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.saga.Saga;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Goal: a two-phase commit works within what else there is: messages and sagas. */
class TwoPhaseTogetherTest {

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Loop loop = new Loop();

  @AfterEach
  void close() {
    accounts.close();
    ledger.close();
  }

  private TwoPhaseCommit transfer(Concordat concordat) {
    return concordat.twoPhaseCommit(Map.of("accounts", accounts.pool, "ledger", ledger.pool));
  }

  @Test
  @DisplayName("P7 P8: what a branch publishes leaves if and only if all branches commit")
  void aBranchPublishes() {
    try (Concordat concordat =
        accounts.concordat().relay(Relay.named("loop", loop)).pollingOnly().start()) {
      TwoPhaseCommit transfer = transfer(concordat);
      for (String id : new String[] {"refused", "done"}) {
        Outcome<String> outcome =
            transfer.execute(
                id,
                tx -> {
                  Message message = Message.of("moved", "Moved").key("k").text(id);
                  concordat.outbox().publish(tx.on("accounts").connection(), message);
                  Fixture.note(tx.on("ledger").connection(), id);
                  if (id.equals("refused")) {
                    throw new RefusedException("not this one");
                  }
                  return id;
                });
        assertThat(outcome instanceof Outcome.Done).isEqualTo(id.equals("done"));
      }

      accounts.await("SELECT count(*) FROM concordat.decision", "1");
      ledger.await("SELECT coalesce(string_agg(what, ','), '') FROM ledger", "done");
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (loop.topic("moved").isEmpty()) {
        assertThat(System.nanoTime()).isLessThan(end);
        LockSupport.parkNanos(2_000_000);
      }
      assertThat(loop.topic("moved"))
          .extracting(message -> message.payload().text())
          .containsExactly("done");
    }
  }

  @Test
  @DisplayName("P4 P7: a saga's step that is tried again moves the money once")
  void aSagasStep() {
    TwoPhaseCommit[] transfer = new TwoPhaseCommit[1];
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .step(
                "transfer",
                (trip, call) -> {
                  String moved =
                      transfer[0].executeStep(
                          call.key(),
                          String.class,
                          tx -> {
                            Fixture.note(tx.on("accounts").connection(), "debit");
                            Fixture.note(tx.on("ledger").connection(), "credit");
                            return "moved";
                          });
                  assertThat(moved).isEqualTo("moved");
                  if (call.attempt() == 1) {
                    throw new OutcomeUnknownException(call.key(), "its answer was lost", null);
                  }
                  return trip;
                })
            .noCompensation("it is the last")
            .build();
    try (Concordat concordat = accounts.concordat(saga).pollingOnly().start()) {
      transfer[0] = transfer(concordat);

      assertThat(concordat.start(saga, "one", Trip.of("ada")).await(PATIENCE).status())
          .isEqualTo(Status.COMPLETED);

      assertThat(accounts.ledger()).isEqualTo("debit");
      ledger.await("SELECT coalesce(string_agg(what, ','), '') FROM ledger", "credit");
    }
  }
}
