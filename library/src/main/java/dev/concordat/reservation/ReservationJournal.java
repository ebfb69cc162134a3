package dev.concordat.reservation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.concordat.core.Payload;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.module.SimpleModule;

/**
 * Events to rows and back: one entry is a JSON array of events, each with its kind under {@code
 * event}. States are embedded as they are if they are JSON, else as a string under {@code $sealed}.
 */
final class ReservationJournal {

  private static final String SEALED = "$sealed";
  private static final String PROTOCOL = "\"event\":\"Reservation";
  private static final JsonMapper MAPPER = mapper();
  private static final TypeReference<List<ReservationEvent>> LIST = new TypeReference<>() {};
  private static final ObjectWriter WRITER = MAPPER.writerFor(LIST);
  private static final ObjectReader READER = MAPPER.readerFor(LIST);

  private ReservationJournal() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
  private interface Named {}

  private static JsonMapper mapper() {
    SimpleModule payloads = new SimpleModule();
    payloads.addSerializer(Payload.class, new PayloadWriter());
    payloads.addDeserializer(Payload.class, new PayloadReader());
    NamedType[] kinds =
        Arrays.stream(ReservationEvent.class.getPermittedSubclasses())
            .map(kind -> new NamedType(kind, kind.getSimpleName()))
            .toArray(NamedType[]::new);
    return JsonMapper.builder()
        .addModule(payloads)
        .addMixIn(ReservationEvent.class, Named.class)
        .registerSubtypes(kinds)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
        // States pass through as trees, and an amount of money must keep every digit.
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.NON_NULL))
        .build();
  }

  static String write(List<ReservationEvent> events) {
    return WRITER.writeValueAsString(events);
  }

  static List<ReservationEvent> read(List<Entry> entries) {
    List<ReservationEvent> events = new ArrayList<>();
    entries.forEach(entry -> events.addAll(read(entry)));
    return events;
  }

  static List<ReservationEvent> read(Entry entry) {
    try {
      List<ReservationEvent> events = READER.readValue(entry.events());
      return List.copyOf(events);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "entry " + entry.position() + " of the journal cannot be read: " + e.getMessage(), e);
    }
  }

  /** Whether a journal that begins so is a reservation's. */
  static boolean isOurs(List<Entry> entries) {
    return !entries.isEmpty() && entries.get(0).events().contains(PROTOCOL);
  }

  static String evidence(Evidence evidence) {
    return MAPPER.writeValueAsString(evidence);
  }

  static Evidence evidence(String text) {
    return MAPPER.readValue(text, Evidence.class);
  }

  static JsonNode tree(String text) {
    return MAPPER.readTree(text);
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
      JsonNode node = context.readTree(in);
      return node.isObject() && node.size() == 1 && node.has(SEALED)
          ? new Payload(node.get(SEALED).asString(), false)
          : new Payload(node.toString(), true);
    }
  }
}
