package dev.concordat.postgres;

import dev.concordat.core.Bytes;
import dev.concordat.core.InvariantViolation;
import dev.concordat.core.StoredMessage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Messages in rows of the outbox and of what is parked. */
final class Messages {

  static final String COLUMNS = "position, at, id, topic, key, type, headers, payload, not_before";

  private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

  private Messages() {}

  /**
   * What reads only the first of those rows, until their payloads have as many bytes as the last
   * parameter says; the size of a payload is known without reading it.
   *
   * @param order of the rows, by columns
   */
  static String portion(String columns, String rows, String order) {
    return "SELECT %1$s FROM (SELECT r.*, coalesce(sum(octet_length(r.payload)) OVER (ORDER BY %3$s"
        .concat(" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before")
        .concat(" FROM (%2$s) r) p WHERE bytes_before < ? ORDER BY %3$s")
        .formatted(columns, rows, order);
  }

  /** A row that begins with {@link #COLUMNS}. */
  static StoredMessage read(ResultSet row) throws SQLException {
    Timestamp notBefore = row.getTimestamp(9);
    return new StoredMessage(
        row.getLong(1),
        row.getTimestamp(2).toInstant(),
        row.getObject(3, UUID.class),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        headers(row.getString(7)),
        Bytes.taking(row.getBytes(8)),
        notBefore == null ? null : notBefore.toInstant());
  }

  static Map<String, String> headers(@Nullable String text) {
    if (text == null) {
      return Map.of();
    }
    try {
      return JsonMapper.shared().readValue(text, HEADERS);
    } catch (JacksonException e) {
      throw new InvariantViolation("the headers of a message are no JSON", e);
    }
  }

  static @Nullable String text(Map<String, String> headers) {
    return headers.isEmpty() ? null : JsonMapper.shared().writeValueAsString(headers);
  }
}
