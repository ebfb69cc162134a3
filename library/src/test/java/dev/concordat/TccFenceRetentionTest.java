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
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccFencePlan;
import dev.concordat.tcc.TccOperation;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
 * Goal: what is forgotten is refused, what is held is never forgotten, and no call fails because a
 * part of the table is missing (65). Method: ids of other days, and parts that are dropped, on a
 * real PostgreSQL.
 */
class TccFenceRetentionTest {

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private final String schema = "fence_kept_" + SCHEMAS.incrementAndGet();
  private final List<TccFence> open = new ArrayList<>();
  private final TccFence fence = fence(30);
  private final FenceBank bank = new FenceBank(TestPostgres.pool(), schema, "ann");

  private TccFence fence(int days) {
    TccFence made =
        Concordat.tccFence(
            TestPostgres.pool(),
            TccFencePlan.STANDARD.schema(schema).remembering(Duration.ofDays(days)));
    open.add(made);
    return made;
  }

  @AfterEach
  void close() {
    open.forEach(TccFence::close);
  }

  private static TccBranchId daysAgo(int days) {
    Instant began = Instant.now().minus(days, ChronoUnit.DAYS);
    return new TccBranchId(FenceBank.idAt(began), "debit");
  }

  private TccAnswer ask(TccFence of, TccBranchId branch, TccOperation operation) {
    return of.answer(call(branch, operation, "ann", 5), bank);
  }

  private static @Nullable Code code(TccAnswer answer) {
    return answer instanceof Refused refused ? refused.code() : null;
  }

  private List<String> parts() {
    return bank.rows(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            + " WHERE i.inhparent = '"
            + schema
            + ".tcc_fence'::regclass ORDER BY 1");
  }

  @Test
  @DisplayName(
      "65: after its part was dropped, a late try is refused, because the id tells its age")
  void afterItsPartWasDroppedALateTryIsRefused() {
    TccBranchId old = daysAgo(20);
    assertThat(ask(fence, old, TRY)).isInstanceOf(Done.class);
    assertThat(ask(fence, old, CONFIRM)).isInstanceOf(Done.class);
    assertThat(parts()).hasSize(6);
    TccFence brief = fence(10);
    assertThat(code(ask(brief, old, TRY))).isEqualTo(Code.CONFIRMED);

    assertThat(brief.tidy()).isEmpty();

    assertThat(parts()).hasSize(5);
    for (TccFence each : List.of(fence, brief, fence(30))) {
      for (TccOperation operation : TccOperation.values()) {
        assertThat(code(ask(each, old, operation))).isEqualTo(Code.TOO_OLD);
      }
    }
    assertThat(bank.effects(old)).containsExactly("held", "taken");
    assertThat(parts()).hasSize(5);
  }

  @Test
  @DisplayName("65: in the caller's transaction, too, and that goes on")
  void inTheCallersTransactionToo() throws Exception {
    TccBranchId old = daysAgo(20);
    ask(fence, old, TRY);
    ask(fence, old, CANCEL);
    fence(10).tidy();
    try (Connection tx = TestPostgres.pool().getConnection()) {
      tx.setAutoCommit(false);
      assertThat(code(fence.answer(tx, call(old, TRY, "ann", 5), bank))).isEqualTo(Code.TOO_OLD);
      TccBranchId other = daysAgo(8);
      assertThat(fence.answer(tx, call(other, TRY, "ann", 5), bank)).isInstanceOf(Done.class);
      tx.rollback();
      assertThat(parts()).hasSize(5);
      assertThat(fence.answer(tx, call(other, TRY, "ann", 5), bank)).isInstanceOf(Done.class);
      tx.commit();
      tx.setAutoCommit(true);
      assertThat(ask(fence, other, CONFIRM)).isInstanceOf(Done.class);
    }
  }

  @Test
  @DisplayName("65: what is still held is not forgotten, however old it is")
  void whatIsHeldIsNotForgotten() {
    TccBranchId held = daysAgo(25);
    TccBranchId ended = daysAgo(20);
    ask(fence, held, TRY);
    ask(fence, ended, CANCEL);
    TccFence brief = fence(10);

    assertThat(brief.tidy()).hasSize(1);
    assertThat(parts()).hasSize(6);
    assertThat(code(ask(brief, ended, TRY))).isEqualTo(Code.TOO_OLD);
    assertThat(ask(brief, held, TRY)).isInstanceOf(Done.class);
    assertThat(ask(brief, held, CONFIRM)).isInstanceOf(Done.class);

    assertThat(brief.tidy()).isEmpty();
    assertThat(parts()).hasSize(5);
    assertThat(code(ask(brief, held, CONFIRM))).isEqualTo(Code.TOO_OLD);
    assertThat(bank.effects(held)).containsExactly("held", "taken");
  }

  @Test
  void anIdThatWasNeverSeenAndIsOlderThanWhatIsRememberedIsRefused() {
    assertThat(code(ask(fence, daysAgo(366), TRY))).isEqualTo(Code.TOO_OLD);
    assertThat(code(ask(fence, daysAgo(32), CANCEL))).isEqualTo(Code.TOO_OLD);
    assertThat(ask(fence, daysAgo(29), CANCEL)).isInstanceOf(Done.class);
  }

  @Test
  void anIdFromTheFarFutureIsNotAnsweredAndNothingIsDone() {
    assertThat(ask(fence, daysAgo(-6), TRY)).isInstanceOf(Done.class);
    TccBranchId future = daysAgo(-400);
    assertThat(ask(fence, future, TRY)).isInstanceOf(Unknown.class);
    assertThat(
            ask(
                fence,
                new TccBranchId(FenceBank.idAt(Instant.ofEpochMilli((1L << 47) - 1)), "debit"),
                TRY))
        .isInstanceOf(Unknown.class);
    assertThat(bank.effects(future)).isEmpty();
  }

  @Test
  void callsOfADayThatHasNoPartYetMakeItHoweverManyAtOnce() throws Exception {
    TccFence another = fence(30);
    AtomicInteger turn = new AtomicInteger();
    Callable<TccAnswer> one =
        () -> ask(turn.getAndIncrement() % 2 == 0 ? fence : another, daysAgo(12), CANCEL);
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<TccAnswer> answer : threads.invokeAll(Collections.nCopies(8, one))) {
        assertThat(answer.get()).isEqualTo(new Done("null"));
      }
    }
    assertThat(parts()).hasSize(6);
  }

  @Test
  void aPartThatSomebodyDroppedIsMadeAgain() {
    TccBranchId now = FenceBank.branch();
    assertThat(ask(fence, now, TRY)).isInstanceOf(Done.class);
    bank.sql("DROP TABLE s." + parts().get(1));

    assertThat(ask(fence, FenceBank.branch(), TRY)).isInstanceOf(Done.class);
  }

  @Test
  void theBoundsOfPartsAreThoseOfDays() {
    String newest = Instant.now().truncatedTo(ChronoUnit.DAYS).toString();
    Instant midnight = Instant.parse(newest);
    for (Instant began : List.of(midnight, midnight.minusMillis(1), midnight.plusMillis(1))) {
      TccBranchId branch = new TccBranchId(FenceBank.idAt(began), "debit");
      assertThat(ask(fence, branch, TRY)).isInstanceOf(Done.class);
      assertThat(
              bank.rows(
                  "SELECT count(*) FROM s.tcc_fence_"
                      + began.toString().substring(0, 10).replace("-", "")
                      + " WHERE transaction = '"
                      + branch.transaction()
                      + "'"))
          .containsExactly("1");
    }
  }

  @Test
  void aPlanThatForgetsTooSoonIsRefused() {
    assertThatThrownBy(() -> TccFencePlan.STANDARD.remembering(Duration.ofHours(1)))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(
            () -> Concordat.tccFence(TestPostgres.pool(), TccFencePlan.STANDARD.schema("no Name")))
        .isInstanceOf(RefusedException.class);
  }
}
