package dev.concordat.examples;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.examples.outside.OutsideSystem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Something is held for a moment: by services that take part in try, confirm and cancel, or here,
 * while a system outside is asked.
 */
public non-sealed interface HoldScenario extends Scenario {

  /** The name of the database that Concordat lives in. */
  String HOME = "concordat";

  /** The services that take part, by name; each runs in a process of its own. */
  List<String> services();

  /** The outside system that is asked, if one is. */
  Optional<OutsideSystem> outside();

  /** The SQL that makes the scenario's own tables in Concordat's database. */
  String tables();

  /** The moments at which a worker can be killed. */
  List<String> moments();

  /** Those of the moments that only come when something is given back. */
  List<String> backward();

  /** Of the laws those that hold at every moment, also while instances are under way. */
  List<Law> always();

  /** The scenario's work, over what is around it. */
  Work work(Around around);

  /** An instance's id. */
  default String id(long number) {
    return name() + "-" + number;
  }

  /**
   * What the work finds around it.
   *
   * @param addresses where each service, or the outside system, listens
   * @param refused the step that is to be refused, or an empty text
   * @param standing hears of every moment, and may stand still there
   */
  record Around(Map<String, String> addresses, String refused, Standing standing) {

    /** Copies the addresses. */
    public Around {
      addresses = Map.copyOf(addresses);
    }

    /** Where that service listens. */
    public String address(String name) {
      return addresses.getOrDefault(name, "http://127.0.0.1:1");
    }
  }

  /** Hears of moments: something took effect, and nothing of it is recorded yet. */
  @FunctionalInterface
  interface Standing {

    /** It is now that moment in that instance. */
    void at(String moment, String instance);
  }

  /** What instances do. */
  interface Work {

    /** Declares it. */
    ConcordatBuilder declare(ConcordatBuilder builder);

    /** Starts an instance, or finds it, and waits until it has ended or waits for a person. */
    void run(Concordat concordat, String id, long number, boolean unlucky, Duration patience);

    /** What the outside system calls back; only of those that have one. */
    default void calledBack(Concordat concordat, String signature, byte[] body) {
      throw new IllegalStateException("nobody calls back here");
    }
  }

  /** An instance as its journal tells it. */
  Told told(Concordat concordat, String id);
}
