package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Bytes;
import dev.concordat.core.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a lane remembers stays bounded, and holds what the database may still lose. */
class DeliveredIdsTest {

  private static final long HOLD = Duration.ofSeconds(1).toNanos();

  private final DeliveredIds delivered = new DeliveredIds(Duration.ofNanos(HOLD));

  private static StoredMessage message(UUID id, String topic) {
    return new StoredMessage(
        1, Instant.EPOCH, id, topic, "k", "T", Map.of(), Bytes.utf8("x"), null);
  }

  @Test
  void aNumberIsUsedAgainOnceAllOfItsShareIsSettledAndHeld() {
    UUID a = UUID.randomUUID();
    UUID b = UUID.randomUUID();
    delivered.put(delivered.free(0), List.of(a, b));
    delivered.settled(List.of(a), 0);

    assertThat(delivered.free(HOLD + 1)).isEqualTo(1);
    delivered.settled(List.of(b), HOLD);
    assertThat(delivered.free(2 * HOLD)).isEqualTo(1);
    assertThat(delivered.all()).containsExactly(b);
    assertThat(delivered.free(2 * HOLD + 1)).isEqualTo(0);
    assertThat(delivered.all()).isEmpty();
  }

  @Test
  void manyBatchesNeedFewNumbers() {
    int highest = 0;
    for (int i = 0; i < 10_000; i++) {
      long now = i * (HOLD / 10);
      int number = delivered.free(now);
      highest = Math.max(highest, number);
      List<UUID> ids = List.of(new UUID(1, i), new UUID(2, i));
      delivered.put(number, ids);
      delivered.settled(ids, now);
    }

    assertThat(highest).isBetween(5, 12);
    assertThat(delivered.all()).hasSizeLessThan(30);
  }

  @Test
  void aLaterRecordOfANumberReplacesTheEarlier() {
    UUID a = UUID.randomUUID();
    UUID b = UUID.randomUUID();
    delivered.put(3, List.of(a));
    delivered.put(3, List.of(b));

    assertThat(delivered.all()).containsExactly(b);
  }

  @Test
  void oneIdInTwoTopicsIsTwoMessages() {
    UUID id = UUID.randomUUID();
    delivered.put(0, List.of(DeliveredIds.idOf(message(id, "a"))));

    assertThat(delivered.contains(message(id, "a"))).isTrue();
    assertThat(delivered.contains(message(id, "b"))).isFalse();
  }

  @Test
  void whatIsWrittenIsRead() {
    List<UUID> ids = List.of(UUID.randomUUID(), UUID.randomUUID());

    assertThat(DeliveredIds.read(DeliveredIds.write(ids))).isEqualTo(ids);
    assertThatThrownBy(() -> DeliveredIds.read(new byte[] {2}))
        .hasMessageContaining("did not write");
    assertThatThrownBy(() -> DeliveredIds.read(new byte[] {1, 2}))
        .hasMessageContaining("did not write");
  }
}
