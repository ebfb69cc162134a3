package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each case of {@code docs/cases} is held by tests that there are. */
class CaseTableTest {

  private static final JavaFile SOURCE =
      new JavaFile(
          "x/src/test/java/x/GoodTest.java", "class GoodTest {\n  @Test\n  void holds() {}\n}\n");

  private static List<Finding> findings(String... rows) {
    List<String> lines = new ArrayList<>();
    lines.addAll(List.of("# Cases", "", "| case | in short | held by |", "|---|---|---|"));
    lines.addAll(List.of(rows));
    return new CaseTable("docs/cases/x.md", lines).findings(List.of(SOURCE));
  }

  @Test
  void namedTestsExist() {
    List<CaseTable> pages = CaseTable.all();
    List<JavaFile> tests = Project.testSources();

    assertThat(pages.stream().flatMap(page -> page.findings(tests).stream())).isEmpty();
    assertThat(pages).extracting(CaseTable::path).contains("docs/cases/messages.md");
  }

  @Test
  void aTestThatIsThereWillDoAndSoWillAReason() {
    assertThat(findings("| 1 | it breaks | `GoodTest.holds` |")).isEmpty();
    assertThat(findings("| 2 | it breaks | There is nothing of the kind here. |")).isEmpty();
  }

  @Test
  void aTestThatIsNotThereIsFound() {
    assertThat(findings("| 1 | it breaks | `GoodTest.holds`, `GoodTest.gone` |"))
        .containsExactly(new Finding("docs/cases/x.md", 5, "there is no test `GoodTest.gone`"));
    assertThat(findings("| 1 | it breaks | `GoneTest.holds` |")).hasSize(1);
  }

  @Test
  void aCaseThatNothingHoldsIsFound() {
    assertThat(findings("| 1 | it breaks | |")).hasSize(1);
    assertThat(findings("| 1 | it breaks | later |")).hasSize(1);
    assertThat(findings("no table")).hasSize(1);
  }
}
