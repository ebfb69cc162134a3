package dev.concordat.store;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the tracker knows of flows: entries, of which a flow's state is the fold. */
public interface Flows {

  /** Keeps what a flow declares, for those who look at flows of that name. Durable on return. */
  void declare(String name, String declaration);

  /** What the flow of that name declares, or empty if nobody said. */
  Optional<String> declaration(String name);

  /** The same, read with the caller's connection. */
  Optional<String> declaration(Connection connection, String name);

  /** An entry as it was written, and when by the database's clock. */
  record Written(String text, Instant at) {}

  /**
   * Locks a flow until the transaction ends, entering it if it is new.
   *
   * @param connection the caller's, inside a transaction on the store's database
   * @return its entries, in their order
   */
  List<Written> lock(Connection connection, String id, String name);

  /**
   * Appends entries to a flow that is locked by this transaction.
   *
   * @param status to be searched by
   * @param due when somebody is to look at it again, or null for never
   */
  void append(
      Connection connection, String id, List<String> entries, String status, @Nullable Instant due);

  /**
   * Forgets flows that have ended and were not heard of for that long, so many at most. Returns how
   * many it were.
   */
  int forget(Duration age, int most);

  /**
   * A flow that is due and has one of these names, locked until the transaction ends. Others are
   * left to whoever knows them: without its declaration nobody can tell when it is due again.
   */
  Optional<Summary> takeDue(Connection connection, Set<String> names);

  /**
   * A flow.
   *
   * @param name which flow it is one of
   * @param status as last appended
   * @param entries how many it has
   */
  record Summary(
      String id, String name, String status, int entries, Instant begunAt, Instant updatedAt) {}

  /**
   * The newest flows, as committed now.
   *
   * @param name only those of that name, unless null
   * @param status only those, unless null
   */
  List<Summary> list(@Nullable String name, @Nullable String status, int most);

  /** A flow, or empty if there is none of that id. */
  Optional<Summary> find(String id);

  /** A flow's entries, in their order; empty if there is none of that id. */
  List<Written> entries(String id);
}
