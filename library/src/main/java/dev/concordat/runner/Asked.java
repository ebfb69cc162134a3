package dev.concordat.runner;

import dev.concordat.core.Verb;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an operator asks of an instance, as it stands in a letter.
 *
 * @param verb what to do
 * @param by who asks
 * @param reason why, if that was said
 * @param result what to take as a result, if that was given
 */
public record Asked(Verb verb, String by, @Nullable String reason, @Nullable String result) {

  /** The kind of letter that it stands in. */
  public static final String KIND = "OPERATE";

  private static final JsonMapper JSON = JsonMapper.shared();

  /** The letter's body. */
  public String write() {
    Map<String, String> body = new TreeMap<>();
    body.put("verb", verb.name());
    body.put("by", by);
    if (reason != null) {
      body.put("reason", reason);
    }
    if (result != null) {
      body.put("result", result);
    }
    return JSON.writeValueAsString(body);
  }

  /**
   * Reads a letter's body.
   *
   * @throws RuntimeException if it is none
   */
  public static Asked read(String body) {
    JsonNode node = JSON.readTree(body);
    return new Asked(
        Verb.valueOf(node.required("verb").asString()),
        node.required("by").asString(),
        text(node, "reason"),
        text(node, "result"));
  }

  private static @Nullable String text(JsonNode node, String field) {
    return node.has(field) ? node.get(field).asString() : null;
  }
}
