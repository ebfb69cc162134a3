package dev.concordat.json;

import dev.concordat.core.StateCodec;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * States as JSON. Unknown fields are ignored on reading, so that a record may lose a component;
 * missing ones become null or zero, so that it may gain one. Map entries and the elements of sets
 * are ordered, so that equal states have equal texts.
 */
public final class JsonCodec implements StateCodec {

  private final JsonMapper mapper;

  /** A codec with Jackson's defaults, and those named above. */
  public JsonCodec() {
    this(
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build());
  }

  /** A codec with your own mapper. */
  public JsonCodec(JsonMapper mapper) {
    this.mapper = mapper.rebuild().addModule(new SortedSets()).build();
  }

  @Override
  public String encode(Object state) {
    return mapper.writeValueAsString(state);
  }

  @Override
  public <T> T decode(String text, Class<T> type) {
    return mapper.readValue(text, type);
  }

  @Override
  public boolean isJson() {
    return true;
  }
}
