package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.atomic.ThreePhaseChannel;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseStanding;
import dev.concordat.atomic.ThreePhaseState;
import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.NotNowException;
import dev.concordat.core.Outcome;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.json.JsonCodec;
import dev.concordat.postgres.PgThreePhaseRows;
import dev.concordat.store.ThreePhaseRows;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** One transaction of three participants, whose processes die at given moments and come back. */
final class ThreePhaseCrashWorld {

  static final String COORDINATOR = "coordinator";
  static final List<String> PARTICIPANTS = List.of("a", "b", "c");

  private static final Duration BETWEEN = Duration.ofMillis(400);

  /**
   * When a process dies.
   *
   * @param process which
   * @param kind write or send
   * @param n the how manyeth of that process and kind
   * @param after whether that was done before it died
   */
  record Moment(String process, String kind, int n, boolean after) {}

  private final Fixture db;
  private final String gid;
  private final List<Moment> moments;
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final Map<String, Life> lives = new ConcurrentHashMap<>();
  private final List<Life> all = new ArrayList<>();
  private final List<Moment> fired = new ArrayList<>();
  private volatile String end = "";
  private boolean over;

  ThreePhaseCrashWorld(Fixture db, String gid, List<Moment> moments) {
    this.db = db;
    this.gid = gid;
    this.moments = moments;
  }

  /** How it ended, as all participants say. */
  String end() {
    return end;
  }

  /** One life of one process. */
  private final class Life implements ThreePhaseChannel {
    private final String process;
    private final ThreePhaseCommit commit;
    private volatile boolean dead;
    private volatile ThreePhaseParticipant participant;

    Life(String process) {
      this.process = process;
      this.commit =
          new ThreePhaseCommit(
              new ThreePhaseCommit.Tools(this, new JsonCodec(), new SystemPlatform()),
              source -> rows(new PgThreePhaseRows(source, "concordat")));
    }

    private ThreePhaseRows rows(ThreePhaseRows real) {
      return (ThreePhaseRows)
          Proxy.newProxyInstance(
              ThreePhaseRows.class.getClassLoader(),
              new Class<?>[] {ThreePhaseRows.class},
              (self, method, arguments) -> {
                alive();
                int n = method.getName().equals("change") ? begin("write") : 0;
                Object result;
                try {
                  result = method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getTargetException();
                }
                end("write", n);
                return result;
              });
    }

    private int begin(String kind) {
      int n =
          counts
              .computeIfAbsent(process + " " + kind, key -> new AtomicInteger())
              .incrementAndGet();
      dieAt(new Moment(process, kind, n, false));
      return n;
    }

    private void end(String kind, int n) {
      dieAt(new Moment(process, kind, n, true));
      alive();
    }

    private void dieAt(Moment moment) {
      if (!moments.contains(moment)) {
        return;
      }
      synchronized (ThreePhaseCrashWorld.this) {
        if (!fired.contains(moment) && !over) {
          fired.add(moment);
          die();
        }
      }
      alive();
    }

    private void die() {
      dead = true;
      if (participant != null) {
        participant.close();
        Thread.ofVirtual().start(() -> born(process));
      }
    }

    private void alive() {
      if (dead) {
        throw new NotNowException(process + " is dead");
      }
    }

    @Override
    public ThreePhaseStanding ask(String address, Letter letter) throws Exception {
      alive();
      int n = begin("send");
      Life other = Objects.requireNonNull(lives.get(letter.participant()));
      other.alive();
      ThreePhaseStanding standing =
          Objects.requireNonNull(other.participant).answer(letter.gid(), letter.request());
      other.alive();
      end("send", n);
      return standing;
    }
  }

  private void born(String process) {
    Life life = new Life(process);
    if (!process.equals(COORDINATOR)) {
      life.participant = life.commit.participant(name(process), db.pool, new Noting(process));
    }
    synchronized (this) {
      all.add(life);
      lives.put(name(process), life);
      if (over) {
        life.commit.close();
      }
    }
  }

  /** Worlds share a database, and so their participants have names of their own. */
  private String name(String process) {
    return process + "-" + gid;
  }

  private final class Noting implements ThreePhaseWork {
    private final String process;

    Noting(String process) {
      this.process = process;
    }

    @Override
    public void prepare(Connection tx, String of, String work) throws SQLException {
      note(tx, "prepared");
    }

    @Override
    public void commit(Connection tx, String of, String work) throws SQLException {
      note(tx, "committed");
    }

    @Override
    public void abort(Connection tx, String of, String work) throws SQLException {
      note(tx, "aborted");
    }

    private void note(Connection tx, String what) throws SQLException {
      Fixture.sql(
          tx, "INSERT INTO note (gid, participant, what) VALUES (?, ?, ?)", gid, process, what);
    }
  }

  /** True if all came to die. */
  boolean run() throws Exception {
    PARTICIPANTS.forEach(this::born);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Outcome<String> first = executed(threads);
      Outcome<String> last = first instanceof Outcome.Unknown ? again(threads) : first;
      awaitEnd();
      check(last);
    } finally {
      close();
    }
    synchronized (this) {
      return fired.size() == moments.size();
    }
  }

  private Map<String, String> names() {
    Map<String, String> names = new TreeMap<>();
    PARTICIPANTS.forEach(process -> names.put(name(process), name(process)));
    return names;
  }

  /** A coordinator that died answers nothing. */
  private Outcome<String> executed(ExecutorService threads) throws Exception {
    Life coordinator = new Life(COORDINATOR);
    synchronized (this) {
      all.add(coordinator);
    }
    ThreePhasePlan plan = ThreePhasePlan.among(names()).patience(BETWEEN);
    Future<Outcome<String>> answer =
        threads.submit(() -> coordinator.commit.execute(gid, plan, names()));
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!coordinator.dead) {
      assertThat(System.nanoTime()).as("%s is answered", moments).isLessThan(until);
      try {
        return answer.get(20, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It is looked at again, whether it lives.
      } catch (ExecutionException e) {
        throw new AssertionError(moments.toString(), e);
      }
    }
    answer.cancel(true);
    return new Outcome.Unknown<>("it died");
  }

  private Outcome<String> again(ExecutorService threads) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    Outcome<String> outcome = executed(threads);
    while (outcome instanceof Outcome.Unknown) {
      assertThat(System.nanoTime()).as("%s ends", moments).isLessThan(until);
      outcome = executed(threads);
    }
    return outcome;
  }

  private Map<String, String> states() {
    Map<String, String> states = new LinkedHashMap<>();
    for (String process : PARTICIPANTS) {
      String state =
          db.text(
              "SELECT state FROM concordat.three_phase WHERE gid = '"
                  + gid
                  + "' AND participant = '"
                  + name(process)
                  + "'");
      if (!state.isEmpty()) {
        states.put(process, state);
      }
    }
    return states;
  }

  private void awaitEnd() {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (states().values().stream().anyMatch(one -> !ThreePhaseState.valueOf(one).isFinal())) {
      assertThat(System.nanoTime()).as("%s: %s", moments, states()).isLessThan(until);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private void check(Outcome<String> last) {
    Map<String, String> states = states();
    assertThat(states.values().stream().distinct()).as("%s: %s", moments, states).hasSize(1);
    end = states.values().iterator().next();
    assertThat(last)
        .as("%s: %s", moments, states)
        .isInstanceOf(end.equals("COMMITTED") ? Outcome.Done.class : Outcome.Refused.class);
    for (String process : PARTICIPANTS) {
      List<String> notes =
          db.strings(
              "SELECT what FROM note WHERE gid = '"
                  + gid
                  + "' AND participant = '"
                  + process
                  + "' ORDER BY at");
      if (end.equals("COMMITTED")) {
        assertThat(notes).as("%s %s", moments, process).containsExactly("prepared", "committed");
      } else {
        assertThat(notes)
            .as("%s %s", moments, process)
            .isIn(List.of(), List.of("prepared", "aborted"));
      }
    }
  }

  private synchronized void close() {
    over = true;
    all.forEach(life -> {
      life.dead = true;
      if (life.participant != null) {
        life.participant.close();
      }
      life.commit.close();
    });
  }
}
