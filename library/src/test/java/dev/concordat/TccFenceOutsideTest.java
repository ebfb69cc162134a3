package dev.concordat;

import static dev.concordat.FenceBank.call;
import static dev.concordat.tcc.TccOperation.CANCEL;
import static dev.concordat.tcc.TccOperation.CONFIRM;
import static dev.concordat.tcc.TccOperation.TRY;
import static org.assertj.core.api.Assertions.assertThat;

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
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccOutside;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: an effect outside the database is noted before it begins, and what became of it is never
 * guessed (60). Method: a system outside that notes what it is asked for, and breaks when it is
 * told to, behind a fence on a real PostgreSQL.
 */
class TccFenceOutsideTest {

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private final String schema = "fence_out_" + SCHEMAS.incrementAndGet();
  private final TccFence fence =
      Concordat.tccFence(TestPostgres.pool(), TccFencePlan.STANDARD.schema(schema));
  private final Gateway gateway = new Gateway();
  private final TccBranchId branch = FenceBank.branch();

  /** Notes calls; what it is told to do at the next, it does once. */
  private static class Gateway implements TccOutside {
    final List<String> calls = new CopyOnWriteArrayList<>();
    private volatile @Nullable Exception next;
    private volatile @Nullable Duration longer;

    private void called(String what) throws Exception {
      calls.add(what);
      Exception planned = next;
      next = null;
      if (planned != null) {
        throw planned;
      }
    }

    @Override
    public TccHold tryHold(TccCall call) throws Exception {
      called("try");
      Duration more = longer;
      TccHold hold = TccHold.of("\"auth-1\"");
      return more == null ? hold : hold.until(call.holdUntil().plus(more));
    }

    @Override
    public @Nullable String confirm(TccCall call, String held) throws Exception {
      called("confirm " + held);
      return "\"captured\"";
    }

    @Override
    public @Nullable String cancel(TccCall call, Optional<String> held) throws Exception {
      called("cancel " + held.orElse("unknown"));
      return null;
    }
  }

  @AfterEach
  void close() {
    fence.close();
  }

  private TccAnswer ask(TccOperation operation) {
    return fence.answer(call(branch, operation, "ann", 30), gateway);
  }

  private static @Nullable Code code(TccAnswer answer) {
    return answer instanceof Refused refused ? refused.code() : null;
  }

  private String state() {
    return TestPostgres.rows(
            TestPostgres.pool(),
            "SELECT state FROM "
                + schema
                + ".tcc_fence WHERE transaction = '"
                + branch.transaction()
                + "'")
        .getFirst();
  }

  /** As after the death of who was at it: nobody gives up what it has begun. */
  private void dies(String state) {
    TestPostgres.sql(
        TestPostgres.pool(),
        "UPDATE "
            + schema
            + ".tcc_fence SET state = '"
            + state
            + "', busy_until = clock_timestamp() - interval '1 second'");
  }

  @Test
  @DisplayName("56, 57: each effect is done once, and duplicates are answered")
  void eachEffectIsDoneOnce() {
    for (int i = 0; i < 2; i++) {
      assertThat(ask(TRY)).isEqualTo(new Done("\"auth-1\""));
    }
    for (int i = 0; i < 2; i++) {
      assertThat(ask(CONFIRM)).isEqualTo(new Done("\"captured\""));
    }
    assertThat(code(ask(CANCEL))).isEqualTo(Code.CONFIRMED);
    assertThat(gateway.calls).containsExactly("try", "confirm \"auth-1\"");
  }

  @Test
  @DisplayName("53, 54: an empty cancel calls nobody, and the late try is refused")
  void anEmptyCancelCallsNobody() {
    assertThat(ask(CANCEL)).isEqualTo(new Done("null"));
    assertThat(code(ask(TRY))).isEqualTo(Code.CANCELLED);
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.CANCELLED);
    assertThat(gateway.calls).isEmpty();
  }

  @Test
  @DisplayName(
      "60: a try whose answer was lost stays unknown, is asked again, or cancelled blindly")
  void aTryWhoseAnswerWasLostStaysUnknown() {
    gateway.next = new IOException("no answer");
    assertThat(ask(TRY)).isEqualTo(new Unknown("no answer"));
    assertThat(state()).isEqualTo("STARTED");
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.NOT_TRIED);

    assertThat(ask(CANCEL)).isEqualTo(new Done("null"));
    assertThat(gateway.calls).containsExactly("try", "cancel unknown");
    assertThat(code(ask(TRY))).isEqualTo(Code.CANCELLED);
  }

  @Test
  @DisplayName("60: the process dies after the effect; another tries again with the same key")
  void theProcessDiesAfterTheEffect() {
    ask(TRY);
    dies("STARTED");
    assertThat(ask(TRY)).isEqualTo(new Done("\"auth-1\""));
    dies("CONFIRMING");
    assertThat(ask(CONFIRM)).isEqualTo(new Done("\"captured\""));

    assertThat(gateway.calls).containsExactly("try", "try", "confirm \"auth-1\"");
  }

  @Test
  @DisplayName(
      "60: a confirm or cancel that is broken off is asked again, and its opposite refused")
  void whatIsBrokenOffIsAskedAgain() {
    ask(TRY);
    gateway.next = new IOException("no answer");
    assertThat(ask(CONFIRM)).isInstanceOf(Unknown.class);
    assertThat(code(ask(CANCEL))).isEqualTo(Code.CONFIRMED);
    assertThat(ask(CONFIRM)).isEqualTo(new Done("\"captured\""));
  }

  @Test
  @DisplayName("P11: a refusal counts only if no attempt before may have held it")
  void aRefusalCountsOnlyIfNoAttemptBeforeMayHaveHeldIt() {
    gateway.next = new RefusedException("card declined");
    assertThat(ask(TRY)).isEqualTo(new Refused(Code.REFUSED, "card declined"));
    assertThat(code(ask(TRY))).isEqualTo(Code.REFUSED);
    assertThat(ask(CANCEL)).isEqualTo(new Done("null"));
    assertThat(gateway.calls).containsExactly("try");
    TccBranchId other = FenceBank.branch();
    gateway.next = new IOException("no answer");
    fence.answer(call(other, TRY, "ann", 1), gateway);
    gateway.next = new RefusedException("card declined");

    assertThat(fence.answer(call(other, TRY, "ann", 1), gateway)).isInstanceOf(Unknown.class);
    assertThat(fence.answer(call(other, CANCEL, "ann", 1), gateway)).isInstanceOf(Done.class);
    assertThat(gateway.calls).endsWith("cancel unknown");
  }

  /** A gateway that does not answer a try before it may. */
  private static final class Slow extends Gateway {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch may = new CountDownLatch(1);

    @Override
    public TccHold tryHold(TccCall call) throws Exception {
      asked.countDown();
      assertThat(may.await(60, TimeUnit.SECONDS)).isTrue();
      return super.tryHold(call);
    }
  }

  @Test
  @DisplayName("55, 60: while a try is under way others wait, and what came too late is given back")
  void whatCameTooLateIsGivenBack() throws Exception {
    Slow slow = new Slow();
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<TccAnswer> late =
          thread.submit(() -> fence.answer(call(branch, TRY, "ann", 30), slow));
      assertThat(slow.asked.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(ask(CANCEL)).isInstanceOf(Unknown.class);
      assertThat(ask(TRY)).isInstanceOf(Unknown.class);
      assertThat(gateway.calls).isEmpty();
      dies("STARTED");
      assertThat(ask(CANCEL)).isEqualTo(new Done("null"));
      slow.may.countDown();

      assertThat(code(late.get(60, TimeUnit.SECONDS))).isEqualTo(Code.CANCELLED);
    }
    assertThat(gateway.calls).containsExactly("cancel unknown");
    assertThat(slow.calls).containsExactly("try", "cancel \"auth-1\"");
  }

  @Test
  @DisplayName("62: what is over its time is given back, also if that is broken off once")
  void whatIsOverItsTimeIsGivenBack() {
    gateway.longer = Duration.ZERO;
    TccCall call = call(branch, TRY, "ann", 30);
    TccCall past =
        new TccCall(
            branch,
            TRY,
            call.body(),
            1,
            Instant.now().minusSeconds(60),
            call.deadline(),
            call.timeLeft(),
            call.traceparent());
    assertThat(fence.answer(past, gateway)).isEqualTo(new Done("\"auth-1\""));
    gateway.next = new IOException("no answer");

    assertThat(fence.expire(gateway, 10)).isZero();
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.EXPIRED);
    assertThat(fence.expire(gateway, 10)).isEqualTo(1);
    assertThat(fence.expire(gateway, 10)).isZero();
    assertThat(code(ask(CONFIRM))).isEqualTo(Code.EXPIRED);
    assertThat(ask(CANCEL)).isEqualTo(new Done("null"));
    assertThat(gateway.calls).containsExactly("try", "cancel \"auth-1\"", "cancel \"auth-1\"");
  }
}
