package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real brokers are written to, killed and restarted, and keep what they confirmed. */
class LocalRabbitTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toMillis(60);

  private static LocalRabbit one;
  private static LocalRabbit other;

  @BeforeAll
  static void start() {
    var second = CompletableFuture.supplyAsync(LocalRabbit::start);
    one = LocalRabbit.start();
    other = second.join();
  }

  @AfterAll
  static void close() {
    one.close();
    other.close();
    assertThat(one.dataFolder()).doesNotExist();
    assertThatThrownBy(one::restart).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "quorum"})
  void deliversWhatItConfirmed(String type) throws Exception {
    String queue = createQueue(other, type);

    write(other, queue, "message");

    assertThat(read(other, queue)).containsExactly("message");
  }

  @Test
  void keepsWhatItConfirmedWhenKilledAndRestartsInThePlaceOfTheLast() throws Exception {
    String queue = createQueue(one, "classic");
    // RabbitMQ 3.10 may forget a queue that was declared in the seconds before a kill; not in
    // order.
    one.restart();
    write(one, queue, "before");
    long pid = one.pid();
    String address = one.uri();

    one.kill();
    assertThat(one.isRunning()).isFalse();
    one.restart();

    assertThat(one.uri()).isEqualTo(address);
    assertThat(one.pid()).isNotEqualTo(pid);
    write(one, queue, "after");
    assertThat(read(one, queue)).containsExactly("before", "after");
  }

  @Test
  void brokersDoNotDisturbEachOther() throws Exception {
    String queue = createQueue(other, "classic");

    try (Connection connection = connect(one)) {
      Channel channel = connection.createChannel();
      assertThatThrownBy(() -> channel.queueDeclarePassive(queue))
          .rootCause()
          .hasMessageContaining("no queue '" + queue + "'");
    }
  }

  @Test
  void whatIsMissingIsSaidInOneLine(@TempDir Path empty) {
    assertThatThrownBy(() -> RabbitPrograms.find(new Search(List.of(empty)), empty))
        .isInstanceOf(LocalServerException.class)
        .hasMessage(
            "There is no rabbitmq-server here, and no apt-get to fetch it. Install rabbitmq-server,"
                + " or set CONCORDAT_RABBITMQ_URL to the address of one that runs.");
  }

  private static Connection connect(LocalRabbit rabbit) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(rabbit.uri());
    return factory.newConnection();
  }

  private static String createQueue(LocalRabbit rabbit, String type) throws Exception {
    String queue = type + "-" + UUID.randomUUID();
    try (Connection connection = connect(rabbit);
        Channel channel = connection.createChannel()) {
      channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", type));
    }
    return queue;
  }

  private static void write(LocalRabbit rabbit, String queue, String text) throws Exception {
    try (Connection connection = connect(rabbit);
        Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, body);
      channel.waitForConfirmsOrDie(PATIENCE);
    }
  }

  /** Everything that is ready in a queue. */
  private static List<String> read(LocalRabbit rabbit, String queue) throws Exception {
    List<String> texts = new ArrayList<>();
    try (Connection connection = connect(rabbit);
        Channel channel = connection.createChannel()) {
      for (GetResponse next = channel.basicGet(queue, true);
          next != null;
          next = channel.basicGet(queue, true)) {
        texts.add(new String(next.getBody(), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }
}
