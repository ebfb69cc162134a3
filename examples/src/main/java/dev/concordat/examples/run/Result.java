package dev.concordat.examples.run;

import dev.concordat.core.Status;
import dev.concordat.examples.Law;
import dev.concordat.examples.Told;
import dev.concordat.saga.Story;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a run of a scenario ended.
 *
 * @param scenario the scenario's name
 * @param pattern its pattern
 * @param runs how many instances
 * @param outcomes how many of them stand where
 * @param laws how each law fared
 * @param instances the instances of sagas, for small runs
 * @param told those of services that talk over a broker, for small runs
 * @param tally how long it took; empty if a worker was killed in between
 * @param killed whether a worker was killed
 */
public record Result(
    String scenario,
    String pattern,
    int runs,
    Map<Status, Long> outcomes,
    List<Law.Finding> laws,
    List<Story> instances,
    List<Told> told,
    Optional<Tally> tally,
    boolean killed) {

  private static final JsonMapper JSON = JsonMapper.shared();

  /** Copies the collections. */
  public Result {
    outcomes = Map.copyOf(outcomes);
    laws = List.copyOf(laws);
    instances = List.copyOf(instances);
    told = List.copyOf(told);
  }

  /** Whether every instance ended and every law holds. */
  public boolean isGood() {
    long ended =
        outcomes.entrySet().stream()
            .filter(outcome -> outcome.getKey().isFinal())
            .mapToLong(Map.Entry::getValue)
            .sum();
    return ended == runs && laws.stream().allMatch(Law.Finding::holds);
  }

  /** How many instances stand there. */
  public long count(Status status) {
    return outcomes.getOrDefault(status, 0L);
  }

  /** The result as one JSON document. */
  public String toJson() {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(toMap());
  }

  /** The result as the parts of a JSON document. */
  public Map<String, Object> toMap() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("scenario", scenario);
    json.put("pattern", pattern);
    json.put("runs", runs);
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Status status : Status.values()) {
      if (count(status) > 0) {
        counts.put(status.name(), count(status));
      }
    }
    json.put("outcomes", counts);
    json.put("laws", laws.stream().map(Result::law).toList());
    json.put("worker_killed", killed);
    tally.ifPresent(t -> {
      json.put("seconds", rounded(t.seconds()));
      json.put("per_second", rounded(t.perSecond()));
      json.put("p50_ms", rounded(t.p50Millis()));
      json.put("p99_ms", rounded(t.p99Millis()));
    });
    if (!instances.isEmpty()) {
      json.put("instances", instances.stream().map(Result::instance).toList());
    }
    if (!told.isEmpty()) {
      json.put("instances", told.stream().map(Result::instance).toList());
    }
    return json;
  }

  private static double rounded(double number) {
    return Math.round(number * 100) / 100.0;
  }

  private static Map<String, Object> law(Law.Finding finding) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", finding.name());
    json.put("holds", finding.holds());
    if (!finding.holds()) {
      json.put("violations", finding.violations());
    }
    return json;
  }

  private static Map<String, Object> instance(Story story) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", story.row().id());
    json.put("status", story.row().status().name());
    json.put("events", story.moments().stream().map(Result::event).toList());
    return json;
  }

  private static Map<String, Object> instance(Told told) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", told.id());
    json.put("status", told.status().name());
    json.put("events", told.moments().stream().map(Result::event).toList());
    return json;
  }

  private static Map<String, Object> event(Told.Moment moment) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", moment.type());
    json.put("step", moment.step());
    json.put("at", moment.at().toString());
    json.put("text", moment.text());
    return json;
  }

  private static Map<String, Object> event(Story.Moment moment) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", moment.type());
    json.put("step", moment.step());
    json.put("at", moment.at().toString());
    json.put("text", moment.text());
    return json;
  }
}
