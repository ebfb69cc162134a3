package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.choreography.Edge;
import dev.concordat.choreography.TrackedFlow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows a flow. */
@Command(
    name = "show",
    description =
        "Show a flow: what each service did, in the order of causes; what is missing, and since"
            + " when; what is still to be compensated; which of its messages do not get on.",
    footer = {
      "",
      "Example: look for the flow's dead letters in the databases of its services, too",
      "  concordat flows show order-4711 --database payments=jdbc:postgresql://db-2/payments"
    })
final class FlowsShowCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();
  @Mixin private final DatabaseOptions database = new DatabaseOptions();

  @Parameters(paramLabel = "ID", description = "The flow's id.")
  private String id = "";

  @Option(names = "--mermaid", description = "What happened, as a Mermaid flow chart.")
  private boolean mermaid;

  @Option(
      names = "--declared",
      description = "What its kind of flow declares, as a Mermaid flow chart.")
  private boolean declared;

  @Option(
      names = "--database",
      paramLabel = "NAME=URL",
      description = {
        "The database of a service, as payments=jdbc:postgresql://host/name?user=…; may be given",
        "several times. Messages of the flow that do not get on are looked for there, too."
      })
  private final Map<String, String> services = new LinkedHashMap<>();

  @Override
  public Integer call() {
    try (Concordat concordat = database.open(System.getenv())) {
      Optional<TrackedFlow> found = concordat.choreography().find(id);
      if (found.isEmpty() && !mermaid && !declared) {
        return unknown(StuckMessage.of(id, concordat, services, database));
      }
      TrackedFlow flow = found.orElseThrow(() -> Problem.noFlow(id));
      if (declared) {
        screen.data(
            concordat
                .choreography()
                .declared(flow.name())
                .orElseThrow(() -> Problem.undeclared(flow.name())));
      } else if (mermaid) {
        screen.data(flow.toMermaid());
      } else {
        List<StuckMessage> stuck = StuckMessage.of(id, concordat, services, database);
        if (screen.isJson()) {
          screen.data(document(flow, stuck));
        } else {
          screen.data(text(flow, stuck));
        }
      }
    }
    return Exit.DONE;
  }

  /** Its first report may be what does not get on. */
  private int unknown(List<StuckMessage> stuck) {
    if (stuck.isEmpty()) {
      throw Problem.noFlow(id);
    }
    if (screen.isJson()) {
      ObjectNode node = JsonMapper.shared().createObjectNode().put("id", id);
      node.putNull("status");
      ArrayNode stays = node.putArray("stuck");
      stuck.forEach(one -> one.addTo(stays));
      screen.data(node);
    } else {
      StringBuilder text = new StringBuilder();
      text.append(screen.styled("bold", Texts.plain(id)))
          .append("  the tracker has not heard of it; these messages of it do not get on\n\n");
      stuck.forEach(one -> text.append("stuck     ").append(one.text()).append('\n'));
      screen.data(text.toString());
    }
    return Exit.DONE;
  }

  private String text(TrackedFlow flow, List<StuckMessage> stuck) {
    StringBuilder text = new StringBuilder();
    text.append(screen.styled("bold", Texts.plain(flow.id())))
        .append("  ")
        .append(flow.status())
        .append("  ")
        .append(Texts.plain(flow.name()))
        .append("  begun ")
        .append(Times.second(flow.begunAt()))
        .append("\n\n");
    if (flow.timedOutAt() != null) {
      text.append("turned back since ")
          .append(Times.second(flow.timedOutAt()))
          .append(", for want of ")
          .append(Texts.plain(String.join("; ", flow.timedOutFor())))
          .append('\n');
    }
    if (flow.attention() != null) {
      text.append("why       ").append(Texts.plain(flow.attention())).append('\n');
    }
    flow.missing()
        .forEach(missing ->
            text.append("missing   ")
                .append(Texts.plain(String.join(" or ", missing.events())))
                .append(missing.from() == null ? "" : " from " + Texts.plain(missing.from()))
                .append(", after ")
                .append(Texts.plain(missing.after()))
                .append(" of ")
                .append(Times.second(missing.since()))
                .append(missing.due() == null ? "" : ", due " + Times.second(missing.due()))
                .append('\n'));
    stuck.forEach(one -> text.append("stuck     ").append(one.text()).append('\n'));
    flow.owed()
        .forEach(
            step -> text.append("owed      compensate ").append(Texts.plain(step)).append('\n'));
    flow.unexpected()
        .forEach(type -> text.append("unexpected ").append(Texts.plain(type)).append('\n'));
    steps(text, flow.done());
    return text.toString();
  }

  private void steps(StringBuilder text, List<TrackedFlow.Done> done) {
    int services = width(done.stream().map(one -> one.edge().service()).toList());
    int steps = width(done.stream().map(one -> one.edge().step()).toList());
    for (TrackedFlow.Done one : done) {
      Edge edge = one.edge();
      text.append(screen.styled("faint", Times.millisecond(one.at())))
          .append("  ")
          .append(Texts.padded(Texts.plain(edge.service()), services))
          .append("  ")
          .append(Texts.padded(Texts.plain(edge.step()), steps))
          .append("  ")
          .append(Texts.padded(edge.kind().name(), 11))
          .append(edge.consumed() == null ? "" : "on " + Texts.plain(edge.consumed().type()))
          .append(edge.produced().isEmpty() ? "" : " → " + Texts.plain(types(edge)))
          .append('\n');
    }
  }

  private static int width(List<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(0);
  }

  private static String types(Edge edge) {
    return edge.produced().stream().map(Edge.Event::type).collect(Collectors.joining(", "));
  }

  private static ObjectNode document(TrackedFlow flow, List<StuckMessage> stuck) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    node.put("id", flow.id())
        .put("name", flow.name())
        .put("status", flow.status().name())
        .put("begun_at", flow.begunAt().toString())
        .put("timed_out_at", flow.timedOutAt() == null ? null : flow.timedOutAt().toString())
        .put("attention", flow.attention());
    ArrayNode missed = node.putArray("timed_out_for");
    flow.timedOutFor().forEach(missed::add);
    ArrayNode missing = node.putArray("missing");
    flow.missing()
        .forEach(one -> {
          ObjectNode what = missing.addObject();
          ArrayNode events = what.putArray("events");
          one.events().forEach(events::add);
          what.put("from", one.from())
              .put("after", one.after())
              .put("since", one.since().toString())
              .put("due", one.due() == null ? null : one.due().toString());
        });
    ArrayNode stays = node.putArray("stuck");
    stuck.forEach(one -> one.addTo(stays));
    ArrayNode owed = node.putArray("owed");
    flow.owed().forEach(owed::add);
    ArrayNode unexpected = node.putArray("unexpected");
    flow.unexpected().forEach(unexpected::add);
    ArrayNode done = node.putArray("done");
    flow.done().forEach(one -> done.add(document(one)));
    return node;
  }

  private static ObjectNode document(TrackedFlow.Done done) {
    Edge edge = done.edge();
    ObjectNode node = JsonMapper.shared().createObjectNode();
    node.put("service", edge.service())
        .put("step", edge.step())
        .put("kind", edge.kind().name())
        .put("on", edge.consumed() == null ? null : edge.consumed().type())
        .put("at", done.at().toString());
    ArrayNode produced = node.putArray("published");
    edge.produced().forEach(event -> produced.add(event.type()));
    return node;
  }
}
