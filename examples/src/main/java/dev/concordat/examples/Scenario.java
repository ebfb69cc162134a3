package dev.concordat.examples;

import dev.concordat.saga.Saga;
import java.util.List;

/**
 * A business case that runs for real: services with databases of their own, a saga over them, and
 * the laws that must hold whatever fails on the way.
 *
 * @param <S> the saga's state
 */
public interface Scenario<S> {

  /** What it is called on the command line. */
  String name();

  /** The pattern it shows. */
  String pattern();

  /** What happens, in one sentence. */
  String sentence();

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

  /** What must hold when every instance has ended. */
  List<Law> laws();

  /** The names of the saga's steps, in order. */
  default List<String> steps() {
    return saga(Surroundings.NOWHERE).steps();
  }
}
