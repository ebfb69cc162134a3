package dev.concordat.postgres;

import static dev.concordat.FenceBank.call;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.FenceBank;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.store.Fences;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccOperation;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: try, duplicate try, cancel and confirm of one branch, overlapping in every way, act at most
 * once each, and never against each other (55-58). Method: each operation in a transaction of its
 * own that is opened, asks, and commits; every order of those steps of two and three sessions on a
 * real PostgreSQL. A session that waits for a lock is left waiting; no deadlock is excused.
 */
class FenceInterleavingTest {

  private static final String SCHEMA = "fence_orders";
  private static final int LOOK_AFTER_MILLIS = 3;
  private static final long PATIENCE_SECONDS = 60;

  private final DataSource source = TestPostgres.pool();
  private final Fences fences = new PgFences(source, SCHEMA, Duration.ofDays(30));
  private final List<Session> sessions = new ArrayList<>();
  private TccFence fence;
  private FenceBank bank;
  private int waits;

  @BeforeEach
  void open() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
    fence = new TccFence(fences, (call, answer) -> {}, new SystemPlatform());
    bank = new FenceBank(source, SCHEMA, "ann");
  }

  @AfterEach
  void close() throws Exception {
    for (Session session : sessions) {
      session.close();
    }
    fence.close();
  }

  /** A session does one thing after the other, each in a transaction. */
  private static final class Session implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Connection connection;
    private final String pid;
    private Future<?> last;

    Session(DataSource source) throws Exception {
      connection = source.getConnection();
      connection.setAutoCommit(false);
      try (var statement = connection.createStatement();
          var row = statement.executeQuery("SELECT pg_backend_pid()")) {
        row.next();
        pid = row.getString(1);
      }
      connection.commit();
      last = thread.submit(() -> {});
    }

    @Override
    public void close() throws Exception {
      thread.shutdownNow();
      connection.rollback();
      connection.setAutoCommit(true);
      connection.close();
    }
  }

  /** Which session asks or commits next. */
  private record Step(int session, TccOperation operation, boolean commits, String name) {}

  private record Scene(TccBranchId branch, Map<String, TccAnswer> answers, List<String> order) {}

  private static List<List<Step>> of(TccOperation[]... operations) {
    List<List<Step>> all = new ArrayList<>();
    for (int i = 0; i < operations.length; i++) {
      List<Step> own = new ArrayList<>();
      for (TccOperation operation : operations[i]) {
        String name = operation + " " + i + "." + own.size() / 2;
        own.add(new Step(i, operation, false, name));
        own.add(new Step(i, operation, true, name));
      }
      all.add(own);
    }
    return all;
  }

  private int everyOrder(List<List<Step>> all) throws Exception {
    while (sessions.size() < all.size()) {
      sessions.add(new Session(source));
    }
    return continued(all, new int[all.size()], new ArrayList<>());
  }

  private int continued(List<List<Step>> all, int[] done, List<Step> order) throws Exception {
    int orders = 0;
    boolean over = true;
    for (int i = 0; i < done.length; i++) {
      if (done[i] < all.get(i).size()) {
        over = false;
        order.add(all.get(i).get(done[i]++));
        orders += continued(all, done, order);
        done[i]--;
        order.removeLast();
      }
    }
    if (over) {
      run(order);
    }
    return over ? 1 : orders;
  }

  private void run(List<Step> order) throws Exception {
    TestPostgres.sql(source, "UPDATE " + SCHEMA + ".account SET balance = 100, held = 0");
    Scene scene = new Scene(FenceBank.branch(), new ConcurrentHashMap<>(), new ArrayList<>());
    for (Step step : order) {
      scene.order().add((step.commits() ? "commit " : "ask ") + step.name());
      Session session = sessions.get(step.session());
      session.last =
          session.thread.submit(() -> {
            take(step, session, scene);
            return null;
          });
      for (Session each : sessions) {
        waits += isLeftWaiting(each) ? 1 : 0;
      }
    }
    for (Session session : sessions) {
      session.last.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    holds(scene);
  }

  private void take(Step step, Session session, Scene scene) throws Exception {
    if (step.commits()) {
      session.connection.commit();
    } else {
      var call = call(scene.branch(), step.operation(), "ann", 30);
      scene.answers().put(step.name(), fence.answer(session.connection, call, bank));
    }
  }

  /** Returns once the session has done its last step, or waits for a lock with it. */
  private boolean isLeftWaiting(Session session) throws Exception {
    String blocked = "SELECT cardinality(pg_blocking_pids(" + session.pid + "))";
    while (true) {
      try {
        session.last.get(LOOK_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        return false;
      } catch (TimeoutException e) {
        if (!TestPostgres.rows(source, blocked).getFirst().equals("0")) {
          return true;
        }
      }
    }
  }

  private void holds(Scene scene) {
    String order = scene.order() + " " + scene.answers();
    List<String> effects = bank.effects(scene.branch());
    assertThat(List.of("", "held", "held,taken", "held,given back"))
        .as(order)
        .contains(String.join(",", effects));
    String account =
        effects.contains("taken") ? "70|0" : effects.equals(List.of("held")) ? "100|30" : "100|0";
    assertThat(bank.account("ann")).as(order).isEqualTo(account);
    scene.answers().forEach((name, answer) -> fits(name, answer, effects, order));
    endsWhole(scene, effects, order);
  }

  /** What was answered is what was done, or what stood against it. */
  private static void fits(String name, TccAnswer answer, List<String> effects, String order) {
    boolean done = answer instanceof Done;
    Code code = answer instanceof Refused refused ? refused.code() : null;
    assertThat(done || code != null).as(order).isTrue();
    switch (TccOperation.valueOf(name.substring(0, name.indexOf(' ')))) {
      case TRY -> {
        assertThat(!done || effects.contains("held")).as(order).isTrue();
        assertThat(code).as(order).isIn(null, Code.CANCELLED, Code.CONFIRMED);
      }
      case CONFIRM -> {
        assertThat(!done || effects.contains("taken")).as(order).isTrue();
        assertThat(code).as(order).isIn(null, Code.CANCELLED, Code.NOT_TRIED);
      }
      case CANCEL -> {
        assertThat(done).as(order).isEqualTo(!effects.contains("taken"));
        assertThat(code).as(order).isIn(null, Code.CONFIRMED);
        assertThat(done && effects.equals(List.of("held"))).as(order).isFalse();
      }
    }
  }

  /** An initiator that asks again ends it, and nothing stays held. */
  private void endsWhole(Scene scene, List<String> effects, String order) {
    TccAnswer cancelled = fence.answer(call(scene.branch(), TccOperation.CANCEL, "ann", 30), bank);
    assertThat(cancelled instanceof Done).as(order).isEqualTo(!effects.contains("taken"));
    assertThat(bank.account("ann")).as(order).isIn("100|0", "70|0");
    assertThat(bank.effects(scene.branch()).size()).as(order).isIn(0, 2);
  }

  private static TccOperation[] session(TccOperation... operations) {
    return operations;
  }

  @Test
  @DisplayName("55-57: all permutations of try, try, cancel, confirm, on two sessions")
  void allPermutationsOnTwoSessions() throws Exception {
    List<TccOperation> all =
        List.of(TccOperation.TRY, TccOperation.TRY, TccOperation.CANCEL, TccOperation.CONFIRM);
    int orders = 0;
    for (List<TccOperation> permutation : permutations(all)) {
      TccOperation[] those = permutation.toArray(TccOperation[]::new);
      orders += everyOrder(of(Arrays.copyOf(those, 2), Arrays.copyOfRange(those, 2, 4)));
    }

    // Twelve permutations, each split between two sessions, each in seventy orders of its steps.
    assertThat(orders).isEqualTo(12 * 70);
    assertThat(waits).isPositive();
  }

  @Test
  @DisplayName("55: two tries and a cancel, each in a session of its own")
  void twoTriesAndACancel() throws Exception {
    int orders =
        everyOrder(
            of(session(TccOperation.TRY), session(TccOperation.TRY), session(TccOperation.CANCEL)));

    assertThat(orders).isEqualTo(90);
    assertThat(waits).isPositive();
  }

  @Test
  @DisplayName("57, 58: two confirms and a cancel, after a try")
  void twoConfirmsAndACancel() throws Exception {
    int orders =
        everyOrder(
            of(
                session(TccOperation.TRY, TccOperation.CONFIRM),
                session(TccOperation.CONFIRM),
                session(TccOperation.CANCEL)));

    assertThat(orders).isEqualTo(420);
    assertThat(waits).isPositive();
  }

  private static List<List<TccOperation>> permutations(List<TccOperation> of) {
    if (of.isEmpty()) {
      return List.of(List.of());
    }
    List<List<TccOperation>> all = new ArrayList<>();
    for (TccOperation first : TccOperation.values()) {
      if (of.contains(first)) {
        List<TccOperation> rest = new ArrayList<>(of);
        rest.remove(first);
        for (List<TccOperation> more : permutations(rest)) {
          List<TccOperation> one = new ArrayList<>(List.of(first));
          one.addAll(more);
          all.add(one);
        }
      }
    }
    return all;
  }
}
