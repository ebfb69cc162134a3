package dev.concordat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a key is the same for every attempt and different for everything else (P3, P4). Method:
 * keys derived for fixed instances; one of them is pinned, since participants remember it.
 */
class KeysTest {

  private static final UUID ONE = UUID.fromString("0199c5a8-3a2b-7c4d-8e5f-000000000001");
  private static final UUID TWO = UUID.fromString("0199c5a8-3a2b-7c4d-8e5f-000000000002");

  @Test
  @DisplayName("P4: a key is stable, over restarts and releases")
  void aKeyIsStable() {
    assertThat(Keys.key(ONE, "reserve", "")).isEqualTo(Keys.key(ONE, "reserve", ""));
    assertThat(Keys.key(ONE, "reserve", "")).isEqualTo("fc13c669-bd95-80ca-9d7d-47901e6e1828");
  }

  @Test
  void keysDifferByInstanceStepAndDirection() {
    Set<String> keys = new HashSet<>();
    for (UUID uid : Set.of(ONE, TWO)) {
      for (String step : Set.of("a", "b", "ab", "")) {
        keys.add(Keys.key(uid, step, ""));
        keys.add(Keys.key(uid, step, "compensation"));
      }
    }

    assertThat(keys).hasSize(16);
  }

  @Test
  void namesThatRunIntoEachOtherDoNotMeet() {
    assertThat(Keys.key(ONE, "a", "bc")).isNotEqualTo(Keys.key(ONE, "ab", "c"));
  }

  @Test
  void aKeyIsAUuidOfVersionEightWithAnyStepName() {
    for (String step : Set.of("a", "ä\u0000ö", "\uD83D\uDE80", "x".repeat(200))) {
      UUID key = UUID.fromString(Keys.key(ONE, step, ""));

      assertThat(key.version()).isEqualTo(8);
      assertThat(key.variant()).isEqualTo(2);
    }
  }

  @Test
  void inputHashesDifferBySagaAndInput() {
    assertThat(Keys.inputHash("s", "{}"))
        .hasSize(32)
        .isEqualTo(Keys.inputHash("s", "{}"))
        .isNotEqualTo(Keys.inputHash("t", "{}"))
        .isNotEqualTo(Keys.inputHash("s", "{ }"));
  }

  @Test
  void aTraceparentHasTheFormOfTheStandard() {
    assertThat(Keys.traceparent(ONE, null, "a", 1, false))
        .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01")
        .contains(ONE.toString().replace("-", ""));
  }

  @Test
  void theStartersTraceGoesOnWithASpanOfItsOwnForEachAttempt() {
    String starter = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    Set<String> spans = new HashSet<>();
    for (int attempt = 1; attempt <= 3; attempt++) {
      spans.add(Keys.traceparent(ONE, starter, "a", attempt, false));
      spans.add(Keys.traceparent(ONE, starter, "a", attempt, true));
    }

    assertThat(spans)
        .hasSize(6)
        .allMatch(span -> span.startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
        .noneMatch(span -> span.contains("00f067aa0ba902b7"));
  }

  @Test
  void aTraceThatIsNoneIsReplacedByTheInstances() {
    assertThat(Keys.traceparent(ONE, "nonsense", "a", 1, false))
        .isEqualTo(Keys.traceparent(ONE, null, "a", 1, false));
  }
}
