package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.MessageKey;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: the set of parked keys that shares what did not change is a set like any other (P8).
 * Method: random changes, beside a plain set, until shared and changed parts were joined often.
 */
class ParkedKeysTest {

  private static MessageKey key(int i) {
    return new MessageKey("topic", "k" + i);
  }

  private static Set<MessageKey> some(Random random, int most) {
    Set<MessageKey> keys = new HashSet<>();
    int count = random.nextInt(most);
    while (keys.size() < count) {
      keys.add(key(random.nextInt(6_000)));
    }
    return keys;
  }

  @Test
  @DisplayName("P8: parked keys are what a plain set of them would be")
  void isASet() {
    Random random = new Random(7);
    Set<MessageKey> plain = some(random, 3_000);
    ParkedKeys keys = ParkedKeys.of(plain);
    for (int i = 0; i < 300; i++) {
      ParkedKeys before = keys;
      Set<MessageKey> then = Set.copyOf(plain);
      Set<MessageKey> changes = some(random, 200);
      if (random.nextBoolean()) {
        keys = keys.with(changes);
        plain.addAll(changes);
      } else {
        keys = keys.without(changes);
        plain.removeAll(changes);
      }
      assertThat(keys.equals(plain)).isTrue();
      assertThat(keys.hashCode()).isEqualTo(plain.hashCode());
      assertThat(new HashSet<>(keys)).hasSize(keys.size()).isEqualTo(plain);
      assertThat(before.equals(then)).as("what was, stays").isTrue();
      for (MessageKey change : changes) {
        assertThat(keys.contains(change)).isEqualTo(plain.contains(change));
      }
    }
  }

  @Test
  void whatChangesNothingIsTheSame() {
    ParkedKeys keys = ParkedKeys.of(Set.of(key(1), key(2)));

    assertThat(keys.with(List.of(key(1)))).isSameAs(keys);
    assertThat(keys.without(List.of(key(3)))).isSameAs(keys);
    assertThat(keys.without(List.of(key(1))).with(List.of(key(1)))).isEqualTo(keys);
  }
}
