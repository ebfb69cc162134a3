package dev.concordat.store;

import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reactions in memory. Two open transactions of one service and flow are refused, not kept waiting.
 */
final class MemoryReactions implements Reactions {

  private final MemoryTables tables;
  private final Map<Place, Map<String, Marked>> places = new HashMap<>();
  private final Set<Place> open = new HashSet<>();

  private record Place(String service, String flow) {}

  private record Marked(State state, Instant at) {}

  MemoryReactions(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public Map<String, State> begin(Connection connection, String service, String flow) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    Place place = new Place(service, flow);
    return tables.locked(() -> {
      if (!open.add(place)) {
        throw new RefusedException("another transaction of that service and flow is open");
      }
      transaction.onEnd(() -> open.remove(place));
      Map<String, State> found = new HashMap<>();
      places
          .getOrDefault(place, Map.of())
          .forEach((step, marked) -> found.put(step, marked.state()));
      return found;
    });
  }

  @Override
  public void mark(Connection connection, String service, String flow, String step, State state) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() ->
            places
                .computeIfAbsent(new Place(service, flow), place -> new HashMap<>())
                .put(step, new Marked(state, tables.now()))));
  }

  @Override
  public int forget(Duration age, int most) {
    return tables.locked(() -> {
      int forgotten = 0;
      for (Map<String, Marked> steps : places.values()) {
        forgotten +=
            tables.forget(
                steps.values(),
                most - forgotten,
                marked -> marked.at().isBefore(tables.now().minus(age)));
      }
      return forgotten;
    });
  }
}
