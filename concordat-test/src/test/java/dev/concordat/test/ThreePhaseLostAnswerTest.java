package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.ThreePhaseChannel;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseRequest;
import dev.concordat.atomic.ThreePhaseStanding;
import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.Outcome;
import dev.concordat.local.LocalPostgres;
import dev.concordat.test.LossyProxy.When;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: a participant whose database was cut off just before or just after it committed a step of
 * the protocol does its share once, and agrees (P7). Method: three participants on databases of
 * their own, one of them behind a proxy that breaks the connection at that COMMIT.
 */
class ThreePhaseLostAnswerTest {

  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final String LOSSY = "b";
  private static final List<String> NAMES = List.of("a", LOSSY, "c");
  private static int databases;

  private final LossyProxy proxy = LossyProxy.to("127.0.0.1", POSTGRES.port());
  private final Map<String, HikariDataSource> direct = new TreeMap<>();
  private final List<HikariDataSource> pools = new ArrayList<>();
  private final Map<String, ThreePhaseParticipant> participants = new ConcurrentHashMap<>();
  private final AtomicBoolean armed = new AtomicBoolean();
  private volatile String kind = "";
  private volatile When when = When.BEFORE;
  private final ThreePhaseCommit commit = Concordat.threePhaseCommit(new Direct());

  /** Calls participants, and breaks the connection at what the one request it waits for commits. */
  private final class Direct implements ThreePhaseChannel {
    @Override
    public ThreePhaseStanding ask(String address, Letter letter) throws Exception {
      ThreePhaseRequest request = letter.request();
      boolean isIt =
          letter.participant().equals(LOSSY) && request.getClass().getSimpleName().equals(kind);
      if (isIt && armed.getAndSet(false)) {
        proxy.cut(when, "COMMIT");
      }
      return Objects.requireNonNull(participants.get(letter.participant()))
          .answer(letter.gid(), request);
    }
  }

  /** Notes what it does. */
  private static final class Noting implements ThreePhaseWork {
    @Override
    public void prepare(Connection tx, String gid, String work) throws SQLException {
      note(tx, "prepared");
    }

    @Override
    public void commit(Connection tx, String gid, String work) throws SQLException {
      note(tx, "committed");
    }

    @Override
    public void abort(Connection tx, String gid, String work) throws SQLException {
      note(tx, "aborted");
    }

    private static void note(Connection tx, String what) throws SQLException {
      try (Statement statement = tx.createStatement()) {
        statement.execute("INSERT INTO note (what) VALUES ('" + what + "')");
      }
    }
  }

  @BeforeEach
  void open() throws SQLException {
    for (String name : NAMES) {
      String url = POSTGRES.createDatabase("three phase " + name + databases++);
      HikariDataSource own = pool(url);
      direct.put(name, own);
      try (Connection connection = own.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE note (what text, at bigserial)");
      }
      HikariDataSource used = name.equals(LOSSY) ? pool(proxy.through(url)) : own;
      participants.put(name, commit.participant(name, used, new Noting()));
    }
  }

  private HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return pool;
  }

  @AfterEach
  void close() {
    commit.close();
    participants.values().forEach(ThreePhaseParticipant::close);
    pools.forEach(HikariDataSource::close);
    proxy.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CanCommit, BEFORE",
    "CanCommit, AFTER",
    "PreCommit, BEFORE",
    "PreCommit, AFTER",
    "Commit, BEFORE",
    "Commit, AFTER",
  })
  @DisplayName("P7: the answer to a COMMIT is lost, applied or not, and the share is done once")
  void itsShareIsDoneOnce(String at, When lost) {
    kind = at;
    when = lost;
    armed.set(true);
    Map<String, String> names = new TreeMap<>();
    NAMES.forEach(name -> names.put(name, name));
    ThreePhasePlan plan = ThreePhasePlan.among(names).patience(Duration.ofSeconds(5));

    Outcome<String> outcome = commit.execute("t1", plan, names);

    assertThat(outcome).isEqualTo(new Outcome.Done<>("t1"));
    assertThat(proxy.cuts()).isEqualTo(1);
    for (String name : NAMES) {
      assertThat(notes(name)).containsExactly("prepared", "committed");
    }
  }

  private List<String> notes(String name) {
    try (Connection connection = Objects.requireNonNull(direct.get(name)).getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT what FROM note ORDER BY at")) {
      List<String> all = new ArrayList<>();
      while (row.next()) {
        all.add(row.getString(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
