package dev.concordat.postgres;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Search attributes as a flat JSON object. */
final class Attributes {

  private static final JsonMapper JSON = JsonMapper.shared();

  private Attributes() {}

  static @Nullable String json(Map<String, String> attributes) {
    return attributes.isEmpty() ? null : JSON.writeValueAsString(new TreeMap<>(attributes));
  }

  static Map<String, String> read(@Nullable String json) {
    return json == null ? Map.of() : JSON.readValue(json, new TypeReference<>() {});
  }
}
