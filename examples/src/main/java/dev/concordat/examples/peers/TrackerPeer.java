package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.choreography.Flow;
import dev.concordat.choreography.FlowHeaders;
import dev.concordat.choreography.Tracker;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.examples.db.Sql;
import dev.concordat.messaging.Consumer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Looks on flows, and keeps a record of what it and others hear of their ends.
 *
 * @param flow what is expected
 * @param witnessed the topics of which a record is kept
 */
public record TrackerPeer(Function<Line, Flow> flow, List<String> witnessed) implements Peer {

  /** Its name, and that of its database. */
  public static final String NAME = "tracker";

  /** The topic on which services report. */
  public static final String REPORTS = "flows";

  private static final String WITNESS = "witness";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String tables() {
    return """
    CREATE TABLE witnessed (
      no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      flow text   NOT NULL,
      type text   NOT NULL
    );
    """;
  }

  @Override
  public Map<String, List<String>> ears() {
    return witnessed.isEmpty()
        ? Map.of(NAME, List.of(REPORTS))
        : Map.of(NAME, List.of(REPORTS), WITNESS, witnessed);
  }

  @Override
  public Running start(Line line) {
    ConcordatBuilder builder =
        line.concordat().tracker(Tracker.of(line.source(NAME), flow.apply(line)));
    if (!witnessed.isEmpty()) {
      builder.consumer(
          Consumer.named(WITNESS, line.source(WITNESS)).otherwise(TrackerPeer::witness));
    }
    Concordat concordat = builder.start();
    return concordat::close;
  }

  private static void witness(Connection tx, ReceivedMessage message) throws SQLException {
    String flow = message.headers().getOrDefault(FlowHeaders.FLOW, "");
    Sql.update(tx, "INSERT INTO witnessed (flow, type) VALUES (?, ?)", flow, message.type());
  }
}
