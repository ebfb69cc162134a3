package dev.concordat.runner;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.concordat.core.Payload;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.module.SimpleModule;

/**
 * A protocol's events as JSON: one entry of a journal is an array of events, each with its kind
 * under {@code event}. States are embedded as they are if they are JSON, else as a string under
 * {@code $sealed}.
 *
 * @param <E> the events
 */
public final class EventJson<E> {

  private static final String KIND = "event";
  private static final String SEALED = "$sealed";

  private final JsonMapper mapper;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  /**
   * Events of that type.
   *
   * @param kinds all records that are events
   * @param name what each is called on disk
   */
  public EventJson(Class<E> type, Stream<Class<?>> kinds, Function<Class<?>, String> name) {
    SimpleModule payloads = new SimpleModule();
    payloads.addSerializer(Payload.class, new PayloadWriter());
    payloads.addDeserializer(Payload.class, new PayloadReader());
    this.mapper =
        JsonMapper.builder()
            .addModule(payloads)
            .addMixIn(type, Named.class)
            .registerSubtypes(
                kinds.map(kind -> new NamedType(kind, name.apply(kind))).toArray(NamedType[]::new))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // Older journals lack what events have gained since.
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            // States pass through as trees, and an amount of money must keep every digit.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();
    JavaType list = mapper.getTypeFactory().constructCollectionType(List.class, type);
    this.writer = mapper.writerFor(list);
    this.reader = mapper.readerFor(list);
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = KIND)
  private interface Named {}

  /** The entry for these events. */
  public String write(List<E> events) {
    return writer.writeValueAsString(events);
  }

  /** The events of these entries. */
  public List<E> read(List<Entry> entries) {
    List<E> events = new ArrayList<>();
    entries.forEach(entry -> events.addAll(read(entry)));
    return events;
  }

  /**
   * The events of an entry.
   *
   * @throws IllegalStateException if it cannot be read, saying why
   */
  public List<E> read(Entry entry) {
    try {
      List<E> events = reader.readValue(entry.events());
      return List.copyOf(events);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "entry " + entry.position() + " of the journal cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether the kind of an entry's first event begins so. */
  public boolean begins(Entry first, String kind) {
    return mapper.readTree(first.events()).path(0).path(KIND).asString("").startsWith(kind);
  }

  /** What reads and writes single values as the journal has them. */
  public JsonMapper mapper() {
    return mapper;
  }

  /** A JSON document as a payload, or the payload that was sealed in it. */
  public static Payload payload(JsonNode node) {
    return node.isObject() && node.size() == 1 && node.has(SEALED)
        ? new Payload(node.get(SEALED).asString(), false)
        : new Payload(node.toString(), true);
  }

  private static final class PayloadWriter extends ValueSerializer<Payload> {
    @Override
    public void serialize(Payload value, JsonGenerator out, SerializationContext context) {
      if (value.json()) {
        out.writeRawValue(value.text());
      } else {
        out.writeStartObject();
        out.writeStringProperty(SEALED, value.text());
        out.writeEndObject();
      }
    }
  }

  private static final class PayloadReader extends ValueDeserializer<Payload> {
    @Override
    public Payload deserialize(JsonParser in, DeserializationContext context) {
      return payload(context.readTree(in));
    }
  }
}
