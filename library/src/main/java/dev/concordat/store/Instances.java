package dev.concordat.store;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows by which instances are found and claimed. */
public interface Instances {

  /**
   * Sets numbers aside for new instances. Numbers are never given twice; gaps are harmless.
   *
   * @return the first of {@link #NUMBERS} consecutive numbers
   */
  long reserveNumbers();

  /** How many numbers {@link #reserveNumbers} gives at once. */
  int NUMBERS = 1000;

  /** The instance of that id, as committed now. */
  Optional<InstanceRow> find(String id);

  /** The instance of that id, as a transaction of the caller's sees it. */
  Optional<InstanceRow> findWithin(Connection connection, String id);

  /** The instance of that number, as committed now. */
  Optional<InstanceRow> find(long no);

  /** Instances newest first, as committed now. */
  List<InstanceRow> search(Query query);

  /** How many instances are not final, by {@code name@version} of their definition. */
  Map<String, Long> unfinished();

  /**
   * Takes hold of instances that nobody holds and that are due, longest due first. Each gets the
   * next fencing token. Rows that another worker is claiming at this moment are skipped.
   *
   * <p><b>Durable when it returns.</b> If it throws {@link
   * dev.concordat.core.OutcomeUnknownException}, rows may be held in this worker's name without its
   * knowing; they come back to light when its lease ends.
   *
   * @param worker who claims
   * @param definitions the {@code name@version}s the worker can run
   * @param limit the most to take
   */
  List<InstanceRow> claimDue(long worker, List<String> definitions, int limit);

  /** The instances that {@code worker} holds, as committed now. */
  List<InstanceRow> heldBy(long worker);

  /**
   * Takes over instances of other workers whose lease has ended. Each gets the next fencing token
   * and an entry with {@code events} in its journal, so that whatever its last owner still writes
   * is refused. Workers that hold nothing any more are forgotten. A worker whose own lease has
   * ended takes over nothing: two of them would take from each other without end, and no instance
   * would get on.
   *
   * <p>Durability and errors as for {@link #claimDue}.
   *
   * @param events the entry that marks the takeover
   */
  List<InstanceRow> claimAbandoned(long worker, List<String> definitions, int limit, String events);
}
