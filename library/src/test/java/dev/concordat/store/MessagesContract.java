package dev.concordat.store;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Short words for the contracts of what is published. */
abstract class MessagesContract extends StoreContract {

  static NewMessage message(@Nullable String key, String text) {
    return message(key, text, null);
  }

  static NewMessage message(@Nullable String key, String text, @Nullable Instant notBefore) {
    return new NewMessage(
        UUID.randomUUID(), "topic", key, false, "T", Map.of("h", "ä"), Bytes.utf8(text), notBefore);
  }

  void publish(NewMessage... messages) {
    run(connection -> store.outbox().append(connection, List.of(messages)));
  }

  /** Something done with a connection. */
  interface Done {
    void with(Connection connection);
  }

  void run(Done work) {
    try {
      store
          .transactions()
          .run(
              "key",
              connection -> {
                work.with(connection);
                return true;
              });
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  List<StoredMessage> read(long from, long to) {
    return read(from, to, 0, 1);
  }

  List<StoredMessage> read(long from, long to, int lane, int lanes) {
    List<StoredMessage> all = new ArrayList<>();
    Cursor cursor = new Cursor(from, to, 0);
    while (true) {
      List<StoredMessage> page = store.outbox().page(cursor, Portion.of(2), lane, lanes);
      all.addAll(page);
      if (page.size() < 2) {
        return all;
      }
      cursor = cursor.at(page.get(1).position());
    }
  }

  static List<String> texts(List<StoredMessage> messages) {
    return messages.stream().map(message -> message.payload().text()).toList();
  }
}
