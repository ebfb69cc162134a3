package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what runs is what the journal says, whatever becomes of the objects that callers and steps
 * hold (P1, P3). Method: states with lists, which are changed at bad moments.
 */
class OwnStateTest {

  record Basket(List<String> items) {}

  record Tags(Set<String> tags) {}

  sealed interface Shape permits Circle {}

  record Circle(int radius) implements Shape {}

  record Drawing(Shape shape) {}

  @Test
  @DisplayName("P1: what was accepted is not changed by what the caller does later")
  void aListThatTheCallerEmptiesIsFull() {
    try (Fixture db = Fixture.open()) {
      Saga<Basket> saga =
          Saga.named("s", Basket.class)
              .sleep("wait", Duration.ofMillis(50))
              .local("a", (tx, basket) -> new Basket(basket.items()))
              .noCompensation("it is looked at only")
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        List<String> mine = new ArrayList<>(List.of("apple", "pear"));
        var handle = concordat.start(saga, "t", new Basket(mine));
        mine.clear();

        assertThat(handle.await(PATIENCE).state().items()).containsExactly("apple", "pear");
      }
    }
  }

  @Test
  @DisplayName("P3: an attempt that failed leaves nothing behind in the state")
  void whatAFailedAttemptAddedIsGone() {
    AtomicInteger attempts = new AtomicInteger();
    try (Fixture db = Fixture.open()) {
      Saga<Basket> saga =
          Saga.named("s", Basket.class)
              .step(
                  "add",
                  (basket, call) -> {
                    basket.items().add("x");
                    if (attempts.incrementAndGet() < 3) {
                      throw new IOException("try again");
                    }
                    return basket;
                  })
              .noCompensation("it is in the state only")
              .retry(RetryPolicy.exponential(Duration.ofMillis(1)).attempts(5))
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        SagaResult<Basket> result =
            concordat.start(saga, "t", new Basket(new ArrayList<>())).await(PATIENCE);

        assertThat(result.state().items()).containsExactly("x");
      }
    }
  }

  @Test
  void whatCannotBeReadBackIsNotAccepted() {
    try (Fixture db = Fixture.open()) {
      Saga<Drawing> saga =
          Saga.named("s", Drawing.class)
              .local("a", (tx, drawing) -> drawing)
              .noCompensation("it is looked at only")
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        assertThatThrownBy(() -> concordat.start(saga, "t", new Drawing(new Circle(1))))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("read back");
        assertThat(db.text("SELECT count(*) FROM concordat.instance")).isEqualTo("0");
      }
    }
  }

  @Test
  void equalSetsHaveEqualTexts() {
    JsonCodec codec = new JsonCodec();
    List<String> words = List.of("a", "b", "c", "d", "e", "f", "g");

    assertThat(codec.encode(new Tags(Set.copyOf(words))))
        .isEqualTo("{\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]}")
        .isEqualTo(codec.encode(new Tags(new TreeSet<>(words))));
    assertThat(codec.encode(new LinkedHashSet<>(words.reversed())))
        .as("a set that has an order keeps it")
        .startsWith("[\"g\"");
  }

  @Test
  void aStateWithASetIsStartedTwice() {
    try (Fixture db = Fixture.open()) {
      Saga<Tags> saga =
          Saga.named("s", Tags.class)
              .local("a", (tx, tags) -> tags)
              .noCompensation("it is looked at only")
              .build();
      try (Concordat concordat = db.concordat(saga).start()) {
        concordat.start(saga, "t", new Tags(Set.of("b", "a")));

        assertThat(concordat.start(saga, "t", new Tags(Set.of("a", "b"))).await(PATIENCE).status())
            .isEqualTo(Status.COMPLETED);
      }
    }
  }
}
