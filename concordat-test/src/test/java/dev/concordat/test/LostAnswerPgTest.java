package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.postgres.PostgresStore;
import dev.concordat.store.Change;
import dev.concordat.store.Entry;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Transactions.Local;
import dev.concordat.store.Write;
import dev.concordat.test.LossyProxy.When;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Goal: a lost answer is Unknown, never Refused, and asking again finds the truth (P3, P4, P11).
 * Method: a proxy breaks connections just before and just after the server did its work.
 */
class LostAnswerPgTest {

  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final LossyProxy proxy = LossyProxy.to("127.0.0.1", POSTGRES.port());
  private final PostgresStore direct = new PostgresStore(POSTGRES.dataSource(), "concordat");
  private final PostgresStore lossy = new PostgresStore(throughProxy(), "concordat");
  private final long no = NUMBERS.incrementAndGet();

  @BeforeAll
  static void makeTables() throws SQLException {
    new PostgresStore(POSTGRES.dataSource(), "concordat").migrate();
    sql(POSTGRES.dataSource(), "CREATE TABLE effect (key text PRIMARY KEY)");
  }

  @AfterAll
  static void stop() {
    POSTGRES.close();
  }

  @AfterEach
  void closeConnections() {
    direct.close();
    lossy.close();
    proxy.close();
  }

  private DataSource throughProxy() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(proxy.through(POSTGRES.jdbcUrl()));
    return source;
  }

  private static void sql(DataSource source, String text) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  private boolean hasEffect() throws SQLException {
    try (Connection connection = POSTGRES.dataSource().getConnection();
        Statement statement = connection.createStatement();
        var row = statement.executeQuery("SELECT 1 FROM effect WHERE key = 'k" + no + "'")) {
      return row.next();
    }
  }

  private Write birth() {
    NewInstance born =
        new NewInstance(
            no,
            "id-" + no,
            new UUID(0, no),
            "greeting",
            1,
            "hash",
            Map.of(),
            OptionalLong.empty(),
            OptionalLong.of(5));
    return new Write(no, 1, 0, "[\"born\"]", born, null, List.of());
  }

  private Write entry(String events) {
    Change ended = new Change(Status.COMPLETED, false, new Change.Release(null, 0));
    return new Write(no, 1, 1, events, null, ended, List.of());
  }

  private List<String> journal() {
    return direct.journal().read(no).stream().map(Entry::events).toList();
  }

  /** It says the same whether the server did its work or not. */
  private static void isUnknown(Throwable error) {
    assertThat(error).isInstanceOf(OutcomeUnknownException.class);
    assertThat(((SQLException) error.getCause()).getSQLState()).isEqualTo("08006");
  }

  private Throwable localStep() {
    return catchThrowable(() -> {
      try (Local local = lossy.transactions().begin();
          Statement statement = local.connection().createStatement()) {
        statement.execute("INSERT INTO effect VALUES ('k" + no + "')");
        local.commit(entry("[\"paid\"]"));
      }
    });
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void aLocalCommitWhoseAnswerIsLostIsResolvedByAppendingAgain(When when) throws Exception {
    direct.journal().append(List.of(birth()));
    proxy.cut(when, "COMMIT");

    isUnknown(localStep());

    assertThat(proxy.cuts()).isEqualTo(1);
    assertThat(hasEffect()).isEqualTo(when == When.AFTER);
    assertThat(journal()).hasSize(when == When.AFTER ? 2 : 1);
    assertThat(lossy.journal().append(List.of(entry("[\"failed\"]"))))
        .containsExactly(when == When.AFTER ? Write.Result.STALE : Write.Result.ACCEPTED);
    assertThat(journal())
        .containsExactly("[\"born\"]", when == When.AFTER ? "[\"paid\"]" : "[\"failed\"]");
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void aFirstEntryWhoseAnswerIsLostOnAConnectionInUseIsUnknown(When when) {
    assertThat(lossy.journal().read(no)).isEmpty();
    proxy.cut(when, "journal");

    isUnknown(catchThrowable(() -> lossy.journal().append(List.of(birth()))));

    assertThat(journal()).hasSize(when == When.AFTER ? 1 : 0);
    assertThat(lossy.journal().append(List.of(birth()))).containsExactly(Write.Result.ACCEPTED);
    assertThat(journal()).containsExactly("[\"born\"]");
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void anEntryWhoseAnswerIsLostIsThereOnceAfterAppendingAgain(When when) {
    direct.journal().append(List.of(birth()));
    proxy.cut(when, "journal");

    isUnknown(catchThrowable(() -> lossy.journal().append(List.of(entry("[\"paid\"]")))));

    assertThat(journal()).hasSize(when == When.AFTER ? 2 : 1);
    assertThat(direct.instances().find(no).orElseThrow().status())
        .isEqualTo(when == When.AFTER ? Status.COMPLETED : Status.PENDING);
    assertThat(lossy.journal().append(List.of(entry("[\"paid\"]"))))
        .containsExactly(Write.Result.ACCEPTED);
    assertThat(journal()).containsExactly("[\"born\"]", "[\"paid\"]");
    assertThat(direct.instances().find(no).orElseThrow().status()).isEqualTo(Status.COMPLETED);
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void aBirthWhoseAnswerIsLostIsThereOnceAfterAppendingAgain(When when) {
    proxy.cut(when, "INSERT INTO \"concordat\".instance");

    isUnknown(catchThrowable(() -> lossy.journal().append(List.of(birth()))));

    assertThat(direct.instances().find(no).isPresent()).isEqualTo(when == When.AFTER);
    assertThat(lossy.journal().append(List.of(birth()))).containsExactly(Write.Result.ACCEPTED);
    assertThat(journal()).containsExactly("[\"born\"]");
  }

  @Test
  void aStatementOfABatchThatIsCutLeavesNothingOfTheBatch() {
    direct.journal().append(List.of(birth()));
    proxy.cut(When.BEFORE, "UPDATE \"concordat\".instance");

    isUnknown(catchThrowable(() -> lossy.journal().append(List.of(entry("[\"paid\"]")))));

    assertThat(journal()).containsExactly("[\"born\"]");
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void aLetterOrALeaseWhoseAnswerIsLostIsUnknown(When when) {
    direct.journal().append(List.of(birth()));
    proxy.cut(when, "letter");
    isUnknown(catchThrowable(() -> lossy.mailbox().post("id-" + no, "signal", "{}")));
    proxy.cut(when, "worker");
    int before = direct.leases().workers().size();
    isUnknown(catchThrowable(() -> lossy.leases().acquire(Duration.ofHours(1), List.of())));

    int done = when == When.AFTER ? 1 : 0;
    assertThat(direct.mailbox().waitingFor(no)).hasSize(done);
    assertThat(direct.leases().workers()).hasSize(before + done);
  }

  @ParameterizedTest
  @EnumSource(When.class)
  void aClaimWhoseAnswerIsLostComesBackToLightWhenTheLeaseEnds(When when) {
    direct.journal().append(List.of(birth()));
    Change free = new Change(Status.RUNNING, false, new Change.Release(direct.leases().now(), 0));
    direct.journal().append(List.of(new Write(no, 1, 0, "", null, free, List.of())));
    List<String> known = List.of("greeting@1");
    long worker = direct.leases().acquire(Duration.ofHours(1), known).worker();
    long other = direct.leases().acquire(Duration.ofHours(1), known).worker();
    proxy.cut(when, "picked");

    isUnknown(catchThrowable(() -> lossy.instances().claimDue(worker, known, 1)));
    direct.leases().release(worker);

    assertThat(
            when == When.AFTER
                ? direct.instances().claimAbandoned(other, known, 100, "[]")
                : direct.instances().claimDue(other, known, 100))
        .anyMatch(row -> row.no() == no);
  }

  @Test
  void apartFromTheDatabaseEverythingIsRefusedUntilItHeals() {
    direct.journal().append(List.of(birth()));
    proxy.part();

    assertThat(catchThrowable(() -> lossy.journal().append(List.of(entry("[\"paid\"]")))))
        .isInstanceOf(RefusedException.class);
    assertThat(journal()).hasSize(1);

    proxy.heal();
    assertThat(lossy.journal().append(List.of(entry("[\"paid\"]"))))
        .containsExactly(Write.Result.ACCEPTED);
  }

  @Test
  void aPreparedStatementIsRecognisedLongAfterItWasPrepared() throws Exception {
    try (Connection connection = throughProxy().getConnection();
        var statement = connection.prepareStatement("SELECT 42 + ?")) {
      for (int i = 0; i < 20; i++) {
        statement.setInt(1, i);
        statement.executeQuery().close();
      }
      proxy.cut(When.AFTER, "42");
      assertThat(proxy.isWaiting()).isTrue();

      Throwable error = catchThrowable(statement::executeQuery);

      assertThat(error).isInstanceOf(SQLException.class);
      assertThat(proxy.isWaiting()).isFalse();
    }
  }
}
