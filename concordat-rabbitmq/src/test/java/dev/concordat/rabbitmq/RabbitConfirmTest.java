package dev.concordat.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.SinkContract.Arrived;
import dev.concordat.core.Bytes;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A real RabbitMQ that is stopped in mid-sentence: its connections live, and nothing comes. */
class RabbitConfirmTest {

  private static final Duration CONFIRM = Duration.ofSeconds(2);
  private static final int PATIENCE_S = 60;

  /** What a sink said, in its order. */
  private static final class Said implements Sink.Receipts {
    private final BlockingQueue<String> words = new LinkedBlockingQueue<>();

    @Override
    public void delivered(StoredMessage message) {
      words.add("delivered " + message.position());
    }

    @Override
    public void rejected(StoredMessage message, String reason) {
      words.add("rejected " + message.position() + " " + reason);
    }

    @Override
    public void unavailable(StoredMessage message, String reason) {
      words.add("unavailable " + message.position() + " " + reason);
    }

    String next() throws InterruptedException {
      return words.poll(PATIENCE_S, TimeUnit.SECONDS);
    }
  }

  private static void signal(Broker broker, String name) throws Exception {
    ProcessHandle server = ProcessHandle.of(broker.rabbit.pid()).orElseThrow();
    for (ProcessHandle one : Stream.concat(Stream.of(server), server.descendants()).toList()) {
      new ProcessBuilder("kill", "-" + name, String.valueOf(one.pid())).start().waitFor();
    }
  }

  @Test
  @DisplayName("P8: what is not confirmed in time is sent again, and a late confirm harms nobody")
  void anOverdueConfirm() throws Exception {
    try (Broker broker = new Broker();
        RabbitSink sink = broker.sink().confirmTimeout(CONFIRM).open()) {
      String queue = "q-" + UUID.randomUUID();
      broker.declare(queue, "quorum");
      Said said = new Said();
      sink.send(List.of(message(queue, 1)), said);
      assertThat(said.next()).isEqualTo("delivered 1");
      StoredMessage second = message(queue, 2);

      signal(broker, "STOP");
      try {
        sink.send(List.of(second), said);
        assertThat(said.next()).startsWith("unavailable 2").contains("not confirmed for 2000 ms");
      } finally {
        signal(broker, "CONT");
      }
      sink.send(List.of(second), said);

      assertThat(said.next()).isEqualTo("delivered 2");
      sink.send(List.of(message(queue, 3)), said);
      assertThat(said.next()).isEqualTo("delivered 3");
      assertThat(broker.read(queue)).extracting(Arrived::text).contains("1", "2", "3");
    }
  }

  private static StoredMessage message(String queue, long position) {
    return new StoredMessage(
        position,
        Instant.now(),
        UUID.randomUUID(),
        queue,
        "k",
        "T",
        Map.of(),
        Bytes.utf8(String.valueOf(position)),
        null);
  }

  @Test
  void refusesATimeThatIsNone() {
    RabbitSinkBuilder builder = RabbitSink.at("amqp://localhost");
    assertThatThrownBy(() -> builder.confirmTimeout(Duration.ZERO))
        .isInstanceOf(RefusedException.class);
  }
}
