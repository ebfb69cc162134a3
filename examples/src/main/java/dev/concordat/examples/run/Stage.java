package dev.concordat.examples.run;

import java.util.Map;
import javax.sql.DataSource;

/**
 * A scenario with everything it needs around it. It can be run several times; the laws are about
 * all of it. Close it, and nothing of it is left but the databases.
 */
public sealed interface Stage extends AutoCloseable
    permits SagaStage, PeerStage, AtomicStage, ThreePhaseStage, HoldStage {

  /**
   * Runs some instances, and looks whether the laws hold.
   *
   * @throws IllegalArgumentException if the scenario does not have what the options name
   */
  Result run(Options options, Watcher watcher);

  /** The databases by name, for those who look at what the services have. */
  Map<String, DataSource> databases();

  @Override
  void close();
}
