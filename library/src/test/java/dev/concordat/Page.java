package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compares a page of the documentation with the test that runs its code. */
public final class Page {

  private Page() {}

  /** The code of one section of a page stands in that test, line by line. */
  public static void assertRun(String page, String section, Class<?> test) throws IOException {
    Path module = Path.of("").toAbsolutePath();
    String text = Files.readString(module.getParent().resolve(page));
    String below = text.substring(text.indexOf("\n## " + section + "\n"));
    int begin = below.indexOf("```java") + 7;
    String block = below.substring(begin, below.indexOf("```", begin));
    Path source = Path.of("src/test/java", test.getName().replace('.', '/') + ".java");

    assertThat(block.lines().count()).isGreaterThan(5);
    assertThat(squeezed(Files.readString(module.resolve(source)))).contains(squeezed(block));
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }
}
