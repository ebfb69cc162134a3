package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.Peer;
import dev.concordat.saga.Story;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Services that talk by messages over a broker, each with a database and a Concordat of its own.
 */
public non-sealed interface PeerScenario extends Scenario {

  /** The brokers it runs on; the first unless said. */
  List<BrokerKind> brokers();

  /** The services. */
  List<Peer> peers();

  /** The name of the service that begins instances. */
  String beginner();

  /**
   * The type of the event on which a step is done, by the step's name: of those steps that can be
   * made to stall.
   */
  default Map<String, String> causes() {
    return Map.of();
  }

  /** The journals that the laws are asked of; none if the scenario has no sagas. */
  default List<Story> stories(Evidence evidence) {
    return List.of();
  }

  /** How many of the instances with these numbers stand where; those unknown are left out. */
  Map<Status, Long> outcomes(Evidence evidence, long first, long last);

  /** The instance of that id as its journals tell it, or empty if they do not know it yet. */
  Optional<Told> told(Evidence evidence, String id);

  /**
   * What a tracker says is missing of an instance, or empty if there is none that could say it.
   *
   * @param moment where a service stands still
   */
  default Optional<List<String>> missing(Evidence evidence, String id, String moment) {
    return Optional.empty();
  }

  /** The service that is killed at random moments besides, if one is. */
  default Optional<String> restless() {
    return Optional.empty();
  }

  /** How long each ended instance with these numbers took, in milliseconds. */
  List<Double> millis(Evidence evidence, long first, long last);

  /** An instance's id. */
  default String id(long number) {
    return name() + "-" + number;
  }

  /** The SQL condition for the ids in that column that have these numbers. */
  static String numbered(String column, long first, long last) {
    return "substring(%s from '[0-9]+$')::bigint BETWEEN %d AND %d".formatted(column, first, last);
  }
}
