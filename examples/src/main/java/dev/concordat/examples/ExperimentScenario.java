package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.ExperimentPeers;
import dev.concordat.examples.peers.Peer;
import java.util.List;
import java.util.Map;

/** An experiment is set up by four services, and by none of them if one of them cannot. */
public final class ExperimentScenario extends ChoreographyScenario {

  @Override
  public String name() {
    return "experiment";
  }

  @Override
  public String sentence() {
    return "An experiment is set up by events, or times out and is taken down again.";
  }

  @Override
  public List<String> steps() {
    return List.of("create experiment", "allocate resources", "initialize metrics", "notify user");
  }

  @Override
  public List<BrokerKind> brokers() {
    return List.of(BrokerKind.RABBITMQ);
  }

  @Override
  public List<Peer> peers() {
    return ExperimentPeers.all();
  }

  @Override
  public String beginner() {
    return "experiments";
  }

  @Override
  public Map<String, String> causes() {
    return Map.of(
        "allocate resources", "experiment.created",
        "initialize metrics", "experiment.resources.allocated",
        "notify user", "experiment.metrics.initialized");
  }

  @Override
  Map<String, String> tellings() {
    return Map.of(
        "allocate resources", "experiment.resources.allocated",
        "initialize metrics", "experiment.metrics.initialized",
        "notify user", "experiment.user.notified",
        "compensate create experiment", "experiment.deleted",
        "compensate allocate resources", "experiment.resources.released");
  }

  @Override
  public List<Law> laws() {
    Law.Query existing =
        new Law.Query("experiments", "SELECT id FROM experiment WHERE status = 'CREATED'");
    return List.of(
        Law.same(
            "no allocation without an experiment, and no experiment without one",
            existing,
            new Law.Query("resources", "SELECT experiment FROM allocation")),
        Law.same(
            "metrics are there if and only if the experiment is",
            existing,
            new Law.Query("metrics", "SELECT experiment FROM metrics")),
        Law.same(
            "a user was told of an experiment if and only if it is there",
            existing,
            new Law.Query("users", "SELECT experiment FROM notification")),
        Law.none(
            "nobody was told twice",
            "users",
            """
            SELECT experiment, count(*), 'times' FROM notification
            GROUP BY experiment HAVING count(*) > 1
            """),
        Law.none(
            "machines are conserved: what is free and what is allocated add up to what there was",
            "resources",
            """
            SELECT 'there were', opening, 'and there are', free + allocated
            FROM pool, (SELECT coalesce(sum(machines), 0) AS allocated FROM allocation) AS sums
            WHERE opening <> free + allocated
            """),
        Law.none(
            "saga.completed or saga.timeout was told of every flow",
            "tracker",
            """
            SELECT id, 'has no end that anybody heard of' FROM concordat.flow
            WHERE NOT EXISTS (
              SELECT 1 FROM witnessed
              WHERE flow = id AND type IN ('saga.completed', 'saga.timeout'))
            """),
        ended(),
        known(
            "the tracker knows each experiment that is there as completed",
            existing.database(),
            existing.sql(),
            Status.COMPLETED),
        known(
            "the tracker knows each deleted experiment as compensated",
            "experiments",
            "SELECT id FROM experiment WHERE status = 'DELETED'",
            Status.COMPENSATED));
  }
}
