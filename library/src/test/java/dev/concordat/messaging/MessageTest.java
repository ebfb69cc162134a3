package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import org.junit.jupiter.api.Test;

/** Goal: a message that no table or broker can carry is refused before it is published. */
class MessageTest {

  @Test
  void aHeaderHasNoNul() {
    Message message = Message.of("orders", "OrderPlaced");

    assertThatThrownBy(() -> message.header("note", "a\0b"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'note'")
        .hasMessageContaining("NUL");
    assertThatThrownBy(() -> message.header("a\0b", "note")).isInstanceOf(RefusedException.class);
  }
}
