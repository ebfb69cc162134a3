package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every source file is exactly as google-java-format writes it; {@code ./format} makes it so. */
class FormatTest {
  private final Formatter formatter = new Formatter();

  @Test
  void everyFileIsFormatted() {
    List<String> unformatted =
        Stream.of(Project.mainSources(), Project.testSources())
            .flatMap(List::stream)
            .filter(file -> !isFormatted(file))
            .map(JavaFile::path)
            .toList();

    assertThat(unformatted).as("files to format: run ./format").isEmpty();
  }

  @Test
  void anUnformattedFileIsSeen() {
    assertThat(isFormatted(new JavaFile("P.java", "class P {}\n"))).isTrue();
    assertThat(isFormatted(new JavaFile("P.java", "class  P { }\n"))).isFalse();
    assertThat(isFormatted(new JavaFile("P.java", "import java.util.List;\n\nclass P {}\n")))
        .isFalse();
  }

  private boolean isFormatted(JavaFile file) {
    try {
      String imports = RemoveUnusedImports.removeUnusedImports(file.text());
      String ordered = ImportOrderer.reorderImports(imports, Style.GOOGLE);
      return file.text().equals(formatter.formatSource(ordered));
    } catch (FormatterException e) {
      throw new AssertionError(file.path() + " is not Java the formatter can read", e);
    }
  }
}
