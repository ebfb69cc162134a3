package dev.concordat;

import static dev.concordat.FenceBank.call;
import static dev.concordat.tcc.TccOperation.CANCEL;
import static dev.concordat.tcc.TccOperation.CONFIRM;
import static dev.concordat.tcc.TccOperation.TRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import dev.concordat.postgres.TestPostgres;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccFencePlan;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: whatever comes twice, late or out of order, a branch's business is done once and answered
 * as it stands (P4, P11). Method: a bank that trusts its fence, on a real PostgreSQL.
 */
class TccFenceTest {

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private final String schema = "fence_" + SCHEMAS.incrementAndGet();
  private final List<String> errors = new ArrayList<>();
  private final TccFence fence =
      Concordat.tccFence(
          TestPostgres.pool(),
          TccFencePlan.STANDARD
              .schema(schema)
              .hearing((call, no) -> errors.add(call.operation() + " " + no.code())));
  private final FenceBank bank = new FenceBank(TestPostgres.pool(), schema, "ann");
  private final TccBranchId branch = FenceBank.branch();

  @AfterEach
  void close() {
    fence.close();
  }

  private TccAnswer ask(TccOperation operation) {
    return fence.answer(call(branch, operation, "ann", 30), bank);
  }

  private static @Nullable Code code(TccAnswer answer) {
    return answer instanceof Refused refused ? refused.code() : null;
  }

  private Done hold() {
    return new Done("{\"hold\":\"" + branch + "\"}");
  }

  private static final Done TAKEN = new Done("{\"taken\":true}");
  private static final Done BACK = new Done("{\"back\":true}");
  private static final Done NOTHING = new Done("null");

  @Test
  @DisplayName("56, 57: duplicates of try and confirm get the first answer, and do nothing")
  void duplicatesGetTheFirstAnswer() {
    assertThat(ask(TRY)).isEqualTo(hold());
    assertThat(ask(TRY)).isEqualTo(hold());
    assertThat(bank.account("ann")).isEqualTo("100|30");
    assertThat(ask(CONFIRM)).isEqualTo(TAKEN);
    assertThat(ask(CONFIRM)).isEqualTo(TAKEN);

    assertThat(bank.account("ann")).isEqualTo("70|0");
    assertThat(bank.effects(branch)).containsExactly("held", "taken");
    assertThat(errors).isEmpty();
  }

  @Test
  @DisplayName("57: a duplicate cancel gets the first answer, and does nothing")
  void aDuplicateCancelGetsTheFirstAnswer() {
    ask(TRY);

    assertThat(ask(CANCEL)).isEqualTo(BACK);
    assertThat(ask(CANCEL)).isEqualTo(BACK);
    assertThat(bank.account("ann")).isEqualTo("100|0");
    assertThat(bank.effects(branch)).containsExactly("held", "given back");
  }

  @Test
  @DisplayName("53, 54: an empty cancel is done and remembered, and a late try refused")
  void anEmptyCancelIsRemembered() {
    assertThat(ask(CANCEL)).isEqualTo(NOTHING);
    assertThat(ask(CANCEL)).isEqualTo(NOTHING);
    assertThat(code(ask(TRY))).isEqualTo(Code.CANCELLED);

    assertThat(bank.effects(branch)).isEmpty();
    assertThat(errors).isEmpty();
  }

  @Test
  @DisplayName("58: the opposite of what was done is refused, and somebody hears of it")
  void theOppositeIsRefused() {
    ask(TRY);
    ask(CANCEL);
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.CANCELLED);
    TccBranchId other = FenceBank.branch();
    fence.answer(call(other, TRY, "ann", 10), bank);
    fence.answer(call(other, CONFIRM, "ann", 10), bank);
    assertThat(code(fence.answer(call(other, CANCEL, "ann", 10), bank))).isEqualTo(Code.CONFIRMED);
    TccBranchId never = FenceBank.branch();
    assertThat(code(fence.answer(call(never, CONFIRM, "ann", 1), bank))).isEqualTo(Code.NOT_TRIED);
    assertThat(fence.answer(call(never, TRY, "ann", 1), bank)).isInstanceOf(Done.class);

    assertThat(errors)
        .containsExactly("CONFIRM CANCELLED", "CANCEL CONFIRMED", "CONFIRM NOT_TRIED");
    assertThat(bank.account("ann")).isEqualTo("90|1");
  }

  @Test
  void aLateTryAfterConfirmIsRefusedAndNoError() {
    ask(TRY);
    ask(CONFIRM);

    assertThat(code(ask(TRY))).isEqualTo(Code.CONFIRMED);
    assertThat(errors).isEmpty();
  }

  @Test
  @DisplayName("56: another body under the same id is refused, whatever it asks for")
  void anotherBodyIsRefused() {
    ask(TRY);
    for (var operation : TccOperation.values()) {
      assertThat(code(fence.answer(call(branch, operation, "ann", 31), bank)))
          .isEqualTo(Code.MISMATCH);
    }
    assertThat(errors).hasSize(3);
    assertThat(bank.account("ann")).isEqualTo("100|30");
    assertThat(ask(CONFIRM)).isEqualTo(TAKEN);
  }

  @Test
  @DisplayName("56: what the business refused stays refused, also when it could be done now")
  void aRefusalStays() {
    TccCall much = call(branch, TRY, "ann", 101);
    assertThat(fence.answer(much, bank)).isEqualTo(new Refused(Code.REFUSED, "not enough money"));
    bank.sql("UPDATE s.account SET balance = 500");

    assertThat(code(fence.answer(much, bank))).isEqualTo(Code.REFUSED);
    assertThat(fence.answer(call(branch, CANCEL, "ann", 101), bank)).isEqualTo(NOTHING);
    assertThat(code(fence.answer(call(branch, CONFIRM, "ann", 101), bank)))
        .isEqualTo(Code.NOT_TRIED);
    assertThat(bank.effects(branch)).isEmpty();
  }

  @Test
  @DisplayName("55, 56: many at once do it once, and all get the same answer")
  void manyAtOnceDoItOnce() throws Exception {
    for (var operation : List.of(TRY, CONFIRM)) {
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        Callable<TccAnswer> one = () -> ask(operation);
        List<TccAnswer> all = new ArrayList<>();
        for (Future<TccAnswer> answer : threads.invokeAll(Collections.nCopies(8, one))) {
          all.add(answer.get());
        }
        assertThat(all).hasSize(8).containsOnly(operation == TRY ? hold() : TAKEN);
      }
    }
    assertThat(bank.effects(branch)).containsExactly("held", "taken");
  }

  /** A bank with one thing different. */
  private abstract class Other implements TccHandler {
    @Override
    public TccHold tryHold(Connection tx, TccCall call) throws Exception {
      return bank.tryHold(tx, call);
    }

    @Override
    public @Nullable String confirm(Connection tx, TccCall call, String held) throws Exception {
      return bank.confirm(tx, call, held);
    }

    @Override
    public @Nullable String cancel(Connection tx, TccCall call, String held) throws Exception {
      return bank.cancel(tx, call, held);
    }
  }

  @Test
  void whatFailsLeavesNothingAndIsAskedForAgain() {
    TccHandler broken =
        new Other() {
          @Override
          public TccHold tryHold(Connection tx, TccCall call) throws Exception {
            super.tryHold(tx, call);
            throw new IllegalStateException("broken");
          }

          @Override
          public String confirm(Connection tx, TccCall call, String held) {
            throw new RefusedException("too late to refuse");
          }
        };

    assertThat(fence.answer(call(branch, TRY, "ann", 30), broken)).isEqualTo(new Unknown("broken"));
    assertThat(bank.effects(branch)).isEmpty();
    assertThat(ask(TRY)).isEqualTo(hold());
    assertThat(fence.answer(call(branch, CONFIRM, "ann", 30), broken)).isInstanceOf(Unknown.class);
    assertThat(ask(CONFIRM)).isEqualTo(TAKEN);
  }

  @Test
  void anErrorThatTheBusinessSwallowsIsNoCommit() {
    TccHandler swallowing =
        new Other() {
          @Override
          public String cancel(Connection tx, TccCall call, String held) throws Exception {
            try {
              TestPostgres.sql(tx, "SELECT 1 / 0");
            } catch (SQLException e) {
              return "null";
            }
            return "1";
          }

          @Override
          public @Nullable String confirm(Connection tx, TccCall call, String held) {
            try {
              TestPostgres.sql(tx, "SELECT 1 / 0");
            } catch (SQLException e) {
              return null;
            }
            return "1";
          }
        };
    ask(TRY);

    assertThat(fence.answer(call(branch, CONFIRM, "ann", 30), swallowing))
        .isInstanceOf(Unknown.class);
    assertThat(fence.answer(call(branch, CANCEL, "ann", 30), swallowing))
        .isInstanceOf(Unknown.class);
    assertThat(ask(CONFIRM)).isEqualTo(TAKEN);
  }

  @Test
  void theBusinessCannotEndTheTransaction() {
    TccHandler committing =
        new Other() {
          @Override
          public TccHold tryHold(Connection tx, TccCall call) throws Exception {
            super.tryHold(tx, call);
            tx.commit();
            return TccHold.held();
          }
        };

    assertThat(fence.answer(call(branch, TRY, "ann", 30), committing)).isInstanceOf(Unknown.class);
    assertThat(bank.effects(branch)).isEmpty();
  }

  @Test
  void aResultIsJsonAndNotTooLarge() {
    AtomicInteger turn = new AtomicInteger();
    List<String> bad = List.of("{", "\"" + "x".repeat(65_535) + "\"");
    TccHandler odd =
        new Other() {
          @Override
          public TccHold tryHold(Connection tx, TccCall call) {
            return TccHold.of(bad.get(turn.getAndIncrement()));
          }
        };

    assertThat(fence.answer(call(branch, TRY, "ann", 1), odd)).isInstanceOf(Unknown.class);
    assertThat(fence.answer(call(branch, TRY, "ann", 1), odd)).isInstanceOf(Unknown.class);
    String largest = "\"" + "x".repeat(65_534) + "\"";
    TccHandler large =
        new Other() {
          @Override
          public TccHold tryHold(Connection tx, TccCall call) {
            return TccHold.of(largest);
          }
        };
    assertThat(fence.answer(call(branch, TRY, "ann", 1), large)).isEqualTo(new Done(largest));
    assertThat(fence.answer(call(branch, TRY, "ann", 1), large)).isEqualTo(new Done(largest));
  }

  @Test
  @DisplayName("62: what is over its time is given back; a confirm is told so, a cancel is done")
  void whatIsOverItsTimeIsGivenBack() {
    TccHandler brief = holding(60);
    TccCall soon = until(call(branch, TRY, "ann", 30), Instant.now().minusSeconds(120));
    assertThat(fence.answer(soon, brief)).isEqualTo(hold());
    TccBranchId longer = FenceBank.branch();
    fence.answer(call(longer, TRY, "ann", 5), holding(3600));

    assertThat(fence.expire(bank, 10)).isEqualTo(1);
    assertThat(fence.expire(bank, 10)).isZero();

    assertThat(bank.effects(branch)).containsExactly("held", "given back");
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.EXPIRED);
    assertThat(code(ask(TRY))).isEqualTo(Code.EXPIRED);
    assertThat(ask(CANCEL)).isEqualTo(NOTHING);
    assertThat(bank.account("ann")).isEqualTo("100|5");
    assertThat(errors).isEmpty();
  }

  @Test
  @DisplayName("62: what cannot be held until it is decided is refused")
  void whatCannotBeHeldLongEnoughIsRefused() {
    TccAnswer answer = fence.answer(call(branch, TRY, "ann", 30), holding(-1));

    assertThat(code(answer)).isEqualTo(Code.REFUSED);
    assertThat(bank.effects(branch)).isEmpty();
  }

  @Test
  @DisplayName("62: one that cannot be given back keeps no other from it")
  void oneThatCannotBeGivenBackKeepsNoOther() {
    List<TccBranchId> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      TccBranchId next = FenceBank.branch();
      all.add(next);
      TccCall call = until(call(next, TRY, "ann", 1), Instant.now().minusSeconds(100 - i));
      fence.answer(call, holding(0));
    }
    TccHandler stubborn =
        new Other() {
          @Override
          public @Nullable String cancel(Connection tx, TccCall call, String held)
              throws Exception {
            if (call.branch().equals(all.getFirst())) {
              throw new IllegalStateException("stubborn");
            }
            return super.cancel(tx, call, held);
          }
        };

    assertThat(fence.expire(stubborn, 1)).isEqualTo(1);
    assertThat(fence.expire(stubborn, 5)).isEqualTo(1);
    assertThat(fence.expire(bank, 5)).isEqualTo(1);
    assertThat(bank.account("ann")).isEqualTo("100|0");
  }

  private TccHandler holding(int secondsLonger) {
    return new Other() {
      @Override
      public TccHold tryHold(Connection tx, TccCall call) throws Exception {
        return super.tryHold(tx, call).until(call.holdUntil().plusSeconds(secondsLonger));
      }
    };
  }

  private static TccCall until(TccCall call, Instant holdUntil) {
    return new TccCall(
        call.branch(),
        call.operation(),
        call.body(),
        call.attempt(),
        holdUntil,
        call.deadline(),
        call.timeLeft(),
        call.traceparent());
  }

  @Test
  void itJoinsTheCallersTransaction() throws Exception {
    try (Connection tx = TestPostgres.pool().getConnection()) {
      tx.setAutoCommit(false);
      assertThat(fence.answer(tx, call(branch, TRY, "ann", 30), bank)).isEqualTo(hold());
      tx.rollback();
      assertThat(bank.effects(branch)).isEmpty();
      assertThat(fence.answer(tx, call(branch, TRY, "ann", 30), bank)).isEqualTo(hold());
      assertThat(fence.answer(tx, call(branch, TRY, "ann", 30), bank)).isEqualTo(hold());
      tx.commit();
      assertThat(fence.answer(tx, call(branch, CONFIRM, "ann", 30), bank)).isEqualTo(TAKEN);
      tx.commit();
      assertThat(ask(CONFIRM)).isEqualTo(TAKEN);
      tx.setAutoCommit(true);
    }
    assertThat(bank.effects(branch)).containsExactly("held", "taken");
  }

  @Test
  void inTheCallersTransactionARefusalUndoesOnlyWhatTheHandlerDid() throws Exception {
    try (Connection tx = TestPostgres.pool().getConnection()) {
      tx.setAutoCommit(false);
      TestPostgres.sql(tx, "UPDATE " + schema + ".account SET balance = 99");
      assertThat(code(fence.answer(tx, call(branch, TRY, "ann", 100), bank)))
          .isEqualTo(Code.REFUSED);
      TccCall zero = call(FenceBank.branch(), TRY, "ann", 1);
      TccHandler broken =
          new Other() {
            @Override
            public TccHold tryHold(Connection own, TccCall call) throws Exception {
              super.tryHold(own, call);
              throw new IllegalStateException("broken");
            }
          };
      assertThatThrownBy(() -> fence.answer(tx, zero, broken)).hasMessage("broken");
      tx.commit();
      tx.setAutoCommit(true);
    }
    assertThat(bank.account("ann")).isEqualTo("99|0");
    assertThat(bank.rows("SELECT count(*) FROM s.effect")).containsExactly("0");
    assertThat(code(fence.answer(call(branch, TRY, "ann", 100), bank))).isEqualTo(Code.REFUSED);
  }
}
