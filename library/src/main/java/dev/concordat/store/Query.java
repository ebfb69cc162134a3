package dev.concordat.store;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which instances to list. Every condition that is given must hold.
 *
 * @param status of that status
 * @param definition of a definition of that name
 * @param createdBefore accepted before that instant
 * @param attributes having all of these
 * @param before with a smaller number; for the next page
 * @param parent started by the instance of that number
 * @param limit the most to give, 1 to 10,000
 */
public record Query(
    Optional<Status> status,
    Optional<String> definition,
    Optional<Instant> createdBefore,
    Map<String, String> attributes,
    OptionalLong before,
    OptionalLong parent,
    int limit) {

  /** The highest limit. */
  public static final int MAX_LIMIT = 10_000;

  /** Checks the limit. */
  public Query {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("the limit must be 1 to 10,000, not " + limit);
    }
    attributes = Map.copyOf(attributes);
  }

  /** The newest {@code limit} instances. */
  public static Query newest(int limit) {
    return new Query(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        limit);
  }

  /** The same query for one status. */
  public Query withStatus(Status wanted) {
    return new Query(
        Optional.of(wanted), definition, createdBefore, attributes, before, parent, limit);
  }
}
