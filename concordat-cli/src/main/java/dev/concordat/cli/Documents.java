package dev.concordat.cli;

import dev.concordat.atomic.AtomicStory;
import dev.concordat.atomic.TwoPhaseStory;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
import dev.concordat.tcc.TccStory;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The JSON documents that {@code --json} prints; their shapes are in {@code docs/cli.md}. */
final class Documents {

  private Documents() {}

  static ObjectNode empty() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode list(List<AtomicStory> open, List<InstanceRow> rows, boolean hasMore) {
    ObjectNode document = empty();
    ArrayNode all = document.putArray("instances");
    open.forEach(story -> all.add(instance(story)));
    rows.forEach(row -> all.add(instance(row)));
    if (hasMore) {
      document.put("before", rows.get(rows.size() - 1).no());
    }
    return document;
  }

  /** One that has no row, and so no number, token or attributes. */
  private static ObjectNode instance(AtomicStory story) {
    return empty()
        .put("id", story.id())
        .put("saga", story.name())
        .put("status", story.status().name())
        .put("created_at", story.since().toString());
  }

  static ObjectNode story(AtomicStory story) {
    ObjectNode document = instance(story);
    ArrayNode events = document.putArray("events");
    for (AtomicStory.Moment moment : story.moments()) {
      events
          .addObject()
          .put("at", moment.at().toString())
          .put("type", moment.type())
          .put("step", moment.branch())
          .put("text", moment.text());
    }
    return document;
  }

  static ObjectNode instance(InstanceRow row) {
    ObjectNode one = empty();
    one.put("id", row.id());
    one.put("no", row.no());
    one.put("saga", row.definition());
    one.put("version", row.version());
    one.put("status", row.status().name());
    one.put("paused", row.paused());
    ObjectNode attributes = one.putObject("attributes");
    new TreeMap<>(row.attributes()).forEach(attributes::put);
    one.put("created_at", row.createdAt().toString());
    one.put("updated_at", row.updatedAt().toString());
    row.due().ifPresent(due -> one.put("due", due.toString()));
    row.owner().ifPresent(owner -> one.put("worker", owner));
    row.parent().ifPresent(parent -> one.put("parent", parent));
    one.put("token", row.token());
    return one;
  }

  static ObjectNode story(Story story) {
    ObjectNode document = instance(story.row());
    document.put("why", story.why());
    document.put("next", story.next());
    document.set("state", state(story.state()));
    ArrayNode events = document.putArray("events");
    for (Story.Moment moment : story.moments()) {
      ObjectNode event = events.addObject();
      event.put("position", moment.position());
      event.put("at", moment.at().toString());
      event.put("token", moment.token());
      event.put("type", moment.type());
      if (!moment.step().isEmpty()) {
        event.put("step", moment.step());
      }
      event.put("text", moment.text());
    }
    return document;
  }

  static ObjectNode story(TwoPhaseStory story) {
    ObjectNode document = instance(story.row());
    ArrayNode events = document.putArray("events");
    for (TwoPhaseStory.Moment moment : story.moments()) {
      events
          .addObject()
          .put("at", moment.at().toString())
          .put("type", moment.type())
          .put("step", moment.branch())
          .put("text", moment.text());
    }
    return document;
  }

  static ObjectNode story(TccStory story) {
    ObjectNode document = instance(story.row());
    document.put("stands", story.status().name());
    document.put("why", story.why());
    document.put("next", story.next());
    document.set("state", state(story.state()));
    ArrayNode events = document.putArray("events");
    for (TccStory.Moment moment : story.moments()) {
      ObjectNode event = events.addObject();
      event.put("position", moment.position());
      event.put("at", moment.at().toString());
      event.put("token", moment.token());
      event.put("type", moment.type());
      if (!moment.branch().isEmpty()) {
        event.put("step", moment.branch());
      }
      event.put("text", moment.text());
    }
    return document;
  }

  /** A state that is no JSON, because its codec seals it, is told as a text. */
  static JsonNode state(String state) {
    if (state.isEmpty()) {
      return JsonNodeFactory.instance.nullNode();
    }
    try {
      return JsonMapper.shared().readTree(state);
    } catch (JacksonException sealed) {
      return JsonNodeFactory.instance.stringNode(state);
    }
  }
}
