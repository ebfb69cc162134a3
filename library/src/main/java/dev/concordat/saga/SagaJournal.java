package dev.concordat.saga;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.concordat.core.Payload;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
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
 * event}. States are embedded as they are if they are JSON, else as a string under {@code $sealed}.
 */
final class SagaJournal {

  private static final String SEALED = "$sealed";
  private static final JsonMapper MAPPER = mapper();
  private static final TypeReference<List<SagaEvent>> LIST = new TypeReference<>() {};
  private static final ObjectWriter WRITER = MAPPER.writerFor(LIST);
  private static final ObjectReader READER = MAPPER.readerFor(LIST);

  private SagaJournal() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
  private interface Named {}

  private static JsonMapper mapper() {
    SimpleModule payloads = new SimpleModule();
    payloads.addSerializer(Payload.class, new PayloadWriter());
    payloads.addDeserializer(Payload.class, new PayloadReader());
    NamedType[] kinds =
        Stream.of(SagaEvent.OfStep.class, SagaEvent.OfSaga.class)
            .flatMap(group -> Arrays.stream(group.getPermittedSubclasses()))
            .map(kind -> new NamedType(kind, kind.getSimpleName()))
            .toArray(NamedType[]::new);
    return JsonMapper.builder()
        .addModule(payloads)
        .addMixIn(SagaEvent.class, Named.class)
        .registerSubtypes(kinds)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        // Older journals lack what events have gained since.
        .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        // States pass through as trees, and an amount of money must keep every digit.
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .changeDefaultPropertyInclusion(v -> v.withValueInclusion(JsonInclude.Include.NON_NULL))
        .build();
  }

  /** The entry for these events. A local step's start says nothing that its end does not. */
  static String write(List<SagaEvent> events) {
    List<SagaEvent> kept = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      if (!endsAtOnce(events, i)) {
        kept.add(events.get(i));
      }
    }
    return WRITER.writeValueAsString(kept);
  }

  private static boolean endsAtOnce(List<SagaEvent> events, int i) {
    if (i + 1 == events.size()) {
      return false;
    }
    return switch (events.get(i)) {
      case SagaEvent.StepStarted start ->
          (events.get(i + 1) instanceof SagaEvent.StepDone done && done.step().equals(start.step()))
              || (events.get(i + 1) instanceof SagaEvent.CommandSent sent
                  && sent.step().equals(start.step()));
      case SagaEvent.ReplyTaken taken ->
          events.get(i + 1) instanceof SagaEvent.StepDone done && done.step().equals(taken.step());
      default -> false;
    };
  }

  /** The events of these entries. */
  static List<SagaEvent> read(List<Entry> entries) {
    List<SagaEvent> events = new ArrayList<>();
    entries.forEach(entry -> events.addAll(read(entry)));
    return events;
  }

  static List<SagaEvent> read(Entry entry) {
    try {
      List<SagaEvent> events = READER.readValue(entry.events());
      return List.copyOf(events);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "entry " + entry.position() + " of the journal cannot be read: " + e.getMessage(), e);
    }
  }

  /** A JSON document as a payload, or the payload that was sealed in it. */
  static Payload payload(JsonNode node) {
    if (node.isObject() && node.size() == 1 && node.has(SEALED)) {
      return new Payload(node.get(SEALED).asString(), false);
    }
    return new Payload(node.toString(), true);
  }

  /** The JSON document for a payload. */
  static String document(Payload payload) {
    return MAPPER.writeValueAsString(payload);
  }

  static JsonMapper mapperForLetters() {
    return MAPPER;
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
