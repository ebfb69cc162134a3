package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Unknown;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccOutside;
import dev.concordat.test.LossyProxy.When;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: a participant that never learned what became of its own COMMIT says Unknown, and asked
 * again it answers as if nothing had been lost (P4, P11). Method: a fence behind a proxy that
 * breaks the connection just before or just after a COMMIT, or the statement that claims the row.
 */
class TccLostAnswerPgTest {

  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static int databases;

  private final LossyProxy proxy = LossyProxy.to("127.0.0.1", POSTGRES.port());
  private final String url = POSTGRES.createDatabase("tcc " + databases++);
  private final HikariDataSource direct = pool(url);
  private final HikariDataSource lossy = pool(proxy.through(url));
  private final TccFence fence = Concordat.tccFence(lossy);
  private final TccBranchId branch = new TccBranchId(TccCaller.id(Duration.ZERO), "b");

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(3);
    return new HikariDataSource(config);
  }

  @AfterEach
  void close() {
    fence.close();
    lossy.close();
    direct.close();
    proxy.close();
  }

  /** Notes what it does, in the fence's transaction. */
  private static final class Noting implements TccHandler {
    @Override
    public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
      note(tx, "held");
      return TccHold.of("1");
    }

    @Override
    public @Nullable String confirm(Connection tx, TccCall call, String held) throws SQLException {
      note(tx, "taken " + held);
      return null;
    }

    @Override
    public @Nullable String cancel(Connection tx, TccCall call, String held) throws SQLException {
      note(tx, "given back " + held);
      return "2";
    }

    private static void note(Connection tx, String what) throws SQLException {
      try (Statement statement = tx.createStatement()) {
        statement.execute("INSERT INTO note (what) VALUES ('" + what + "')");
      }
    }
  }

  private List<String> query(String sql) {
    try (Connection connection = direct.getConnection();
        Statement statement = connection.createStatement()) {
      List<String> all = new ArrayList<>();
      if (statement.execute(sql)) {
        ResultSet row = statement.getResultSet();
        while (row.next()) {
          all.add(row.getString(1));
        }
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private TccCall call(TccOperation operation) {
    Instant until = Instant.now().plusSeconds(60);
    Duration left = Duration.ofSeconds(30);
    return new TccCall(branch, operation, "{}", 1, until, until, left, "");
  }

  @ParameterizedTest
  @CsvSource({
    "COMMIT, BEFORE, CONFIRM",
    "COMMIT, AFTER, CONFIRM",
    "COMMIT, BEFORE, CANCEL",
    "COMMIT, AFTER, CANCEL",
    "tcc_fence_2, BEFORE, CONFIRM",
    "tcc_fence_2, AFTER, CANCEL"
  })
  @DisplayName("56, 57: an answer is lost at each operation; asked again, each was done once")
  void askedAgainEachWasDoneOnce(String statement, When when, TccOperation ending) {
    query("CREATE TABLE note (what text, at bigserial)");
    Noting noting = new Noting();
    List<TccAnswer> answers = new ArrayList<>();
    for (TccOperation operation : List.of(TccOperation.TRY, ending)) {
      int cuts = proxy.cuts();
      proxy.cut(when, statement);
      TccAnswer lost = fence.answer(call(operation), noting);
      assertThat(lost).isInstanceOf(Unknown.class);
      assertThat(proxy.cuts()).isEqualTo(cuts + 1);
      answers.add(fence.answer(call(operation), noting));
    }

    boolean confirms = ending == TccOperation.CONFIRM;
    assertThat(answers).containsExactly(new Done("1"), new Done(confirms ? "null" : "2"));
    assertThat(query("SELECT what FROM note ORDER BY at"))
        .containsExactly("held", confirms ? "taken 1" : "given back 1");
  }

  /** Notes what it does, outside the fence's transaction. */
  private final class Outside implements TccOutside {
    @Override
    public TccHold tryHold(TccCall call) {
      query("INSERT INTO note (what) VALUES ('held')");
      return TccHold.of("1");
    }

    @Override
    public @Nullable String confirm(TccCall call, String held) {
      query("INSERT INTO note (what) VALUES ('taken " + held + "')");
      return null;
    }

    @Override
    public @Nullable String cancel(TccCall call, Optional<String> held) {
      query("INSERT INTO note (what) VALUES ('given back " + held.orElse("unknown") + "')");
      return null;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, BEFORE, '', ''",
    "1, AFTER, '', given back unknown",
    "2, BEFORE, held, 'held,given back unknown'",
    "2, AFTER, held, 'held,given back 1'"
  })
  @DisplayName(
      "60: the answer to a note about a try outside is lost; a cancel knows what it can know")
  void aCancelKnowsWhatItCanKnow(int commit, When when, String tried, String notes) {
    query("CREATE TABLE note (what text, at bigserial)");
    Outside outside = new Outside();
    int[] seen = {0};
    proxy.cut(when, sql -> sql.contains("COMMIT") && ++seen[0] == commit);
    assertThat(fence.answer(call(TccOperation.TRY), outside)).isInstanceOf(Unknown.class);
    assertThat(String.join(",", query("SELECT what FROM note"))).isEqualTo(tried);
    // As when the time of who was at it is over.
    query("UPDATE concordat.tcc_fence SET busy_until = NULL");

    assertThat(fence.answer(call(TccOperation.CANCEL), outside)).isEqualTo(new Done("null"));
    assertThat(String.join(",", query("SELECT what FROM note ORDER BY at"))).isEqualTo(notes);
  }
}
