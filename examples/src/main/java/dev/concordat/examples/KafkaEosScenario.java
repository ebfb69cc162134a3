package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.Peer;
import dev.concordat.examples.peers.PipelinePeers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * From one topic of Kafka to another, in transactions of Kafka's. The pipeline is killed at random
 * again and again, and the output still has each input once for those who read what is committed.
 */
public final class KafkaEosScenario implements PeerScenario {

  @Override
  public String name() {
    return "kafka-eos";
  }

  @Override
  public String pattern() {
    return "Kafka transactions";
  }

  @Override
  public String sentence() {
    return "A pipeline from Kafka to Kafka is killed at random: each input is in the output once.";
  }

  @Override
  public List<String> steps() {
    return List.of("write input", "double", "read output");
  }

  @Override
  public List<BrokerKind> brokers() {
    return List.of(BrokerKind.KAFKA);
  }

  @Override
  public List<Peer> peers() {
    return PipelinePeers.all();
  }

  @Override
  public String beginner() {
    return "writer";
  }

  @Override
  public Optional<String> restless() {
    return Optional.of("pipeline");
  }

  @Override
  public Map<Status, Long> outcomes(Evidence evidence, long first, long last) {
    String ours = " WHERE " + PeerScenario.numbered("id", first, last);
    Map<String, Long> written = counts(evidence, "writer", "status", "input" + ours);
    Map<String, Long> read = counts(evidence, "reader", "topic", "output" + ours);
    long done = read.getOrDefault("output", 0L);
    long rejected = read.getOrDefault("rejected", 0L);
    Map<Status, Long> outcomes = new HashMap<>();
    outcomes.put(Status.COMPLETED, done);
    outcomes.put(Status.COMPENSATED, rejected + written.getOrDefault("REFUSED", 0L));
    outcomes.put(
        Status.RUNNING, Math.max(0, written.getOrDefault("WRITTEN", 0L) - done - rejected));
    outcomes.values().removeIf(number -> number == 0);
    return outcomes;
  }

  private static Map<String, Long> counts(
      Evidence evidence, String database, String column, String from) {
    Map<String, Long> counts = new HashMap<>();
    String sql = "SELECT %s, count(DISTINCT id) FROM %s GROUP BY 1".formatted(column, from);
    for (String row : evidence.rows(database, sql)) {
      counts.put(row.split(" ")[0], Long.valueOf(row.split(" ")[1]));
    }
    return counts;
  }

  @Override
  public Optional<Told> told(Evidence evidence, String id) {
    List<Told.Moment> moments = new ArrayList<>();
    Status status = Status.RUNNING;
    for (String row : moments(evidence, "writer", "input", "status", id)) {
      boolean refused = row.startsWith("REFUSED");
      status = refused ? Status.COMPENSATED : status;
      Told.Mark mark = refused ? Told.Mark.BAD : Told.Mark.DONE;
      String text = refused ? "refused" : "written to the input";
      moments.add(new Told.Moment("Written", "write input", time(row), text, mark));
    }
    for (String row : moments(evidence, "reader", "output", "topic", id)) {
      boolean rejected = row.startsWith("rejected");
      status = rejected ? Status.COMPENSATED : Status.COMPLETED;
      Told.Mark mark = rejected ? Told.Mark.BAD : Told.Mark.DONE;
      String text = rejected ? "set aside, as it cannot be doubled" : "doubled, and read";
      moments.add(new Told.Moment("Read", "read output", time(row), text, mark));
    }
    return moments.isEmpty() ? Optional.empty() : Optional.of(new Told(id, status, moments));
  }

  private static List<String> moments(
      Evidence evidence, String database, String table, String column, String id) {
    return evidence.rows(
        database,
        "SELECT %s, %s FROM %s WHERE id = '%s'"
            .formatted(column, WithdrawalOutboxScenario.TIME, table, id));
  }

  private static Instant time(String row) {
    return Instant.parse(row.substring(row.indexOf(' ') + 1));
  }

  /** The pipeline is killed in between, so how long it took says nothing. */
  @Override
  public List<Double> millis(Evidence evidence, long first, long last) {
    return List.of();
  }

  @Override
  public List<Law> laws() {
    return List.of(
        Law.same(
            "the output has each input doubled, or it was set aside",
            new Law.Query("writer", "SELECT id, amount FROM input WHERE status = 'WRITTEN'"),
            new Law.Query(
                "reader",
                "SELECT id, CASE topic WHEN 'output' THEN amount / 2 ELSE amount END FROM output")),
        Law.none(
            "the output has no input twice, for those who read what is committed",
            "reader",
            "SELECT id, count(*), 'times' FROM output GROUP BY id HAVING count(*) > 1"));
  }
}
