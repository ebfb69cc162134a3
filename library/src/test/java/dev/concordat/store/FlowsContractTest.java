package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: what {@link Flows} says is so, on every store. Method: one test per sentence of its
 * documentation, on memory and on a real PostgreSQL.
 */
class FlowsContractTest extends MessagesContract {

  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant FAR_AHEAD = Instant.parse("2120-01-01T00:00:00Z");

  private void append(String id, String status, @Nullable Instant due, String... entries) {
    run(connection -> {
      store.flows().lock(connection, id, "order");
      store.flows().append(connection, id, List.of(entries), status, due);
    });
  }

  private List<String> locked(String id) {
    List<String> found = new ArrayList<>();
    run(connection ->
        store.flows().lock(connection, id, "order").forEach(one -> found.add(one.text())));
    return found;
  }

  private Optional<String> due() {
    return due(Set.of("another", "order"));
  }

  private Optional<String> due(Set<String> names) {
    List<String> found = new ArrayList<>();
    run(connection ->
        store.flows().takeDue(connection, names).ifPresent(flow -> found.add(flow.id())));
    return found.stream().findFirst();
  }

  @Test
  void keepsEntriesInOrder() {
    assertThat(locked("f1")).isEmpty();
    append("f1", "RUNNING", null, "a", "b");
    append("f1", "RUNNING", null);
    append("f1", "COMPLETED", null, "c");
    append("f2", "RUNNING", null, "x");

    assertThat(locked("f1")).containsExactly("a", "b", "c");
    assertThat(store.flows().entries("f1"))
        .extracting(Flows.Written::text)
        .containsExactly("a", "b", "c");
    assertThat(store.flows().entries("nobody")).isEmpty();
  }

  @Test
  void whatHasEndedIsForgotten() {
    append("ended", "COMPLETED", null, "a");
    append("turned", "COMPENSATED", null, "a");
    append("goes", "RUNNING", null, "a");
    append("waits", "NEEDS_ATTENTION", null, "a");

    assertThat(store.flows().forget(Duration.ofHours(1), 9)).isZero();
    assertThat(store.flows().forget(Duration.ofSeconds(-1), 9)).isEqualTo(2);
    assertThat(store.flows().find("ended")).isEmpty();
    assertThat(store.flows().entries("ended")).isEmpty();
    assertThat(store.flows().entries("goes")).hasSize(1);
    assertThat(store.flows().entries("waits")).hasSize(1);
  }

  @Test
  void listsAndFinds() {
    append("f1", "COMPLETED", null, "a");
    append("f2", "RUNNING", null, "a", "b");

    Flows.Summary one = store.flows().find("f1").orElseThrow();
    assertThat(one.name()).isEqualTo("order");
    assertThat(one.status()).isEqualTo("COMPLETED");
    assertThat(one.entries()).isEqualTo(1);
    assertThat(store.flows().find("nobody")).isEmpty();
    assertThat(store.flows().list(null, null, 10)).hasSize(2);
    assertThat(store.flows().list("order", "RUNNING", 10))
        .extracting(Flows.Summary::id)
        .containsExactly("f2");
    assertThat(store.flows().list("other", null, 10)).isEmpty();
    assertThat(store.flows().list(null, null, 1)).hasSize(1);
  }

  @Test
  void oneThatIsDueIsTakenByOne() {
    append("f1", "RUNNING", FAR_AHEAD, "a");
    assertThat(due()).isEmpty();
    append("f1", "RUNNING", LONG_AGO, "b");
    assertThat(due()).contains("f1");

    run(connection -> {
      assertThat(store.flows().takeDue(connection, Set.of("order"))).isPresent();
      assertThat(due()).isEmpty();
    });
    append("f1", "COMPLETED", null, "c");
    assertThat(due()).isEmpty();
  }

  @Test
  void oneThatIsDueIsLeftToWhoKnowsIt() {
    append("f1", "RUNNING", LONG_AGO, "a");

    assertThat(due(Set.of("another"))).isEmpty();
    assertThat(due(Set.of())).isEmpty();
    assertThat(due(Set.of("order"))).contains("f1");
  }

  @Test
  void keepsTheLastDeclaration() {
    assertThat(store.flows().declaration("order")).isEmpty();
    store.flows().declare("order", "one");
    store.flows().declare("order", "two");
    assertThat(store.flows().declaration("order")).contains("two");
    run(connection -> {
      assertThat(store.flows().declaration(connection, "order")).contains("two");
      assertThat(store.flows().declaration(connection, "another")).isEmpty();
    });
  }
}
