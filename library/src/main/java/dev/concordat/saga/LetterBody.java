package dev.concordat.saga;

import dev.concordat.core.Payload;
import dev.concordat.runner.Asked;
import dev.concordat.runner.States;
import dev.concordat.saga.SagaStimulus.Request;
import dev.concordat.store.Mailbox.Letter;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What letters to sagas look like. */
final class LetterBody {

  static final String SIGNAL = "SIGNAL";
  static final String CHILD = "CHILD";
  static final String REPLY = "REPLY";

  private static final JsonMapper JSON = SagaJournal.mapperForLetters();

  private LetterBody() {}

  static String signal(String name, Payload payload) {
    return "{\"name\":"
        + JSON.writeValueAsString(name)
        + ",\"payload\":"
        + SagaJournal.document(payload)
        + "}";
  }

  static String reply(Request.Replied reply) {
    return JSON.writeValueAsString(reply);
  }

  static Request read(Letter letter, States<?> states, SagaPlan plan, SagaState state) {
    JsonNode body = JSON.readTree(letter.body());
    return switch (letter.kind().toUpperCase(Locale.ROOT)) {
      case SIGNAL ->
          new Request.Signal(
              body.required("name").asString(), SagaJournal.payload(body.required("payload")));
      case Asked.KIND -> operation(Asked.read(letter.body()).withoutBranch(), states, plan, state);
      case CHILD -> new Request.ChildNews();
      case REPLY -> JSON.treeToValue(body, Request.Replied.class);
      default -> new Request.Unreadable(letter.kind(), "no saga understands this kind of letter");
    };
  }

  private static Request operation(Asked asked, States<?> states, SagaPlan plan, SagaState state) {
    String result = asked.result();
    return new Request.Operate(
        asked.verb(),
        asked.by(),
        asked.reason(),
        result == null ? null : supplied(result, states, plan, state));
  }

  /**
   * Where the state is JSON, the fields given replace those of the state (RFC 7396, merge patch).
   */
  private static Payload supplied(String text, States<?> states, SagaPlan plan, SagaState state) {
    SagaEvent.AttentionNeeded parked = state.attention();
    if (parked == null || parked.step() == null || !states.isJson()) {
      Payload whole = new Payload(text, states.isJson());
      states.decode(whole);
      return whole;
    }
    JsonNode given = JSON.readTree(text);
    JsonNode base = JSON.readTree(state.dataIn(plan.branchOf(parked.step())).text());
    JsonNode merged =
        given instanceof ObjectNode patch && base instanceof ObjectNode object
            ? patched(object, patch)
            : given;
    Payload whole = new Payload(merged.toString(), true);
    states.decode(whole);
    return whole;
  }

  private static ObjectNode patched(ObjectNode base, ObjectNode patch) {
    patch
        .properties()
        .forEach(field -> {
          if (field.getValue().isNull()) {
            base.remove(field.getKey());
          } else if (field.getValue() instanceof ObjectNode inner) {
            ObjectNode below =
                base.get(field.getKey()) instanceof ObjectNode object
                    ? object
                    : JSON.createObjectNode();
            base.set(field.getKey(), patched(below, inner));
          } else {
            base.set(field.getKey(), field.getValue());
          }
        });
    return base;
  }
}
