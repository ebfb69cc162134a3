package dev.concordat.examples.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.concordat.Concordat;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.examples.db.Sql;
import dev.concordat.kafka.KafkaPipeline;
import dev.concordat.messaging.Consumer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Who writes the input of a pipeline, the pipeline, and who reads its output. */
public final class PipelinePeers {

  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final String REJECTED = "rejected";

  private PipelinePeers() {}

  /** All three. */
  public static List<Peer> all() {
    return List.of(new Writer(), new Pipeline(), new Reader());
  }

  /** Writes amounts; one that is negative cannot be transformed. */
  private record Writer() implements Peer {
    @Override
    public String name() {
      return "writer";
    }

    @Override
    public String tables() {
      return """
      CREATE TABLE input (
        id     text        PRIMARY KEY,
        amount bigint      NOT NULL,
        status text        NOT NULL,
        at     timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      """;
    }

    @Override
    public Map<String, List<String>> ears() {
      return Map.of();
    }

    @Override
    public Running start(Line line) {
      Concordat concordat = line.concordat().start();
      return new Running() {
        @Override
        public void begin(String id, long number, boolean unlucky) {
          line.transact(tx -> write(tx, concordat, line, id, unlucky ? -number : number));
          concordat.wake();
        }

        @Override
        public void close() {
          concordat.close();
        }
      };
    }

    private static void write(Connection tx, Concordat concordat, Line line, String id, long amount)
        throws SQLException {
      boolean refused = line.refuses("write input");
      String insert = "INSERT INTO input VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
      boolean isNew = Sql.update(tx, insert, id, amount, refused ? "REFUSED" : "WRITTEN") == 1;
      if (isNew && !refused) {
        concordat
            .outbox()
            .publish(
                tx,
                line.message(INPUT, "AmountWritten", "write input")
                    .key(id)
                    .text(String.valueOf(amount)));
      }
    }
  }

  /** Doubles amounts, from Kafka to Kafka. */
  private record Pipeline() implements Peer {
    @Override
    public String name() {
      return "pipeline";
    }

    @Override
    public String tables() {
      return "";
    }

    @Override
    public Map<String, List<String>> ears() {
      return Map.of("pipeline", List.of(INPUT));
    }

    @Override
    public Running start(Line line) {
      KafkaPipeline pipeline =
          KafkaPipeline.named(line.topic("pipeline"))
              .with(line.clientProperties("pipeline"))
              .from(line.topic(INPUT))
              .to(line.topic(OUTPUT))
              .deadLetters(line.topic(REJECTED))
              .allowing("replication.factor", "min.insync.replicas")
              .transform(read -> doubled(line, read))
              .start();
      return pipeline::close;
    }

    private static List<ProducerRecord<byte[], byte[]>> doubled(
        Line line, ConsumerRecord<byte[], byte[]> read) {
      String id = new String(read.key(), UTF_8);
      long amount = Long.parseLong(new String(read.value(), UTF_8));
      line.standing("double", id);
      if (amount < 0 || line.refuses("double")) {
        throw new RefusedException("a negative amount: " + amount);
      }
      byte[] doubled = String.valueOf(2 * amount).getBytes(UTF_8);
      return List.of(new ProducerRecord<>(line.topic(OUTPUT), read.key(), doubled));
    }
  }

  /** Keeps each record of the output, known by its place alone: what is there twice is seen. */
  private record Reader() implements Peer {
    @Override
    public String name() {
      return "reader";
    }

    @Override
    public String tables() {
      return """
      CREATE TABLE output (
        no     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id     text        NOT NULL,
        amount bigint      NOT NULL,
        topic  text        NOT NULL,
        at     timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      """;
    }

    @Override
    public Map<String, List<String>> ears() {
      return Map.of("reader", List.of(OUTPUT, REJECTED));
    }

    @Override
    public Running start(Line line) {
      Consumer reader =
          Consumer.named("reader", line.source("reader"))
              .otherwise((tx, message) -> keep(tx, line, message))
              .offsetsInDatabase();
      Concordat concordat =
          line.concordat().consumer(reader).listener(line.committed("read output")).start();
      return concordat::close;
    }

    private static void keep(Connection tx, Line line, ReceivedMessage message)
        throws SQLException {
      line.requireAccepted("read output");
      boolean rejected = message.topic().equals(line.topic(REJECTED));
      String insert = "INSERT INTO output (id, amount, topic) VALUES (?, ?, ?)";
      long amount = Long.parseLong(new String(message.payload().toArray(), UTF_8));
      String key = message.key() == null ? "" : message.key();
      Sql.update(tx, insert, key, amount, rejected ? REJECTED : OUTPUT);
    }
  }
}
