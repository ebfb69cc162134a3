package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a callback that is unsigned, changed or old is turned away, with a word on what to do and
 * none of the secret (case 73). Method: every byte of what was signed is changed, and every edge of
 * the window tried; one signature is pinned, since providers make it on their own.
 */
class CallbackSignatureTest {

  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String OTHER = "ffffffffffffffffffffffffffffffff";
  private static final byte[] BODY = "{\"id\":\"event-1\"}".getBytes(StandardCharsets.UTF_8);
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final Duration WINDOW = Duration.ofMinutes(5);

  private static CallbackSignature with(String... secrets) {
    return CallbackSignature.of(
        WINDOW, Arrays.stream(secrets).map(CallbackSignatureTest::bytes).toList());
  }

  private static byte[] bytes(String secret) {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertRefused(@Nullable String header, byte[] body, Instant now) {
    assertThatThrownBy(() -> with(SECRET).verify(header, body, now))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("A callback was turned away, because ")
        .message()
        .doesNotContain(SECRET)
        .doesNotContain("event-1");
  }

  @Test
  @DisplayName("case 73: what is signed so elsewhere passes here")
  void theSignatureIsPinned() {
    assertThat(with(SECRET).sign(NOW, BODY))
        .isEqualTo(
            "t=1700000000,v1=5d8137bad9e315b0930f51ce6207975c1b244cd5afc5db94dea8cae9ab68d904");
    assertThatCode(() -> with(SECRET).verify(with(SECRET).sign(NOW, BODY), BODY, NOW))
        .doesNotThrowAnyException();
  }

  @Test
  @DisplayName("case 73: a body changed anywhere is turned away")
  void everyByteOfTheBodyCounts() {
    String header = with(SECRET).sign(NOW, BODY);
    for (int i = 0; i < BODY.length; i++) {
      byte[] changed = BODY.clone();
      changed[i] ^= 1;
      assertRefused(header, changed, NOW);
    }
    assertRefused(header, Arrays.copyOf(BODY, BODY.length - 1), NOW);
    assertRefused(header, Arrays.copyOf(BODY, BODY.length + 1), NOW);
    assertRefused(header, new byte[0], NOW);
  }

  @Test
  @DisplayName("case 73: a signature changed anywhere is turned away, and so is a time")
  void everyCharacterOfTheHeaderCounts() {
    String header = with(SECRET).sign(NOW, BODY);
    for (int i = 0; i < header.length(); i++) {
      char other = header.charAt(i) == '1' ? '2' : '1';
      assertRefused(header.substring(0, i) + other + header.substring(i + 1), BODY, NOW);
    }
    assertRefused(header.substring(0, header.length() - 2), BODY, NOW);
    assertRefused(header + "00", BODY, NOW);
  }

  /** The full stop keeps the time and the body apart. */
  @Test
  void digitsMovedFromTheTimeIntoTheBodyAreFoundOut() {
    byte[] body = "5.{}".getBytes(StandardCharsets.UTF_8);
    String header = with(SECRET).sign(NOW, body);

    assertRefused(
        header.replace("t=1700000000", "t=17000000005"),
        "{}".getBytes(StandardCharsets.UTF_8),
        Instant.ofEpochSecond(17_000_000_005L));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        " ",
        "v1=00",
        "t=1700000000",
        "t=,v1=00",
        "t=-1,v1=00",
        "t=x,v1=00",
        "t=1,v1=0",
        "t=1,v1=xx",
        "t=9999999999999,v1=00",
        "t=1,t=1,v1=00",
        "t=\u0661,v1=00",
        "1700000000"
      })
  void whatIsNoSignatureIsTurnedAway(@Nullable String header) {
    assertRefused(header, BODY, NOW);
  }

  @Test
  void aHeaderWithoutEndIsTurnedAway() {
    assertRefused(with(SECRET).sign(NOW, BODY) + ",v1=" + "00".repeat(1000), BODY, NOW);
    assertRefused(with(SECRET).sign(NOW, BODY) + ",v1=00".repeat(8), BODY, NOW);
  }

  @Test
  @DisplayName("case 73: sent again after the window it is turned away")
  void theWindowIsHeldToTheSecond() {
    String header = with(SECRET).sign(NOW, BODY);
    for (Instant edge : List.of(NOW.plus(WINDOW), NOW.minus(WINDOW))) {
      assertThatCode(() -> with(SECRET).verify(header, BODY, edge)).doesNotThrowAnyException();
    }

    assertRefused(header, BODY, NOW.plus(WINDOW).plusMillis(1));
    assertRefused(header, BODY, NOW.minus(WINDOW).minusMillis(1));
    assertThatThrownBy(() -> with(SECRET).verify(header, BODY, NOW.plus(WINDOW).plusSeconds(1)))
        .hasMessageContaining("301 seconds")
        .hasMessageContaining("clocks");
  }

  @Test
  void whileSecretsAreExchangedBothPass() {
    for (String old : List.of(SECRET, OTHER)) {
      String header = with(old).sign(NOW, BODY);
      assertThatCode(() -> with(SECRET, OTHER).verify(header, BODY, NOW))
          .doesNotThrowAnyException();
    }
    assertThat(with(SECRET, OTHER).sign(NOW, BODY)).isEqualTo(with(SECRET).sign(NOW, BODY));
    assertRefused(with(OTHER).sign(NOW, BODY), BODY, NOW);
  }

  @Test
  void aSenderMaySignWithSeveralAndInWaysUnknownHere() {
    String theirs = with(OTHER).sign(NOW, BODY).split(",", -1)[1];
    String header = with(SECRET).sign(NOW, BODY).replace(",", ", " + theirs + ", v0=what, ");

    assertThatCode(() -> with(SECRET).verify(header, BODY, NOW)).doesNotThrowAnyException();
  }

  @Test
  void secretsAndToleranceAreChecked() {
    List<byte[]> good = List.of(SECRET.getBytes(StandardCharsets.UTF_8));
    for (Duration bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofHours(25))) {
      assertThatThrownBy(() -> CallbackSignature.of(bad, good))
          .isInstanceOf(RefusedException.class);
    }
    assertThatThrownBy(() -> CallbackSignature.of(WINDOW, List.of()))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> with("too short"))
        .isInstanceOf(RefusedException.class)
        .hasMessageNotContaining("too short");
    assertThat(with(SECRET).toString()).doesNotContain(SECRET);
  }
}
