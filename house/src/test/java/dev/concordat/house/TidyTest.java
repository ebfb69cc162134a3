package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Every source file of every module keeps the limits that {@code CONTRIBUTING.md} promises. */
class TidyTest {
  private static final String PLATFORM = "dev/concordat/engine/platform/";

  private final List<JavaFile> main = Project.mainSources();
  private final List<JavaFile> tests = Project.testSources();

  @Test
  void findsTheSourcesItChecks() {
    assertThat(main).hasSizeGreaterThan(5);
    assertThat(tests).anyMatch(file -> file.isNamed("TidyTest.java"));
  }

  @Test
  void filesMethodsAndLinesAreShort() {
    assertThat(each(main, TidyRules::ofAnyFile)).isEmpty();
    assertThat(each(tests, TidyRules::ofAnyFile)).isEmpty();
  }

  @Test
  void longMethodsAreRarerThanOneInAHundred() {
    assertThat(TidyRules.longMethods(main)).isEmpty();
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
    assertThat(TidyRules.packageInfo(main)).isEmpty();
  }

  @Test
  void testsNeitherSleepNorMockNorSwitchThemselvesOff() {
    assertThat(each(tests, BannedCalls::sleepsIn)).isEmpty();
    assertThat(each(tests, TidyRules::mocks)).isEmpty();
    assertThat(each(tests, TidyRules::disabledTests)).isEmpty();
  }

  @Test
  void looksAtTheWholeProject() {
    assertThat(main.size()).isGreaterThan(200);
    System.out.printf(
        "tidy: Java %s, %d main files, %d public methods with more than %d parameters%n",
        Runtime.version(), main.size(), TidyRules.manyParameters(main), TidyRules.PARAMETERS);
  }

  private static List<Finding> each(
      Collection<JavaFile> files, Function<JavaFile, List<Finding>> rule) {
    return files.stream().flatMap(file -> rule.apply(file).stream()).toList();
  }
}
