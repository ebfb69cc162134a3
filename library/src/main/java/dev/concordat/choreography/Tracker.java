package dev.concordat.choreography;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Source;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What looks on flows.
 *
 * @param source which delivers what services report, see {@link Service#reportsTo}
 * @param flows what is expected; others are looked at without expectations
 */
public record Tracker(Source source, List<Flow> flows) {

  /**
   * A tracker of these flows.
   *
   * @throws RefusedException if two have one name
   */
  public static Tracker of(Source source, Flow... flows) {
    return new Tracker(source, List.of(flows));
  }

  /** Copies the flows. */
  public Tracker {
    flows = List.copyOf(flows);
    Set<String> names = new HashSet<>();
    for (Flow flow : flows) {
      if (!names.add(flow.name())) {
        throw new RefusedException("two flows are named '" + flow.name() + "'");
      }
    }
  }
}
