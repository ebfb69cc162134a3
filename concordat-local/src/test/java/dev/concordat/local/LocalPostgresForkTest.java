package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of their own start servers and die in every way; no server outlives its program. */
class LocalPostgresForkTest {
  @TempDir Path folder;

  private final Path cache = Cache.folder();

  @BeforeEach
  void letOtherUsersIn() throws IOException {
    allow(folder, "rwxr-xr-x");
  }

  @Test
  void theServerOutlivesTheThreadThatStartedItButNotTheKilledProgram()
      throws IOException, SQLException {
    try (Program program = Program.start(cache, "postgres")) {
      Program.Started started = program.started();
      assertAnswers(started);
      List<ProcessHandle> below = program.below();
      assertThat(below).extracting(ProcessHandle::pid).contains(started.pid());

      program.kill();

      below.forEach(Program::awaitEnd);
      assertThat(started.folder()).doesNotExist();
    }
  }

  @Test
  void theServerEndsWithAProgramThatForgotToCloseIt() throws IOException {
    try (Program program = Program.start(cache, "postgres")) {
      Program.Started started = program.started();
      List<ProcessHandle> below = program.below();

      program.end();

      below.forEach(Program::awaitEnd);
      assertThat(started.folder()).doesNotExist();
    }
  }

  @Test
  void theNextProgramTakesOverTheFolderOfAKilledOne() throws IOException, SQLException {
    Path data = folder.resolve("data");
    try (Program first = Program.start(cache, "postgres", data.toString())) {
      long pid = first.started().pid();
      first.kill();

      try (Program second = Program.start(cache, "postgres", data.toString())) {
        Program.Started started = second.started();

        assertAnswers(started);
        assertThat(started.pid()).isNotEqualTo(pid);
      }
    }
  }

  @Test
  void aFolderInUseByAnotherProgramIsRefused() throws IOException {
    try (Program program = Program.start(cache, "postgres", folder.toString())) {
      program.started();

      assertThatThrownBy(() -> LocalPostgres.builder().dataFolder(folder).start())
          .isInstanceOf(LocalServerException.class)
          .hasMessageContaining("is in use by another program");
    }
  }

  /** The names are files that appear one after the other while a server starts. */
  @ParameterizedTest
  @ValueSource(strings = {"lock", "data", "postgres.log", "data/postmaster.pid"})
  void aProgramKilledWhileItsServerStartsLeavesNone(String moment) throws IOException {
    Path data = folder.resolve(UUID.randomUUID().toString());
    try (Program program = Program.start(cache, "postgres", data.toString())) {
      while (program.isAlive() && !Files.exists(data.resolve(moment))) {
        LockSupport.parkNanos(2_000_000);
      }
      program.kill();

      ProcessHandle.allProcesses()
          .filter(process -> process.info().commandLine().orElse("").contains(data.toString()))
          .forEach(Program::awaitEnd);
    }
    LocalPostgres.builder().dataFolder(data).start().close();
  }

  @Test
  void twoProgramsMayUnpackAtOnce() throws IOException, SQLException {
    Path fresh = Files.createDirectory(folder.resolve("cache"));
    try (Program one = Program.start(fresh, "postgres");
        Program other = Program.start(fresh, "postgres")) {
      assertAnswers(one.started());
      assertAnswers(other.started());
    }
    try (Stream<Path> entries = Files.list(fresh)) {
      assertThat(entries).hasSize(1);
    }
  }

  @Test
  void anOrdinaryUserNeedsNoHelp() throws IOException, SQLException {
    assumeTrue(Account.isRoot(), "otherwise every test here is run by an ordinary user");
    List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    String java = Program.java().toString();
    assumeTrue(
        Shell.run(Shell.join(nobody, List.of("test", "-x", java))).isDone(),
        "the JDK is closed to other users");
    Path fresh = Files.createDirectory(folder.resolve("cache"));
    allow(fresh, "rwxrwxrwx");

    try (Program program = Program.start(nobody, copyOfClassPath(), Map.of(), fresh, "postgres")) {
      assertAnswers(program.started());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"setpriv", "chroot", "unshare"})
  void rootFindsAWayToBeSomebodyElse(String way) throws IOException, SQLException {
    assumeTrue(Account.isRoot(), "only root has to become somebody else");
    Path path = Files.createDirectory(folder.resolve("bin"));
    for (String tool : List.of("sh", "id", "sleep", "rm", way)) {
      assumeTrue(offer(tool, path), "this machine has no " + tool);
    }

    Map<String, String> environment = Map.of("PATH", path.toString());
    String classPath = System.getProperty("java.class.path");
    try (Program program = Program.start(List.of(), classPath, environment, cache, "postgres")) {
      assertAnswers(program.started());
      List<ProcessHandle> below = program.below();

      program.kill();

      below.forEach(Program::awaitEnd); // the last of them still needs the tools
    }
  }

  /** Puts one of the machine's tools into a folder that is to be the whole PATH. */
  private static boolean offer(String tool, Path folder) throws IOException {
    Shell.Result found = Shell.run("sh", "-c", "command -v \"$1\"", "find", tool);
    Path file = folder.resolve(tool);
    Files.writeString(file, "#!/bin/sh\nexec " + found.output() + " \"$@\"\n");
    allow(file, "rwxr-xr-x");
    return found.isDone();
  }

  private static void assertAnswers(Program.Started started) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + started.port() + "/postgres?user=postgres";
    try (var connection = DriverManager.getConnection(url)) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  /** The class path may lie in root's own folders: everybody gets a copy. */
  private String copyOfClassPath() throws IOException {
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path source = Path.of(entry);
      Path copy = folder.resolve("classpath-" + copies.size());
      copy(source, copy);
      copies.add(copy.toString());
    }
    return String.join(File.pathSeparator, copies);
  }

  private static void copy(Path source, Path target) throws IOException {
    if (!Files.exists(source)) {
      return;
    }
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(source.relativize(file).toString());
        Files.copy(file, copy);
        allow(copy, Files.isDirectory(file) ? "rwxr-xr-x" : "rw-r--r--");
      }
    }
  }

  private static void allow(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
