package dev.concordat.examples;

import dev.concordat.saga.Saga;
import java.util.List;

/**
 * A saga over services that it calls.
 *
 * @param <S> the saga's state
 */
public non-sealed interface SagaScenario<S> extends Scenario {

  /** The services it calls, by name; each runs in a process of its own. */
  List<String> services();

  /** The name of the database that Concordat lives in. */
  default String home() {
    return "concordat";
  }

  /** The SQL that makes the scenario's own tables in that database, for its local steps. */
  default String tables() {
    return "";
  }

  /** The saga, over services at those addresses. */
  Saga<S> saga(Surroundings around);

  /**
   * The input of one instance.
   *
   * @param id of the instance
   * @param number of the instance, from 1
   * @param unlucky whether it is one that the business refuses
   */
  S input(String id, long number, boolean unlucky);

  @Override
  default List<String> steps() {
    return saga(Surroundings.NOWHERE).steps();
  }
}
