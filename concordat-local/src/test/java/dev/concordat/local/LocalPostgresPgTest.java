package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server is started, killed, restarted and refused, and keeps what it acknowledged. */
class LocalPostgresPgTest {

  static void run(LocalPostgres postgres, String sql) throws SQLException {
    try (Connection connection = postgres.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static String ask(LocalPostgres postgres, String sql) throws SQLException {
    try (Connection connection = postgres.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Nested
  class Running {

    @Test
    void keepsWhatItAcknowledgesAndAllowsPreparedTransactions() throws SQLException {
      try (LocalPostgres postgres = LocalPostgres.start()) {
        assertThat(ask(postgres, "SHOW server_version")).startsWith("18.");
        assertThat(ask(postgres, "SHOW fsync")).isEqualTo("on");
        assertThat(ask(postgres, "SHOW synchronous_commit")).isEqualTo("on");
        assertThat(ask(postgres, "SHOW full_page_writes")).isEqualTo("on");
        assertThat(ask(postgres, "SHOW max_prepared_transactions")).isEqualTo("200");
        assertThat(ask(postgres, "SHOW max_connections")).isEqualTo("300");
        assertThat(ask(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
      }
    }

    @Test
    void takesSettingsAndAPort() throws SQLException {
      int port = Ports.free();
      try (LocalPostgres postgres =
          LocalPostgres.builder().port(port).setting("work_mem", "7MB").start()) {
        assertThat(postgres.port()).isEqualTo(port);
        assertThat(ask(postgres, "SHOW work_mem")).isEqualTo("7MB");
      }
    }

    @Test
    void createsADatabaseOnceWhateverItsName() throws SQLException {
      String name = "Søster \"x\" a/b?c=d&e+f %41";
      try (LocalPostgres postgres = LocalPostgres.start()) {
        assertThat(postgres.createDatabase(name)).isEqualTo(postgres.createDatabase(name));

        try (Connection connection = postgres.dataSource(name).getConnection()) {
          assertThat(connection.getCatalog()).isEqualTo(name);
        }
      }
    }

    @Test
    void twoServersLiveSideBySide() throws SQLException {
      try (LocalPostgres one = LocalPostgres.start();
          LocalPostgres other = LocalPostgres.start()) {
        run(one, "CREATE TABLE t (id int)");

        assertThat(ask(other, "SELECT count(*) FROM pg_tables WHERE tablename = 't'"))
            .isEqualTo("0");
      }
    }

    @Test
    void doesNotRunAsRoot() throws IOException {
      assumeTrue(Account.isRoot(), "only root has to become somebody else");
      try (LocalPostgres postgres = LocalPostgres.start()) {
        Object owner = Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid");

        assertThat(owner).isNotEqualTo(0);
      }
    }
  }

  @Nested
  class Ending {

    @Test
    void deletesATemporaryFolderOnClose() {
      LocalPostgres postgres = LocalPostgres.start();
      assertThat(postgres.dataFolder()).isDirectory();

      postgres.close();
      postgres.close();

      assertThat(postgres.dataFolder()).doesNotExist();
      assertThat(postgres.isRunning()).isFalse();
      assertThatThrownBy(postgres::restart).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keepsCommittedDataAndPreparedTransactionsWhenKilled() throws SQLException {
      try (LocalPostgres postgres = LocalPostgres.start()) {
        run(postgres, "CREATE TABLE t (id int)");
        run(postgres, "INSERT INTO t VALUES (1)");
        run(postgres, "BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'in doubt'");
        long pid = postgres.pid();
        String url = postgres.jdbcUrl();

        postgres.kill();
        assertThat(postgres.isRunning()).isFalse();
        postgres.restart();

        assertThat(postgres.pid()).isNotEqualTo(pid);
        assertThat(postgres.jdbcUrl()).isEqualTo(url);
        assertThat(ask(postgres, "SELECT gid FROM pg_prepared_xacts")).isEqualTo("in doubt");
        run(postgres, "COMMIT PREPARED 'in doubt'");
        assertThat(ask(postgres, "SELECT count(*) FROM t")).isEqualTo("2");
      }
    }

    @Test
    void killLeavesNoProcessBehindEvenWhileBusy() throws SQLException {
      try (LocalPostgres postgres = LocalPostgres.start();
          Connection busy = postgres.dataSource().getConnection();
          Statement statement = busy.createStatement()) {
        statement.execute("CREATE TABLE t AS SELECT generate_series(1, 100000) AS id");
        var children = ProcessHandle.of(postgres.pid()).orElseThrow().children().toList();
        assertThat(children).hasSizeGreaterThan(3);

        postgres.kill();

        assertThat(children).noneMatch(child -> child.isAlive() && !Processes.isDefunct(child));
      }
    }

    @Test
    void canBeKilledAndRestartedAgainAndAgain() throws SQLException {
      try (LocalPostgres postgres = LocalPostgres.start()) {
        run(postgres, "CREATE TABLE t (id int)");
        for (int i = 0; i < 5; i++) {
          run(postgres, "INSERT INTO t VALUES (" + i + ")");
          postgres.kill();
          postgres.restart();
        }

        assertThat(ask(postgres, "SELECT count(*) FROM t")).isEqualTo("5");
      }
    }

    @Test
    void aStoppedServerRestartsAndARunningOneIsStoppedFirst() throws SQLException {
      try (LocalPostgres postgres = LocalPostgres.start()) {
        run(postgres, "CREATE TABLE t (id int)");
        postgres.stop();
        postgres.stop();
        postgres.restart();
        postgres.restart();

        assertThat(ask(postgres, "SELECT count(*) FROM t")).isEqualTo("0");
      }
    }
  }

  @Nested
  class InAFolder {
    @TempDir Path folder;

    @Test
    void theNextServerFindsTheDataOfTheLast() throws SQLException, IOException {
      openToOthers(folder);
      Path data = folder.resolve("some where");
      try (LocalPostgres postgres = LocalPostgres.builder().dataFolder(data).start()) {
        run(postgres, "CREATE TABLE t (id int)");
        postgres.kill();
      }
      try (LocalPostgres postgres = LocalPostgres.builder().dataFolder(data).start()) {
        assertThat(ask(postgres, "SELECT count(*) FROM t")).isEqualTo("0");
      }
      assertThat(data.resolve("postgres.log")).isNotEmptyFile();
    }

    @Test
    void aFolderThatOnlyItsOwnerMayEnterWillDo() throws SQLException {
      try (LocalPostgres postgres =
          LocalPostgres.builder().dataFolder(folder.resolve("closed")).start()) {
        assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
      }
    }

    @Test
    void aSecondServerIsRefusedUntilTheFirstIsClosed() {
      LocalPostgres.Builder builder = LocalPostgres.builder().dataFolder(folder);
      try (LocalPostgres first = builder.start()) {
        first.kill();
        assertThatThrownBy(builder::start)
            .isInstanceOf(LocalServerException.class)
            .hasMessageContaining("is in use by this program");
      }
      builder.start().close();
    }

    @Test
    void dataOfAnotherVersionAreRefused() throws IOException {
      LocalPostgres.Builder builder = LocalPostgres.builder().dataFolder(folder);
      builder.start().close();
      Files.writeString(folder.resolve("data/PG_VERSION"), "17\n");

      assertThatThrownBy(builder::start)
          .isInstanceOf(LocalServerException.class)
          .hasMessageContaining("belong to PostgreSQL 17, and this is PostgreSQL 18");
    }

    @Test
    void theFolderOfAServerThatIsNotOursIsRefused() throws IOException {
      Files.writeString(folder.resolve("PG_VERSION"), "18\n");

      assertThatThrownBy(() -> LocalPostgres.builder().dataFolder(folder).start())
          .isInstanceOf(LocalServerException.class)
          .hasMessageContaining("is the data folder of another PostgreSQL server");
    }

    private static void openToOthers(Path folder) throws IOException {
      Files.setPosixFilePermissions(
          folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Nested
  class Refusing {

    @Test
    void aTakenPortIsNamed() throws IOException {
      try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        int port = taken.getLocalPort();

        assertThatThrownBy(() -> LocalPostgres.builder().port(port).start())
            .isInstanceOf(LocalServerException.class)
            .hasMessage(
                "Port %d is taken by another program: choose another port, or leave it open.",
                port);
      }
    }

    @Test
    void aWrongSettingIsNamed() {
      assertThatThrownBy(() -> LocalPostgres.builder().setting("no_such_thing", "1").start())
          .isInstanceOf(LocalServerException.class)
          .hasMessageContaining("no_such_thing");
    }

    @Test
    void nonsenseIsRefusedBeforeAnythingIsStarted() {
      LocalPostgres.Builder builder = LocalPostgres.builder();

      assertThatThrownBy(() -> builder.port(0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> builder.setting("a b", "1"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> builder.startTimeout(java.time.Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
