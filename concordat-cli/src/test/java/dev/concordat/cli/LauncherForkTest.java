package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code ./concordat} runs for real, in a small project whose Maven and whose JDKs only
 * say that they were called.
 */
class LauncherForkTest {
  private static final String JAVA =
      """
      #!/bin/sh
      case "$*" in *ArchiveClassesAtExit*) exit 0;; esac
      echo "java of $(dirname "$(dirname "$0")")"
      while [ "$1" != dev.concordat.cli.Main ]; do shift; done
      for word in "$@"; do echo "<$word>"; done
      exit 7
      """;
  private static final String MAVEN =
      """
      #!/bin/sh
      echo built >> builds
      echo "[INFO] Building Some module 0.1.0-SNAPSHOT                           [1/2]"
      echo "[INFO] Building Other module 0.1.0-SNAPSHOT                          [2/2]"
      if [ -e broken ]; then echo "[ERROR] Some.java does not compile"; exit 1; fi
      mkdir -p concordat-cli/target/launcher
      touch concordat-cli/target/launcher/concordat-cli.jar
      printf '%s' "$PWD/pom.xml" > concordat-cli/target/launcher/classpath
      """;

  /** How a call of the script ended. */
  private record Call(int status, String out, String err) {}

  @TempDir Path folder;
  private Path root;
  private Path home;

  @BeforeEach
  void aSmallProject() throws IOException {
    root = Files.createDirectories(folder.resolve("some project"));
    home = Files.createDirectories(folder.resolve("home"));
    Path project = Path.of("..").toAbsolutePath().normalize();
    Files.createDirectories(root.resolve("scripts"));
    for (String script : List.of("concordat", "scripts/jdk.sh", "scripts/build.sh")) {
      Files.copy(project.resolve(script), root.resolve(script));
    }
    script(root.resolve("mvnw"), MAVEN);
    Files.createDirectories(root.resolve("concordat-cli/src/main"));
    Files.writeString(root.resolve("concordat-cli/pom.xml"), "");
    Files.writeString(root.resolve("pom.xml"), "");
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String name, int version) throws IOException {
    Path jdk = folder.resolve(name);
    script(jdk.resolve("bin/java"), JAVA);
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
    return jdk;
  }

  private Call call(Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    return call(root.resolve("concordat"), environment, words);
  }

  private Call call(Path script, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", script.toString()));
    command.addAll(List.of(words));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("CONCORDAT_JAVA_OPTS");
    builder.environment().put("HOME", home.toString());
    builder.environment().putAll(environment);
    int status = builder.start().waitFor();
    return new Call(status, read(out), read(err));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private int builds() throws IOException {
    return Files.readAllLines(root.resolve("builds")).size();
  }

  @Test
  void javaHomeIsTakenIfItIsNewEnough() throws Exception {
    Path own = jdk("own", 21);
    Files.createSymbolicLink(
        Files.createDirectory(home.resolve(".jdks")).resolve("x"), jdk("x", 99));

    assertThat(call(Map.of("JAVA_HOME", own.toString())).out()).startsWith("java of " + own + "\n");
  }

  @Test
  void anOldJavaHomeIsPassedOverForThePath() throws Exception {
    Path old = jdk("old", 17);
    Path onPath = jdk("on path", 22);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("java"), onPath.resolve("bin/java"));
    Files.createSymbolicLink(bin.resolve("javac"), Path.of("../on path/bin/javac"));
    String path = bin + ":" + System.getenv("PATH");

    Call call = call(Map.of("JAVA_HOME", old.toString(), "PATH", path));

    assertThat(call.out()).startsWith("java of " + onPath.toRealPath() + "\n");
  }

  @Test
  void otherwiseTheNewestInTheUsualFoldersIsTaken() throws Exception {
    Path jdks = Files.createDirectory(home.resolve(".jdks"));
    for (int version : List.of(997, 999, 998)) {
      Files.move(jdk("jdk" + version, version), jdks.resolve("jdk" + version));
    }
    Path old = jdk("old", 17);
    String path = old.resolve("bin") + ":" + System.getenv("PATH");

    assertThat(call(Map.of("PATH", path)).out()).contains(".jdks/jdk999\n");
  }

  @Test
  void wordsAndStatusPassThroughUnchanged() throws Exception {
    Map<String, String> java = Map.of("JAVA_HOME", jdk("own", 21).toString());

    Call call = call(java, "show", "order 4711", "", "*", "--json");

    assertThat(call.status()).isEqualTo(7);
    assertThat(call.out())
        .endsWith("<dev.concordat.cli.Main>\n<show>\n<order 4711>\n<>\n<*>\n<--json>\n");
  }

  @Test
  void buildsOnceAndAgainWhenASourceIsNewer() throws Exception {
    Map<String, String> java = Map.of("JAVA_HOME", jdk("own", 21).toString());

    Call first = call(java);
    Call second = call(java);

    assertThat(first.err()).contains("1/2  Some module\n", "2/2  Other module\n");
    assertThat(first.out()).doesNotContain("module");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(builds()).isEqualTo(1);

    Path source = Files.createFile(root.resolve("concordat-cli/src/main/New.java"));
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    call(java);

    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aFailedBuildSaysWhyAndWhereTheLogIs() throws Exception {
    Map<String, String> java = Map.of("JAVA_HOME", jdk("own", 21).toString());
    Files.createFile(root.resolve("broken"));

    Call call = call(java);

    assertThat(call.status()).isEqualTo(1);
    assertThat(call.out()).isEmpty();
    assertThat(call.err()).contains("Some.java does not compile", "target/launcher/build.log");
    assertThat(root.resolve("target/launcher.lock")).doesNotExist();

    Files.delete(root.resolve("broken"));
    assertThat(call(java).status()).isEqualTo(7);
  }

  @Test
  void theLockOfADeadBuildIsTaken() throws Exception {
    Map<String, String> java = new HashMap<>(Map.of("JAVA_HOME", jdk("own", 21).toString()));
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Path lock = Files.createDirectories(root.resolve("target/launcher.lock"));
    Files.writeString(lock.resolve("pid"), Long.toString(dead.pid()));

    assertThat(call(java).status()).isEqualTo(7);
  }

  @Test
  void worksThroughASymbolicLinkFromAnyFolder() throws Exception {
    Map<String, String> java = Map.of("JAVA_HOME", jdk("own", 21).toString());
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, Path.of("some project/concordat"));

    assertThat(call(link, java, "list").out()).endsWith("<list>\n");
  }
}
