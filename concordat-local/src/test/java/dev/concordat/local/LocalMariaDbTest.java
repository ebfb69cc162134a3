package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers are written to, killed and restarted, and keep what they acknowledged. */
class LocalMariaDbTest {
  private static LocalMariaDb one;
  private static LocalMariaDb other;

  @BeforeAll
  static void start() {
    var second = CompletableFuture.supplyAsync(LocalMariaDb::start);
    one = LocalMariaDb.start();
    other = second.join();
  }

  @AfterAll
  static void close() {
    one.close();
    other.close();
    assertThat(one.dataFolder()).doesNotExist();
    assertThatThrownBy(one::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void keepsWhatIsCommittedOrPreparedWhenKilledAndRestartsInThePlaceOfTheLast() throws Exception {
    String url = one.createDatabase("kept");
    try (Connection connection = DriverManager.getConnection(url)) {
      sql(connection, "CREATE TABLE t (a int)");
      sql(connection, "INSERT INTO t VALUES (1)");
      sql(connection, "XA START 'x'");
      sql(connection, "INSERT INTO t VALUES (2)");
      sql(connection, "XA END 'x'");
      sql(connection, "XA PREPARE 'x'");
      long pid = one.pid();

      one.kill();
      assertThat(one.isRunning()).isFalse();
      one.restart();

      assertThat(one.pid()).isNotEqualTo(pid);
    }
    assertThat(one.jdbcUrl("kept")).isEqualTo(url);
    assertThat(numbers(url, "SELECT a FROM t")).containsExactly(1);
    try (Connection connection = DriverManager.getConnection(url)) {
      sql(connection, "XA COMMIT 'x'");
    }
    assertThat(numbers(url, "SELECT a FROM t")).containsExactly(1, 2);
  }

  @Test
  void letsInOneUserWithAPasswordOfItsOwn() {
    assertThat(numbers(other.jdbcUrl(), "SELECT count(*) FROM mysql.global_priv"))
        .containsExactly(1);
    assertThatThrownBy(
            () -> DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + other.port() + "/"))
        .hasMessageContaining("Access denied");
    String ofTheOther = other.jdbcUrl().replace(":" + other.port() + "/", ":" + one.port() + "/");
    assertThatThrownBy(() -> DriverManager.getConnection(ofTheOther))
        .hasMessageContaining("Access denied");
  }

  @Test
  void aFolderKeepsItsDataAndItsPassword(@TempDir Path folder) {
    String url;
    try (LocalMariaDb first = LocalMariaDb.start(folder)) {
      url = first.createDatabase("kept");
    }
    try (LocalMariaDb second = LocalMariaDb.start(folder)) {
      String now = second.jdbcUrl("kept");
      assertThat(now.substring(now.indexOf('?'))).isEqualTo(url.substring(url.indexOf('?')));
      assertThat(numbers(now, "SELECT 1")).containsExactly(1);
    }
  }

  @Test
  void whatIsMissingIsSaidInOneLine(@TempDir Path empty) {
    assertThatThrownBy(() -> MariaDbPrograms.find(new Search(List.of(empty)), empty))
        .isInstanceOf(LocalServerException.class)
        .hasMessage(
            "There is no mariadb-server-core here, and no apt-get to fetch it. Install"
                + " mariadb-server, or set CONCORDAT_MARIADB_URL to the JDBC URL of one that"
                + " runs.");
  }

  private static void sql(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  private static List<Integer> numbers(String url, String query) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<Integer> all = new ArrayList<>();
      while (row.next()) {
        all.add(row.getInt(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
