package dev.concordat.examples.broker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which topics there are at a broker, and who hears them.
 *
 * @param token stands before every name at the broker, so that one broker serves several runs
 * @param ears the topics that each ear hears: a consumer group, a queue or a durable consumer
 */
public record Topology(String token, Map<String, List<String>> ears) {

  /** Copies the map. */
  public Topology {
    ears = new LinkedHashMap<>(ears);
  }

  Set<String> topics() {
    Set<String> all = new TreeSet<>();
    ears.values().forEach(all::addAll);
    return all;
  }

  List<String> topics(String ear) {
    List<String> topics = ears.get(ear);
    if (topics == null) {
      throw new IllegalArgumentException("there is no ear '" + ear + "'; there are " + ears);
    }
    return topics;
  }

  String prefixed(String name) {
    return token + "-" + name;
  }
}
