package dev.concordat.tcc;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.concordat.core.Payload;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
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
 * Events to rows and back: one entry is a JSON array of events, each with its kind under {@code
 * event}. All kinds but those that the engine writes begin with {@code Tcc}, which tells these
 * journals from others.
 */
final class TccJournal {

  private static final String PREFIX = "Tcc";
  private static final String SEALED = "$sealed";

  /** What the engine writes into journals of every protocol. */
  private static final Set<Class<?>> OF_THE_ENGINE =
      Set.of(TccEvent.TakenOver.class, TccEvent.HandedOver.class);

  private static final JsonMapper MAPPER = mapper();
  private static final TypeReference<List<TccEvent>> LIST = new TypeReference<>() {};
  private static final ObjectWriter WRITER = MAPPER.writerFor(LIST);
  private static final ObjectReader READER = MAPPER.readerFor(LIST);

  private TccJournal() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
  private interface Named {}

  private static JsonMapper mapper() {
    SimpleModule payloads = new SimpleModule();
    payloads.addSerializer(Payload.class, new PayloadWriter());
    payloads.addDeserializer(Payload.class, new PayloadReader());
    NamedType[] kinds =
        Arrays.stream(TccEvent.class.getPermittedSubclasses())
            .map(kind -> new NamedType(kind, name(kind)))
            .toArray(NamedType[]::new);
    return JsonMapper.builder()
        .addModule(payloads)
        .addMixIn(TccEvent.class, Named.class)
        .registerSubtypes(kinds)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        // States pass through as trees, and an amount of money must keep every digit.
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.NON_NULL))
        .build();
  }

  private static String name(Class<?> kind) {
    return (OF_THE_ENGINE.contains(kind) ? "" : PREFIX) + kind.getSimpleName();
  }

  /** Whether a journal that begins with this entry is one of these. */
  static boolean isOurs(Entry first) {
    JsonNode events = MAPPER.readTree(first.events());
    return events.path(0).path("event").asString("").startsWith(PREFIX);
  }

  /** The entry for these events. */
  static String write(List<TccEvent> events) {
    return WRITER.writeValueAsString(events);
  }

  /** The events of these entries. */
  static List<TccEvent> read(List<Entry> entries) {
    List<TccEvent> events = new ArrayList<>();
    entries.forEach(entry -> events.addAll(read(entry)));
    return events;
  }

  static List<TccEvent> read(Entry entry) {
    try {
      List<TccEvent> events = READER.readValue(entry.events());
      return List.copyOf(events);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "entry " + entry.position() + " of the journal cannot be read: " + e.getMessage(), e);
    }
  }

  private static Payload payload(JsonNode node) {
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
