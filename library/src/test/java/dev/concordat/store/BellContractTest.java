package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Bell} says is so, on every store. Method: listeners on memory and on a real
 * PostgreSQL.
 */
class BellContractTest extends StoreContract {

  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void aRingIsHeardByAll() {
    try (Bell.Ear one = store.bell().listen();
        Bell.Ear other = store.bell().listen()) {
      store.bell().ring();

      assertThat(one.await(LONG)).isTrue();
      assertThat(other.await(LONG)).isTrue();
    }
  }

  @Test
  void ringsBetweenTwoCallsAreKept() {
    try (Bell.Ear ear = store.bell().listen()) {
      store.bell().ring();
      assertThat(ear.await(LONG)).isTrue();
      assertThat(ear.await(MOMENT)).as("only once").isFalse();

      store.bell().ring();
      store.bell().ring();
      assertThat(ear.await(LONG)).isTrue();
    }
  }

  @Test
  void whatRangBeforeIsNotHeard() {
    store.bell().ring();
    try (Bell.Ear ear = store.bell().listen()) {
      assertThat(ear.await(MOMENT)).isFalse();
    }
  }
}
