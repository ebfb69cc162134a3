package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Every source file of every module keeps the limits that {@code CONTRIBUTING.md} promises. */
class TidyTest {
  private static final String PLATFORM = "dev/concordat/engine/platform/";

  private static final List<JavaFile> MAIN = Project.mainSources();
  private static final List<JavaFile> TESTS = Project.testSources();

  @Test
  void findsTheSourcesItChecks() {
    assertThat(MAIN).hasSizeGreaterThan(5);
    assertThat(TESTS).anyMatch(file -> file.isNamed("TidyTest.java"));
  }

  @Test
  void filesMethodsAndLinesAreShort() {
    assertThat(each(MAIN, TidyRules::ofAnyFile)).isEmpty();
    assertThat(each(TESTS, TidyRules::ofAnyFile)).isEmpty();
  }

  @Test
  void longMethodsAreRarerThanOneInAHundred() {
    assertThat(TidyRules.longMethods(MAIN)).isEmpty();
  }

  @Test
  void theLibraryReadsNoClockDrawsNothingAtRandomAndBeginsNoThread() {
    List<JavaFile> bound =
        Project.mainSources("library").stream()
            .filter(file -> !file.path().contains(PLATFORM))
            .toList();

    assertThat(each(bound, BannedCalls::inLibrary)).isEmpty();
  }

  @Test
  void everyPackageIsDescribedAndNullMarked() {
    assertThat(TidyRules.packageInfo(MAIN)).isEmpty();
  }

  @Test
  void testsNeitherSleepNorMockNorSwitchThemselvesOff() {
    assertThat(each(TESTS, BannedCalls::sleepsIn)).isEmpty();
    assertThat(each(TESTS, TidyRules::mocks)).isEmpty();
    assertThat(each(TESTS, TidyRules::disabledTests)).isEmpty();
  }

  @Test
  void looksAtTheWholeProject() {
    assertThat(MAIN.size()).isGreaterThan(200);
    System.out.printf(
        "tidy: Java %s, %d main files, %d public methods with more than %d parameters%n",
        Runtime.version(), MAIN.size(), TidyRules.manyParameters(MAIN), TidyRules.PARAMETERS);
  }

  private static List<Finding> each(
      Collection<JavaFile> files, Function<JavaFile, List<Finding>> rule) {
    return files.stream().flatMap(file -> rule.apply(file).stream()).toList();
  }
}
