package dev.concordat;

import static dev.concordat.FenceBank.call;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.NotNowException;
import dev.concordat.postgres.TestPostgres;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccFencePlan;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: whatever a network does to calls, money is conserved, available and held are right, and
 * each effect happens at most once (53-58). Method: two thousand random schedules, drawn from a
 * seed that is printed, four at a time over accounts that they share: calls are repeated, delayed
 * behind later ones, reordered, and lost, also their answers and half-done work; a reader looks
 * beside. {@code -Dseed=N} plays one again.
 */
class TccFenceStormTest {

  private static final int SCHEDULES = 2000;
  private static final int AT_ONCE = 4;
  private static final int ACCOUNTS = 5;
  private static final int AMOUNT = 30;
  private static final String SCHEMA = "fence_storm";

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final String[] accounts = names();
  private final AtomicInteger lost = new AtomicInteger();

  private static String[] names() {
    String[] names = new String[ACCOUNTS];
    for (int i = 0; i < ACCOUNTS; i++) {
      names[i] = "account-" + i;
    }
    return names;
  }

  /** Breaks off in the middle of its work when it is told to. */
  private record Breaking(FenceBank bank, boolean breaks) implements TccHandler {
    private void maybe() {
      if (breaks) {
        throw new NotNowException("broken off");
      }
    }

    @Override
    public TccHold tryHold(Connection tx, TccCall call) throws Exception {
      TccHold hold = bank.tryHold(tx, call);
      maybe();
      return hold;
    }

    @Override
    public @Nullable String confirm(Connection tx, TccCall call, String held) throws Exception {
      String result = bank.confirm(tx, call, held);
      maybe();
      return result;
    }

    @Override
    public @Nullable String cancel(Connection tx, TccCall call, String held) throws Exception {
      String result = bank.cancel(tx, call, held);
      maybe();
      return result;
    }
  }

  /** One transaction's calls to one branch, as a network delivers them. */
  private final class Schedule {
    private final Random random;
    private final TccFence fence;
    private final FenceBank bank;
    private final TccBranchId branch = FenceBank.branch();
    private final String account;
    private final List<String> story = new ArrayList<>();
    private final List<TccOperation> late = new ArrayList<>();
    private final Map<TccOperation, TccAnswer> first = new EnumMap<>(TccOperation.class);

    Schedule(long number, TccFence fence, FenceBank bank) {
      this.random = new Random(seed + number);
      this.fence = fence;
      this.bank = bank;
      this.account = accounts[random.nextInt(ACCOUNTS)];
    }

    /** As an initiator does: it tries, decides by what it hears, and tells that until it hears. */
    void run() {
      TccAnswer tried = null;
      for (int i = random.nextInt(3); i >= 0 && tried == null; i--) {
        tried = send(TccOperation.TRY);
      }
      boolean confirms = tried instanceof Done && random.nextInt(3) > 0;
      TccOperation ending = confirms ? TccOperation.CONFIRM : TccOperation.CANCEL;
      TccAnswer ended = null;
      while (ended == null) {
        ended = send(ending);
        deliverLate();
      }
      while (!late.isEmpty()) {
        deliverLate();
      }
      judge(confirms, ended);
    }

    /** Null if the initiator hears nothing. */
    private @Nullable TccAnswer send(TccOperation operation) {
      int fate = random.nextInt(10);
      if (fate == 0) {
        story.add(operation + " lost");
        return null;
      }
      if (fate <= 2) {
        story.add(operation + " delayed");
        late.add(operation);
        return null;
      }
      TccAnswer answer = deliver(operation);
      if (fate <= 4) {
        late.add(operation);
      }
      if (fate == 5 || answer instanceof TccAnswer.Unknown) {
        story.add("answer lost");
        lost.incrementAndGet();
        return null;
      }
      return answer;
    }

    private void deliverLate() {
      Collections.shuffle(late, random);
      int most = random.nextInt(late.size() + 1);
      for (int i = 0; i < most; i++) {
        deliver(late.removeLast());
      }
    }

    private TccAnswer deliver(TccOperation operation) {
      boolean breaks = random.nextInt(8) == 0;
      TccCall call = call(branch, operation, account, AMOUNT);
      TccAnswer answer = fence.answer(call, new Breaking(bank, breaks));
      story.add(operation + (breaks ? " (breaks)" : "") + " " + answer);
      if (answer instanceof Done) {
        TccAnswer before = first.putIfAbsent(operation, answer);
        assertThat(answer).as(told()).isEqualTo(before == null ? answer : before);
      }
      return answer;
    }

    private void judge(boolean confirms, TccAnswer ended) {
      assertThat(ended).as(told()).isInstanceOf(Done.class);
      List<String> effects = bank.effects(branch);
      if (confirms) {
        assertThat(effects).as(told()).containsExactly("held", "taken");
      } else {
        assertThat(String.join(",", effects)).as(told()).isIn("", "held,given back");
      }
    }

    private String told() {
      return "seed " + seed + ": " + story;
    }
  }

  @Test
  @DisplayName("53-58: two thousand random schedules of duplicates, delays, reorderings and losses")
  void twoThousandRandomSchedules() throws Exception {
    System.out.println("TccFenceStormTest: -Dseed=" + seed);
    TestPostgres.sql(TestPostgres.pool(), "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
    try (TccFence fence =
            Concordat.tccFence(TestPostgres.pool(), TccFencePlan.STANDARD.schema(SCHEMA));
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE + 1)) {
      FenceBank bank = new FenceBank(TestPostgres.pool(), SCHEMA, accounts);
      bank.sql("UPDATE s.account SET balance = 1000000");
      Reader reader = new Reader(bank);
      Future<Integer> looks = threads.submit(reader);
      List<Callable<Object>> all = new ArrayList<>();
      for (int i = 0; i < SCHEDULES; i++) {
        Schedule schedule = new Schedule(i, fence, bank);
        all.add(Executors.callable(schedule::run));
      }
      try {
        for (Future<Object> one : threads.invokeAll(all)) {
          one.get();
        }
      } finally {
        reader.over = true;
      }
      assertThat(looks.get()).isPositive();
      atTheEnd(bank);
    }
  }

  private void atTheEnd(FenceBank bank) {
    assertThat(lost.get()).isPositive();
    for (String effect : List.of("held", "taken", "given back")) {
      assertThat(bank.rows("SELECT count(*) > 100 FROM s.effect WHERE what = '" + effect + "'"))
          .containsExactly("t");
    }
    assertThat(bank.rows("SELECT sum(held) FROM s.account")).containsExactly("0");
    assertThat(
            bank.rows(
                "SELECT transaction FROM s.effect GROUP BY transaction, what HAVING count(*) > 1"))
        .as("seed " + seed)
        .isEmpty();
    assertThat(
            bank.rows(
                "SELECT state FROM s.tcc_fence GROUP BY state HAVING state IN ('TRIED',"
                    + " 'STARTED')"))
        .isEmpty();
  }

  /** Looks at every instant whether what is held and what is gone is what effects say. */
  private static final class Reader implements Callable<Integer> {
    private static final String WRONG =
        """
        SELECT 1 FROM (SELECT sum(balance) AS balance, sum(held) AS held FROM s.account) a,
          (SELECT coalesce(sum(amount) FILTER (WHERE what = 'taken'), 0) AS taken,
                  coalesce(sum(amount) FILTER (WHERE what = 'held'), 0)
                  - coalesce(sum(amount) FILTER (WHERE what <> 'held'), 0) AS held FROM s.effect) e,
          (SELECT count(*) * 30 AS held FROM s.tcc_fence WHERE state = 'TRIED') f
         WHERE a.balance + e.taken <> 5000000 OR a.held <> e.held OR a.held <> f.held
        """;

    private final FenceBank bank;
    private volatile boolean over;

    Reader(FenceBank bank) {
      this.bank = bank;
    }

    @Override
    public Integer call() {
      int looks = 0;
      while (!over) {
        assertThat(bank.rows(WRONG)).isEmpty();
        looks++;
      }
      return looks;
    }
  }
}
