package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.store.NewMessage;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message whose position was drawn while a tick was being made is found without another
 * having to be published (P8). Method: the tick's row is set to what it is when a transaction draws
 * its position between the reading of the fence and of the high mark.
 */
class TickMarksTest {

  private final DataSource source = TestPostgres.pool();
  private final PostgresStore store = new PostgresStore(source, "marks");

  @BeforeEach
  void makeTables() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS marks CASCADE");
    store.migrate();
  }

  @AfterEach
  void giveBackConnections() {
    store.close();
  }

  private void publish(String text) throws Exception {
    NewMessage message =
        new NewMessage(
            UUID.randomUUID(), "topic", "key", false, "T", Map.of(), Bytes.utf8(text), null);
    store
        .transactions()
        .run(
            "key",
            tx -> {
              store.outbox().append(tx, List.of(message));
              return true;
            });
  }

  @Test
  @DisplayName("P8: a position drawn while a tick was made does not hide its message")
  void aPositionDrawnMeanwhile() throws Exception {
    publish("one");
    long first = store.ticks().newest();
    TestPostgres.sql(source, "UPDATE marks.tick SET high = high + 1");
    publish("two");

    long second = store.ticks().newest();
    assertThat(second).isGreaterThan(first);
    assertThat(store.outbox().page(new Cursor(first, second, 0), 10, 0, 1))
        .extracting(message -> message.payload().text())
        .containsExactly("two");
    long third = store.ticks().newest();
    assertThat(store.ticks().newest()).as("no more ticks while nothing happens").isEqualTo(third);
  }
}
