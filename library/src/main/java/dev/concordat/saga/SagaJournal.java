package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.runner.EventJson;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Events to rows and back. */
final class SagaJournal {

  private static final EventJson<SagaEvent> JSON =
      new EventJson<>(
          SagaEvent.class,
          Stream.of(SagaEvent.OfStep.class, SagaEvent.OfSaga.class)
              .flatMap(group -> Arrays.stream(group.getPermittedSubclasses())),
          Class::getSimpleName);

  private SagaJournal() {}

  /** The entry for these events. A local step's start says nothing that its end does not. */
  static String write(List<SagaEvent> events) {
    List<SagaEvent> kept = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      if (!endsAtOnce(events, i)) {
        kept.add(events.get(i));
      }
    }
    return JSON.write(kept);
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
    return JSON.read(entries);
  }

  static List<SagaEvent> read(Entry entry) {
    return JSON.read(entry);
  }

  /** A JSON document as a payload, or the payload that was sealed in it. */
  static Payload payload(JsonNode node) {
    return EventJson.payload(node);
  }

  /** The JSON document for a payload. */
  static String document(Payload payload) {
    return JSON.mapper().writeValueAsString(payload);
  }

  static JsonMapper mapperForLetters() {
    return JSON.mapper();
  }
}
