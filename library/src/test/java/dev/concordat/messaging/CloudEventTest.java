package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.StoredMessage;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What CloudEvents asks of headers. */
class CloudEventTest {

  private static Map<String, String> headers(Instant at, Map<String, String> own) {
    UUID id = new UUID(1, 2);
    return CloudEvent.headers(
        new StoredMessage(7, at, id, "orders", "k", "OrderPlaced", own, Bytes.EMPTY, null),
        "ce_",
        "/shop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2025-11-21T16:58:00Z",
        "2025-11-21T00:00:00Z",
        "2025-11-21T16:58:41Z",
        "2025-11-21T16:58:00.120Z",
        "2025-11-21T16:58:41.123456Z",
        "1969-12-31T23:59:59.999999Z",
        "2025-11-21T16:58:00.000000001Z"
      })
  void timesAreThoseOfRfc3339(String time) {
    assertThat(headers(Instant.parse(time), Map.of())).containsEntry("ce_time", time);
  }

  @Test
  void ownHeadersNeverReplaceTheAttributes() {
    assertThat(headers(Instant.EPOCH, Map.of("ce_id", "mine", "subject", "s", "x", "y")))
        .containsEntry("ce_id", new UUID(1, 2).toString())
        .containsEntry("ce_subject", "s")
        .containsEntry("x", "y")
        .doesNotContainKey("subject");
  }
}
