package dev.concordat.runner;

import dev.concordat.core.RefusedException;
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
 * @param branch which branch it is about, if that was said
 */
public record Asked(
    Verb verb,
    String by,
    @Nullable String reason,
    @Nullable String result,
    @Nullable String branch) {

  /** The kind of letter that it stands in. */
  public static final String KIND = "OPERATE";

  private static final JsonMapper JSON = JsonMapper.shared();

  /** About the instance as a whole. */
  public Asked(Verb verb, String by, @Nullable String reason, @Nullable String result) {
    this(verb, by, reason, result, null);
  }

  /**
   * The same.
   *
   * @throws RefusedException if it names a branch, which only transactions of try, confirm and
   *     cancel have: whatever else might be done for it would not be what was asked
   */
  public Asked withoutBranch() {
    if (branch != null) {
      throw new RefusedException("it has no branches, so nothing can be done to '" + branch + "'");
    }
    return this;
  }

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
    if (branch != null) {
      body.put("branch", branch);
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
        text(node, "result"),
        text(node, "branch"));
  }

  private static @Nullable String text(JsonNode node, String field) {
    return node.has(field) ? node.get(field).asString() : null;
  }
}
