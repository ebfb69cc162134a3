package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Bytes;
import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message that somebody received has its effect once, whoever else handles it at the same
 * moment and wherever handling it fails (P4, P8). Method: the inbox alone, on a real PostgreSQL;
 * transactions that overlap, and a fault at every call of the store in every way.
 */
class InboxTest {

  private static final Bytes SAYS = Bytes.utf8("x");
  private static final Set<String> FIRED = ConcurrentHashMap.newKeySet();

  private final Fixture db = Fixture.open();

  @AfterEach
  void close() {
    db.close();
  }

  @Test
  @DisplayName("P8: a duplicate that comes at the same moment waits, and is known")
  void aDuplicateAtTheSameMomentWaits() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (Concordat concordat = db.concordat().start();
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<Boolean> first = handled(concordat, threads, goOn, true);
      db.await("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'", "1");
      Future<Boolean> second = handled(concordat, threads, goOn, true);
      db.await("SELECT count(*) FROM pg_locks WHERE NOT granted", "1");
      goOn.countDown();

      assertThat(first.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isFalse();
    }
    assertThat(db.ledger()).isEqualTo("done");
  }

  @Test
  @DisplayName("P8: if the first fails, the duplicate that waited for it handles the message")
  void theDuplicateOfOneThatFailsHandlesIt() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (Concordat concordat = db.concordat().start();
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<Boolean> first = handled(concordat, threads, goOn, false);
      db.await("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'", "1");
      Future<Boolean> second = handled(concordat, threads, goOn, true);
      db.await("SELECT count(*) FROM pg_locks WHERE NOT granted", "1");
      goOn.countDown();

      assertThat(second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> first.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class);
    }
    assertThat(db.ledger()).isEqualTo("done");
  }

  private static Future<Boolean> handled(
      Concordat concordat, ExecutorService threads, CountDownLatch goOn, boolean succeeds) {
    return threads.submit(() ->
        concordat
            .inbox()
            .handle(
                "billing",
                "m1",
                SAYS,
                tx -> {
                  Fixture.note(tx, "done");
                  assertThat(goOn.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
                  if (!succeeds) {
                    throw new IOException("it fails");
                  }
                }));
  }

  @Test
  @DisplayName("P8: another message under a known id is refused, and has no effect")
  void anotherMessageUnderAKnownId() throws Exception {
    try (Concordat concordat = db.concordat().start()) {
      concordat.inbox().handle("billing", "m1", SAYS, tx -> Fixture.note(tx, "one"));
      assertThatThrownBy(() ->
              concordat
                  .inbox()
                  .handle("billing", "m1", Bytes.utf8("y"), tx -> Fixture.note(tx, "other")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("says something else");
      assertThat(concordat.inbox().handle("other", "m1", SAYS, tx -> Fixture.note(tx, "two")))
          .isTrue();
    }
    assertThat(db.ledger()).isEqualTo("one,two");
  }

  @Test
  @DisplayName("T4: a fault at every call of the store, and whoever asks again is answered truly")
  void everyCallGoesWrongInEveryWay() {
    List<Callable<Boolean>> cases = new ArrayList<>();
    try (Fixture many = Fixture.withConnections(40)) {
      for (String port : ports()) {
        for (FaultPlan.Fault fault : FaultPlan.Fault.values()) {
          for (int call = 1; call <= 2; call++) {
            FaultPlan plan = new FaultPlan(port, call, fault);
            String schema = "s" + cases.size();
            cases.add(() -> run(many, schema, plan));
          }
        }
      }
      assertThat(Cases.countTrue(cases)).isEqualTo(cases.size());
      assertThat(FIRED).containsExactlyInAnyOrderElementsOf(ports());
    }
  }

  private static List<String> ports() {
    return List.of("Transactions.run", "Inbox.note");
  }

  private static boolean run(Fixture many, String schema, FaultPlan plan) throws Exception {
    many.sql("CREATE TABLE effect_" + schema + " (what text NOT NULL)");
    Concordat concordat =
        many.concordat().schema(schema).pollingOnly().wrappingStore(plan::around).start();
    try {
      for (String message : List.of("m1", "m2")) {
        boolean handled = false;
        while (!handled) {
          if (plan.dead) {
            concordat.close();
            concordat = many.concordat().schema(schema).pollingOnly().start();
          }
          handled = isAnswered(concordat, schema, message);
        }
      }
    } finally {
      concordat.close();
    }
    assertThat(many.strings("SELECT what FROM effect_" + schema + " ORDER BY what"))
        .as(plan.toString())
        .containsExactly("m1", "m2");
    if (plan.fired) {
      FIRED.add(plan.port());
    }
    return plan.fired;
  }

  private static boolean isAnswered(Concordat concordat, String schema, String message)
      throws Exception {
    try {
      concordat
          .inbox()
          .handle(
              "billing",
              message,
              SAYS,
              tx -> Fixture.sql(tx, "INSERT INTO effect_" + schema + " VALUES (?)", message));
      return true;
    } catch (NotNowException | OutcomeUnknownException e) {
      return false;
    }
  }
}
