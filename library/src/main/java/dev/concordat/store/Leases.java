package dev.concordat.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The leases of workers: a worker holds its instances as long as its lease runs, by the database's
 * clock. Not what makes stale workers harmless (fencing tokens are), only what says when to take
 * over.
 */
public interface Leases {

  /**
   * Enters a worker.
   *
   * <p><b>Durable when it returns.</b>
   *
   * @param length how long the lease runs unless renewed
   * @param definitions the {@code name@version}s it can run; shown to operators
   * @return the worker's number, never given before, and the database's time
   */
  Lease acquire(Duration length, List<String> definitions);

  /**
   * Lets the lease run {@code length} from now.
   *
   * @return the database's time, or empty if others have taken over: then stop everything
   */
  Optional<Instant> renew(long worker, Duration length);

  /**
   * Ends a lease for good, so that others take over at once what the worker still holds. A renewal
   * that comes later is told that others have taken over.
   */
  void release(long worker);

  /** The workers that are entered now, also those whose lease has ended. */
  List<Worker> workers();

  /** The database's time. */
  Instant now();

  /**
   * A lease just acquired.
   *
   * @param worker the worker's number
   * @param now the database's time
   */
  record Lease(long worker, Instant now) {}

  /**
   * A worker as others see it.
   *
   * @param no its number
   * @param alive whether its lease runs
   * @param until when its lease ends
   * @param definitions the {@code name@version}s it can run
   */
  record Worker(long no, boolean alive, Instant until, List<String> definitions) {

    /** Copies the definitions. */
    public Worker {
      definitions = List.copyOf(definitions);
    }
  }
}
