package dev.concordat.postgres;

import static dev.concordat.store.Writes.birth;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.store.Write;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: Refused is never said of a write that is written (P11). Method: births whose ids an open
 * transaction holds, so that each is written by itself; once the first is, the connection breaks
 * and the pool has no other.
 */
class PgJournalAloneTest {

  private static final String SCHEMA = "alone";

  private final AtomicBoolean dry = new AtomicBoolean();
  private final DataSource pool = TestPostgres.pool();
  private final Database database = new Database(dryable(), SCHEMA);
  private final KeptConnection kept = new KeptConnection(database);
  private final PgJournal journal = new PgJournal(database, kept);

  private DataSource dryable() {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              if (method.getName().equals("getConnection") && dry.get()) {
                throw new SQLException("the pool is dry", "08001");
              }
              try {
                return method.invoke(pool, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private boolean isWritten(long no) throws Exception {
    return TestPostgres.rows(pool, "SELECT count(*) FROM alone.instance WHERE no = " + no)
        .equals(List.of("1"));
  }

  private void breaks() {
    dry.set(true);
    assertThatThrownBy(() ->
            kept.runNext(
                "SELECT 1",
                statement -> {
                  throw new SQLException("broken", "08006");
                }))
        .isInstanceOf(NotNowException.class);
  }

  @Test
  @DisplayName("P11: a birth that is written is not answered by Refused")
  void whatIsWrittenIsNotRefusedWithTheRest() throws Exception {
    TestPostgres.sql(pool, "DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
    PostgresStore store = new PostgresStore(pool, SCHEMA);
    store.migrate();
    try (Connection open = pool.getConnection()) {
      open.setAutoCommit(false);
      for (long no = 2; no <= 5; no++) {
        store.journal().appendWithin(open, birth(no, 5));
      }
      List<Write> batch = LongStream.rangeClosed(1, 5).mapToObj(no -> birth(no, 5)).toList();
      CompletableFuture<Throwable> thrown =
          CompletableFuture.supplyAsync(() -> catchThrowable(() -> journal.append(batch)));
      while (!isWritten(1)) {
        assertThat(thrown).isNotDone();
        LockSupport.parkNanos(1_000_000);
      }

      breaks();

      assertThat(thrown.join()).isInstanceOf(OutcomeUnknownException.class);
      assertThat(isWritten(1)).isTrue();
      open.rollback();
    } finally {
      dry.set(false);
      kept.close();
      store.close();
    }
  }

  @Test
  @DisplayName("P11: where nothing is written yet, Refused stays Refused")
  void whatIsNotWrittenIsRefused() {
    dry.set(true);

    assertThatThrownBy(() -> journal.append(List.of(birth(1, 5), birth(2, 5))))
        .isInstanceOf(NotNowException.class);
  }
}
