package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: no test is skipped unseen. Method: reports as Surefire writes them. */
class SkippedTest {

  private static final Instant BEGAN = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir private Path module;

  private void report(String name, Instant at, String cases) throws IOException {
    Path folder = Files.createDirectories(module.resolve("target/surefire-reports"));
    Path file = folder.resolve("TEST-" + name + ".xml");
    Files.writeString(file, "<testsuite name='" + name + "'>" + cases + "</testsuite>");
    Files.setLastModifiedTime(file, FileTime.from(at));
  }

  @Test
  void eachIsCountedAndNamedWithItsReason() throws IOException {
    report(
        "a.OneTest",
        BEGAN,
        "<testcase name='runs' classname='a.OneTest'/>"
            + "<testcase name='fits' classname='a.OneTest'>"
            + "<skipped message='Assumption failed: no such server'/></testcase>");
    report(
        "a.TwoTest",
        BEGAN.plusSeconds(9),
        "<testcase name='' classname='a.TwoTest'><skipped/></testcase>");

    assertThat(Skipped.told(Skipped.in(List.of(module), BEGAN)).lines())
        .containsExactly(
            "2 tests were skipped:",
            "  a.OneTest#fits: Assumption failed: no such server",
            "  a.TwoTest: ");
  }

  @Test
  void whatAnotherBuildLeftDoesNotCount() throws IOException {
    String skipped = "<testcase name='t' classname='a.OldTest'><skipped/></testcase>";
    report("a.OldTest", BEGAN.minusSeconds(1), skipped);

    assertThat(Skipped.in(List.of(module), BEGAN)).isEmpty();
    assertThat(Skipped.told(List.of())).isEqualTo("No test was skipped.");
  }
}
