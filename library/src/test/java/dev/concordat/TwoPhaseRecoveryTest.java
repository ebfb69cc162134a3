package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseListener;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.NotNowException;
import dev.concordat.core.Outcome;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what a dead coordinator left is ended as soon as its databases answer (P10), and one that
 * does not answer holds up nothing else and is not asked more and more often. Method: three real
 * databases, some of whose calls are made to fail.
 */
class TwoPhaseRecoveryTest {

  private static final int MANY = 20;
  private static final int LOOKS = 40;

  private final Fixture accounts = Fixture.open();
  private final Fixture ledger = Fixture.open();
  private final Fixture audit = Fixture.open();
  private final AtomicInteger commits = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();
  private volatile boolean deaf;

  @BeforeEach
  void tables() {
    for (Fixture db : List.of(accounts, ledger, audit)) {
      db.sql("CREATE TABLE line (transfer text PRIMARY KEY)");
    }
  }

  @AfterEach
  void close() {
    accounts.close();
    ledger.close();
    audit.close();
  }

  /** The usual call, which {@code usual} makes. */
  private interface Usual {
    Object call() throws Throwable;
  }

  private interface Hook {
    Object around(String call, Usual usual) throws Throwable;
  }

  private static AtomicDatabase hooked(AtomicDatabase real, Hook hook) {
    return (AtomicDatabase) hooked(AtomicDatabase.class, real, hook);
  }

  private static Object hooked(Class<?> type, Object real, Hook hook) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> {
          Object result = hook.around(method.getName(), () -> invoke(real, method, arguments));
          return result instanceof Branches.Teller teller
              ? hooked(Branches.Teller.class, teller, hook)
              : result;
        });
  }

  private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  private Concordat start(BranchWrapper wrapper) {
    return accounts.concordat().pollingOnly().wrappingBranches(wrapper).start();
  }

  private TwoPhaseCommit commit(Concordat concordat) {
    return concordat.twoPhaseCommit(
        TwoPhase.named("transfer")
            .database("accounts", accounts.pool)
            .database("ledger", ledger.pool)
            .database("audit", audit.pool)
            .grace(Duration.ofMillis(200)));
  }

  private static Outcome<String> write(TwoPhaseCommit commit, String id, String... databases) {
    return commit.execute(
        id,
        tx -> {
          for (String database : databases) {
            tx.on(database).update("INSERT INTO line VALUES (?)", id);
          }
          return "";
        });
  }

  /** Counts, and hears of no commit while it is deaf. */
  private Object deafly(String call, Usual usual) throws Throwable {
    if (call.equals("unsettled")) {
      looks.incrementAndGet();
    }
    if (call.equals("commit")) {
      commits.incrementAndGet();
      return deaf ? BranchEnding.AGAIN : usual.call();
    }
    return usual.call();
  }

  @Test
  @DisplayName("P10: a database that does not answer is not told more and more often")
  void whoIsDeafIsNotToldByMoreAndMore() {
    deaf = true;
    try (Concordat first = start(real -> hooked(real, this::deafly))) {
      TwoPhaseCommit dying = commit(first);
      for (int i = 0; i < MANY; i++) {
        assertThat(write(dying, "t" + i, "accounts", "ledger")).isInstanceOf(Outcome.Done.class);
      }
      dying.kill();
    }
    try (Concordat second = start(real -> hooked(real, this::deafly))) {
      commits.set(0);
      var unused = commit(second);
      await(() -> commits.get() >= MANY, "the decisions are told");
      int before = looks.get();
      await(() -> looks.get() > before + LOOKS, "it looks again and again");

      assertThat(commits.get()).as("told, in so many looks").isLessThan(5 * MANY);

      deaf = false;
      ledger.await("SELECT count(*) FROM line", String.valueOf(MANY));
    }
  }

  @Test
  @DisplayName("P10: a decider that does not answer does not hold up what others decide")
  void whoIsSilentHoldsUpNobodyElse() {
    for (int i = 0; i < 4; i++) {
      leave("silent" + i, "accounts", "ledger");
    }
    leave("other", "ledger", "audit");
    String prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
    assertThat(audit.text(prepared)).isEqualTo("1");
    AtomicInteger wrapped = new AtomicInteger();
    try (Concordat second =
        start(real -> wrapped.getAndIncrement() == 0 ? hooked(real, this::silently) : real)) {
      deaf = true;
      var unused = commit(second);
      audit.await(prepared, "0");
      assertThat(ledger.text(prepared)).isEqualTo("4");

      deaf = false;
      ledger.await(prepared, "0");
    }
  }

  @Test
  @DisplayName("P7: any number of processes recover the same at once, and do not contradict")
  void manyRecoverAtOnce() {
    deaf = true;
    try (Concordat first = start(real -> hooked(real, this::deafly))) {
      TwoPhaseCommit dying = commit(first);
      for (int i = 0; i < MANY; i++) {
        assertThat(write(dying, "t" + i, "accounts", "ledger", "audit"))
            .isInstanceOf(Outcome.Done.class);
      }
      dying.kill();
    }
    for (int i = 0; i < 3; i++) {
      leave("undecided" + i, "accounts", "ledger", "audit");
    }
    String prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
    assertThat(audit.text(prepared)).isEqualTo(String.valueOf(MANY + 3));
    List<Concordat> recovering = new ArrayList<>();
    try {
      List<TwoPhaseCommit> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        recovering.add(start(real -> real));
        all.add(commit(recovering.getLast()));
      }
      for (Fixture db : List.of(ledger, audit)) {
        db.await(prepared, "0");
        assertThat(db.text("SELECT count(*) FROM line")).isEqualTo(String.valueOf(MANY));
      }
      accounts.await("SELECT count(*) FROM concordat.decision WHERE NOT settled", "0");
      assertThat(accounts.text("SELECT count(*) FROM line")).isEqualTo(String.valueOf(MANY));
      all.forEach(one -> assertThat(one.heuristics()).isEmpty());
    } finally {
      recovering.forEach(Concordat::close);
    }
  }

  @Test
  @DisplayName("P7: what is younger than the grace is left to its coordinator")
  void whatIsYoungIsLeftAlone() {
    leave("young", "accounts", "ledger");
    String prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
    try (Concordat patient = start(real -> hooked(real, this::deafly))) {
      var unused =
          patient.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", accounts.pool)
                  .database("ledger", ledger.pool)
                  .grace(Duration.ofHours(1)));
      await(() -> looks.get() > 4, "it looks");

      assertThat(ledger.text(prepared)).isEqualTo("1");
    }
    try (Concordat other = start(real -> real)) {
      var unused = commit(other);
      ledger.await(prepared, "0");
    }
  }

  @Test
  @DisplayName("P10: who may not end a branch leaves it, and goes on with the others")
  void aRoleThatMayNot() {
    String role = "anna" + System.nanoTime();
    accounts.sql("CREATE ROLE " + role + " LOGIN");
    leave("foreign", "accounts", "ledger");
    for (Fixture db : List.of(accounts, ledger)) {
      db.sql("GRANT USAGE ON SCHEMA concordat TO " + role);
      db.sql("GRANT ALL ON ALL TABLES IN SCHEMA concordat TO " + role);
      db.sql("GRANT ALL ON line TO " + role);
    }
    String prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";
    try (HikariDataSource hers = as(role, accounts);
        HikariDataSource book = as(role, ledger);
        Concordat other = Concordat.on(hers).withoutMigration().pollingOnly().start()) {
      TwoPhaseCommit commit =
          other.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", hers)
                  .database("ledger", book)
                  .grace(Duration.ofMillis(200)));
      accounts.await("SELECT count(*) FROM concordat.decision WHERE attempt IS NULL", "1");
      assertThat(write(commit, "hers", "accounts", "ledger")).isEqualTo(new Outcome.Done<>(""));
      ledger.await("SELECT string_agg(transfer, '') FROM line", "hers");
      assertThat(ledger.text(prepared)).as("hers to see, not to end").isEqualTo("1");
      assertThat(commit.heuristics()).isEmpty();
    }
    try (Concordat owner = start(real -> real)) {
      var unused = commit(owner);
      ledger.await(prepared, "0");
    }
  }

  @Test
  @DisplayName("P7: a branch committed by hand that nobody had decided is found with the others")
  void committedByHandUndecided() {
    leave("x", "accounts", "ledger", "audit");
    ledger.sql(
        "COMMIT PREPARED '"
            + ledger.text("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")
            + "'");
    try (Concordat second = start(real -> real)) {
      TwoPhaseCommit commit = commit(second);

      accounts.await("SELECT string_agg(branch, '') ~ '^ledger@' FROM concordat.heuristic", "t");
      audit.await(
          "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()", "0");
      assertThat(commit.giveUp("x", String.class)).isInstanceOf(Outcome.Refused.class);
    }
  }

  /** Ends by hand what waits in the ledger. */
  private void byHand(String how) {
    String listed = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
    ledger.strings(listed).forEach(gid -> ledger.sql(how + " PREPARED '" + gid + "'"));
  }

  @Test
  @DisplayName("P7: a heuristic against an abort that cannot be recorded now is recorded later")
  void heuristicOfAnAbort() {
    leave("x", "accounts", "ledger", "audit");
    AtomicInteger asked = new AtomicInteger();
    Hook hook =
        (call, usual) -> {
          if (call.equals("heuristics") && asked.incrementAndGet() == 1) {
            throw new NotNowException("the decider has no connection just now");
          }
          Object result = usual.call();
          if (call.equals("fence")) {
            byHand("COMMIT");
          }
          return result;
        };
    try (Concordat second = start(real -> hooked(real, hook))) {
      var unused = commit(second);

      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      assertThat(asked.get()).isGreaterThan(1);
    }
  }

  @Test
  @DisplayName(
      "P7: one that cannot be recorded now is not lost when another branch ends the commit")
  void heuristicOfACommit() {
    deaf = true;
    try (Concordat first = start(real -> hooked(real, this::deafly))) {
      TwoPhaseCommit dying = commit(first);
      assertThat(write(dying, "h", "accounts", "ledger", "audit")).isInstanceOf(Outcome.Done.class);
      dying.kill();
    }
    byHand("ROLLBACK");
    AtomicInteger wrapped = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    Hook decider =
        (call, usual) -> {
          if (call.equals("heuristics") && asked.incrementAndGet() == 1) {
            failed.countDown();
            throw new NotNowException("the decider has no connection just now");
          }
          return usual.call();
        };
    Hook last =
        (call, usual) -> {
          if (call.equals("commit")) {
            assertThat(failed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
          }
          return usual.call();
        };
    try (Concordat second =
        start(real -> hooked(real, wrapped.getAndIncrement() == 2 ? last : decider))) {
      var unused = commit(second);

      accounts.await("SELECT count(*) FROM concordat.heuristic", "1");
      accounts.await("SELECT settled FROM concordat.decision", "t");
    }
  }

  @Test
  @DisplayName("P10: what is in doubt is said aloud while the database that decides it is away")
  void saidWhileTheDeciderIsAway() {
    leave("x", "accounts", "ledger");
    AtomicInteger wrapped = new AtomicInteger();
    List<String> heard = new CopyOnWriteArrayList<>();
    TwoPhaseListener hearing =
        new TwoPhaseListener() {
          @Override
          public void inDoubt(String name, String id, String branch, Duration age) {
            heard.add(name + " " + id + " " + branch);
          }
        };
    Hook away =
        (call, usual) -> {
          if (List.of("names", "prepared", "fence", "unsettled").contains(call)) {
            throw new NotNowException("it is away");
          }
          return usual.call();
        };
    try (Concordat second =
        ledger
            .concordat()
            .pollingOnly()
            .wrappingBranches(real -> wrapped.getAndIncrement() == 0 ? hooked(real, away) : real)
            .start()) {
      var unused =
          second.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", accounts.pool)
                  .database("ledger", ledger.pool)
                  .grace(Duration.ofHours(1))
                  .warnAfter(Duration.ofSeconds(1)),
              hearing);
      await(() -> !heard.isEmpty(), "it is said aloud");
      assertThat(heard).containsExactly("transfer x ledger");
    }
  }

  @Test
  @DisplayName("P7: what another two-phase commit decided is told, and noted by its own")
  void anothersDecision() {
    deaf = true;
    try (Concordat first = start(real -> hooked(real, this::deafly))) {
      TwoPhaseCommit dying = commit(first);
      assertThat(write(dying, "t", "accounts", "ledger")).isInstanceOf(Outcome.Done.class);
      dying.kill();
    }
    deaf = false;
    String instances = "SELECT string_agg(id, ',') FROM concordat.instance";
    try (Concordat second =
        audit
            .concordat()
            .pollingOnly()
            .wrappingBranches(real -> hooked(real, this::deafly))
            .start()) {
      looks.set(0);
      var unused =
          second.twoPhaseCommit(
              TwoPhase.named("invoice")
                  .database("accounts", accounts.pool)
                  .database("ledger", ledger.pool)
                  .grace(Duration.ofMillis(200)));
      ledger.await("SELECT count(*) FROM line", "1");
      int before = looks.get();
      await(() -> looks.get() > before + LOOKS, "it looks again and again");
      assertThat(accounts.text("SELECT settled FROM concordat.decision")).isEqualTo("f");
    }
    try (Concordat third = start(real -> real)) {
      var unused = commit(third);
      accounts.await("SELECT settled FROM concordat.decision", "t");
    }
    assertThat(accounts.text(instances)).isEqualTo("transfer/t");
    assertThat(audit.text("SELECT count(*) FROM concordat.instance")).isEqualTo("0");
  }

  private static HikariDataSource as(String role, Fixture db) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(db.pool.getJdbcUrl().replaceFirst("user=[^&]*", "user=" + role));
    return pool;
  }

  private Object silently(String call, Usual usual) throws Throwable {
    if (call.equals("fence") && deaf) {
      throw new NotNowException("it is silent");
    }
    return usual.call();
  }

  /** A coordinator that dies when all are prepared and nothing is decided. */
  private void leave(String id, String... databases) {
    FaultPlan plan = new FaultPlan("Deciding.decide", 1, FaultPlan.Fault.CRASH_BEFORE);
    try (Concordat first = start(plan::around)) {
      TwoPhaseCommit dying =
          first.twoPhaseCommit(
              TwoPhase.named("transfer")
                  .database("accounts", accounts.pool)
                  .database("ledger", ledger.pool)
                  .database("audit", audit.pool)
                  .patience(Duration.ZERO));
      assertThat(write(dying, id, databases)).isInstanceOf(Outcome.Unknown.class);
      dying.kill();
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
