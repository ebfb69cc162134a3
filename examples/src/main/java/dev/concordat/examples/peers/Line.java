package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.examples.broker.Wire;
import dev.concordat.messaging.ConsumerListener;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.messaging.Source;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.SagaListener;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/** What a service finds around it: its database, the broker, and what it is told to do wrong. */
public final class Line {

  /** A broker that was killed is back soon. */
  private static final RetryPolicy SOON =
      RetryPolicy.exponential(Duration.ofMillis(100)).upTo(Duration.ofSeconds(1));

  private final DataSource database;
  private final Wire wire;
  private final Duration timeout;
  private final Duration lease;
  private final StandStill still = new StandStill(this::told);
  private volatile Instructions told;

  /**
   * A line.
   *
   * @param timeout how long a flow may take
   * @param lease how long what a dead process held waits for another
   */
  public Line(DataSource database, Wire wire, Duration timeout, Duration lease, Instructions told) {
    this.database = database;
    this.wire = wire;
    this.timeout = timeout;
    this.lease = lease;
    this.told = told;
  }

  /** Tells it to do other things wrong from now on. */
  public void tell(Instructions instructions) {
    told = instructions;
  }

  private Instructions told() {
    return told;
  }

  /** The service's own database. */
  public DataSource database() {
    return database;
  }

  /** How long a flow may take. */
  public Duration timeout() {
    return timeout;
  }

  /** A Concordat to be, on the service's database, with a relay to the broker. */
  public ConcordatBuilder concordat() {
    return concordat(sink -> sink);
  }

  /** The same, with something around what sends. */
  public ConcordatBuilder concordat(UnaryOperator<Sink> around) {
    Sink sink = new Stopping(around.apply(wire.sink()), still);
    return Concordat.on(database)
        .lease(lease)
        .relay(Relay.named("broker", sink).lease(lease).retry(SOON));
  }

  /** What that ear of the service hears. */
  public Source source(String ear) {
    return new Deaf(wire.source(ear), this);
  }

  /** What a client of Kafka needs to get in, as a member of that name in its group. */
  public Map<String, Object> clientProperties(String member) {
    return wire.clientProperties(member);
  }

  /** For a step that is done elsewhere than in the database: it was done in that instance. */
  public void standing(String step, String id) {
    still.after(step, id);
  }

  /** A topic's name at the broker. */
  public String topic(String name) {
    return wire.topic(name);
  }

  /**
   * A message that a step publishes.
   *
   * @param step the step, or {@link #compensation} of one
   */
  public Message message(String topic, String type, String step) {
    return Message.of(topic(topic), type).header(StandStill.STEP, step);
  }

  /** What a step's compensation is called. */
  public static String compensation(String step) {
    return StandStill.COMPENSATE + step;
  }

  /** Whether the business is to say no to that step. */
  public boolean refuses(String step) {
    return step.equals(told.refuse());
  }

  /** For a step that cannot be refused by the business: it waits for a person if told to refuse. */
  public void requireAccepted(String step) {
    if (refuses(step)) {
      throw new RefusedException("'" + step + "' was told to refuse");
    }
  }

  /** Hears when a consumer has committed a step that publishes nothing. */
  public ConsumerListener committed(String step) {
    return new ConsumerListener() {
      @Override
      public void handled(String consumer, int count, int known) {
        if (count > 0) {
          still.after(step, "");
        }
      }
    };
  }

  /** Hears when a saga has committed a step of that name, or its compensation, in its database. */
  public SagaListener recorded(String... steps) {
    Set<String> ours = Set.of(steps);
    return new SagaListener() {
      @Override
      public void recorded(Moment of, List<SagaEvent> events) {
        for (SagaEvent event : events) {
          if (event instanceof SagaEvent.StepDone done && ours.contains(done.step())) {
            still.after(done.step(), of.id());
          } else if (event instanceof SagaEvent.CompensationDone done
              && ours.contains(done.step())) {
            still.after(compensation(done.step()), of.id());
          }
        }
      }
    };
  }

  /** Some work on the service's database. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void in(Connection tx) throws Exception;
  }

  /** Does it in one transaction. */
  public void transact(Work work) {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        work.in(connection);
        connection.commit();
      } catch (Exception e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the database does not answer: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends nothing more once it stands still. */
  private record Stopping(Sink sink, StandStill still) implements Sink {
    @Override
    public void send(List<StoredMessage> messages, Receipts receipts) {
      messages.forEach(still::before);
      sink.send(messages, receipts);
    }

    @Override
    public void close() {
      sink.close();
    }
  }

  /** Events of one type never arrive, if it is told so. */
  private record Deaf(Source source, Line line) implements Source {
    @Override
    public boolean hasOffsets() {
      return source.hasOffsets();
    }

    @Override
    public void open(Lanes lanes, boolean keepsOffsets) throws Exception {
      source.open(lanes, keepsOffsets);
    }

    @Override
    public List<Delivery> receive(int most, Duration patience) throws Exception {
      List<Delivery> all = source.receive(most, patience);
      String type = line.told().deafTo();
      if (type.isEmpty()) {
        return all;
      }
      List<Delivery> heard = new ArrayList<>(all);
      List<Delivery> unheard = all.stream().filter(d -> d.message().type().equals(type)).toList();
      heard.removeAll(unheard);
      source.done(unheard);
      return heard;
    }

    @Override
    public void done(List<Delivery> deliveries) throws Exception {
      source.done(deliveries);
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
