package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.store.Reactions.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Reactions} says is so, on every store. Method: one test per sentence of its
 * documentation, on memory and on a real PostgreSQL.
 */
class ReactionsContractTest extends MessagesContract {

  private Map<String, State> begin(String service, String flow) {
    Map<String, State> found = new HashMap<>();
    run(connection -> found.putAll(store.reactions().begin(connection, service, flow)));
    return found;
  }

  private void mark(String service, String flow, String step, State state) {
    run(connection -> store.reactions().mark(connection, service, flow, step, state));
  }

  @Test
  void knowsWhatBecameOfSteps() {
    assertThat(begin("payments", "f1")).isEmpty();
    mark("payments", "f1", "reserve", State.DONE);
    mark("payments", "f1", "capture", State.BARRED);
    mark("payments", "f1", "reserve", State.COMPENSATED);

    assertThat(begin("payments", "f1"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("reserve", State.COMPENSATED, "capture", State.BARRED));
    assertThat(begin("payments", "f2")).isEmpty();
    assertThat(begin("orders", "f1")).isEmpty();
  }

  @Test
  void whatWasRolledBackWasNotDone() {
    assertThatThrownBy(() ->
            run(connection -> {
              store.reactions().mark(connection, "payments", "f1", "reserve", State.DONE);
              throw new IllegalStateException("so it is rolled back");
            }))
        .hasMessage("so it is rolled back");

    assertThat(begin("payments", "f1")).isEmpty();
  }

  @Test
  void whatIsOldIsForgotten() {
    mark("payments", "f1", "reserve", State.DONE);

    assertThat(store.reactions().forget(HOUR, 9)).isZero();
    assertThat(store.reactions().forget(Duration.ZERO.minusSeconds(1), 9)).isEqualTo(1);
    assertThat(begin("payments", "f1")).isEmpty();
  }
}
