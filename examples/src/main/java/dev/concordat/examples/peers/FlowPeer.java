package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.choreography.Choreography;
import dev.concordat.choreography.Service;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A service that plays a part in flows of events.
 *
 * @param hears the topics it hears
 * @param service its part
 * @param begins how it begins a flow, for the one that does
 */
public record FlowPeer(
    String name, String tables, List<String> hears, Function<Line, Service> service, Begins begins)
    implements Peer {

  /** How a service begins a flow. */
  @FunctionalInterface
  public interface Begins {

    /** For services that begin none. */
    Begins NOTHING =
        (tx, flows, service, line, id, number, unlucky) -> {
          throw new UnsupportedOperationException("this service begins nothing");
        };

    /** Begins one in that transaction, unless it was begun before. */
    void begin(
        Connection tx,
        Choreography flows,
        Service service,
        Line line,
        String id,
        long number,
        boolean unlucky)
        throws Exception;
  }

  /** A service that begins no flows. */
  public FlowPeer(String name, String tables, List<String> hears, Function<Line, Service> service) {
    this(name, tables, hears, service, Begins.NOTHING);
  }

  @Override
  public Map<String, List<String>> ears() {
    return Map.of(name, hears);
  }

  @Override
  public Running start(Line line) {
    Service part = service.apply(line);
    Concordat concordat = line.concordat().service(part, line.source(name)).start();
    return new Running() {
      @Override
      public void begin(String id, long number, boolean unlucky) {
        line.transact(
            tx -> begins.begin(tx, concordat.choreography(), part, line, id, number, unlucky));
        concordat.wake();
      }

      @Override
      public void close() {
        concordat.close();
      }
    };
  }
}
