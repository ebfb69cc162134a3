package dev.concordat.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The last test of a build: it counts and names those that were skipped; each must say why. */
class SkippedInBuildTest {

  @Test
  void whoeverIsSkippedSaysWhy() {
    Instant began = Instant.parse(System.getProperty("build.began", "1970-01-01T00:00:00Z"));
    List<Skipped> all = Skipped.in(Project.modules(), began);
    System.out.println(Skipped.told(all));
    assertThat(all).extracting(Skipped::reason).doesNotContain("");
  }
}
