package dev.concordat.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import dev.concordat.messaging.Finding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at queues and exchanges. AMQP tells nobody what they are like; but who declares one in
 * another way is refused, and told the first difference.
 */
final class Examination {

  private static final String QUEUE = "queue";
  private static final String EXCHANGE = "exchange";
  private static final String DURABLE = "durable";
  private static final String TYPE = "x-queue-type";
  private static final int CLOSE_MS = 5_000;
  private static final Pattern DIFFERENCE = Pattern.compile("inequivalent arg '([^']+)'");
  private static final Pattern CURRENT = Pattern.compile("current is (?:the value )?'([^']+)'");

  private final ConnectionFactory connections;
  private final String exchange;
  private final Map<String, Object> arguments;

  Examination(ConnectionFactory connections, String exchange, Map<String, Object> arguments) {
    this.connections = connections;
    this.exchange = exchange;
    this.arguments = new HashMap<>(arguments);
    this.arguments.put(TYPE, "quorum");
  }

  static boolean isMissingQueue(Finding found) {
    return found.setting().equals(QUEUE);
  }

  List<Finding> of(Set<String> queues) throws Exception {
    Connection connection = connections.newConnection("concordat-check");
    try {
      List<Finding> findings = new ArrayList<>();
      if (!exchange.isEmpty()) {
        ofExchange(connection).ifPresent(findings::add);
      }
      for (String queue : new TreeSet<>(queues)) {
        ofQueue(connection, queue).ifPresent(findings::add);
      }
      return findings;
    } finally {
      connection.abort(CLOSE_MS);
    }
  }

  @FunctionalInterface
  private interface Declaration {
    void on(Channel channel) throws IOException;
  }

  /** What RabbitMQ had against it, if anything; that closes the channel. */
  private static Optional<AMQP.Channel.Close> refusal(
      Connection connection, Declaration declaration) throws IOException {
    Channel channel = connection.createChannel();
    try {
      declaration.on(channel);
      channel.abort();
      return Optional.empty();
    } catch (IOException e) {
      if (e.getCause() instanceof ShutdownSignalException signal
          && signal.getReason() instanceof AMQP.Channel.Close close) {
        return Optional.of(close);
      }
      throw e;
    }
  }

  private Optional<Finding> ofExchange(Connection connection) throws IOException {
    if (refusal(connection, channel -> channel.exchangeDeclarePassive(exchange)).isPresent()) {
      return Optional.of(
          Finding.unsafe(
              EXCHANGE, exchange + ", and there is none", "nothing can be sent: declare it"));
    }
    return refusal(connection, channel -> channel.exchangeDeclare(exchange, "topic", true))
        .map(this::ofExchange);
  }

  private Finding ofExchange(AMQP.Channel.Close refusal) {
    return switch (difference(refusal)) {
      case DURABLE ->
          Finding.unsafe(
              DURABLE,
              "false (exchange " + exchange + ")",
              "it is gone when the broker restarts, and its bindings with it");
      case "type" ->
          Finding.noted(
              "type",
              current(refusal) + " (exchange " + exchange + ")",
              "it may take no notice of the topic");
      default -> unseen(EXCHANGE, exchange, refusal);
    };
  }

  private Optional<Finding> ofQueue(Connection connection, String queue) throws IOException {
    Optional<AMQP.Channel.Close> missing =
        refusal(connection, channel -> channel.queueDeclarePassive(queue));
    if (missing.isPresent() && missing.get().getReplyCode() == AMQP.NOT_FOUND) {
      return Optional.of(
          Finding.unsafe(
              QUEUE,
              queue + ", and there is none",
              "messages to it become dead letters until somebody declares it"));
    }
    if (missing.isPresent()) {
      return missing.map(refusal -> unseen(QUEUE, queue, refusal));
    }
    return refusal(
            connection, channel -> channel.queueDeclare(queue, true, false, false, arguments))
        .map(refusal -> ofQueue(queue, refusal));
  }

  private static Finding ofQueue(String queue, AMQP.Channel.Close refusal) {
    return switch (difference(refusal)) {
      case DURABLE ->
          Finding.unsafe(
              DURABLE,
              "false (queue " + queue + ")",
              "it is gone when the broker restarts, and its messages with it");
      case "auto_delete" ->
          Finding.unsafe(
              "auto_delete",
              "true (queue " + queue + ")",
              "it is deleted with its messages when its last consumer goes");
      case TYPE ->
          Finding.unsafe(
              TYPE,
              current(refusal) + " (queue " + queue + ")",
              "its messages are on one broker only, and lost with its disk; it should be quorum");
      default -> unseen(QUEUE, queue, refusal);
    };
  }

  private static Finding unseen(String what, String name, AMQP.Channel.Close refusal) {
    return Finding.noted(
        "unseen",
        "the kind of " + what + " " + name,
        "it is not checked, because RabbitMQ answers: " + refusal.getReplyText());
  }

  private static String difference(AMQP.Channel.Close refusal) {
    Matcher matcher = DIFFERENCE.matcher(refusal.getReplyText());
    return matcher.find() ? matcher.group(1) : "";
  }

  private static String current(AMQP.Channel.Close refusal) {
    Matcher matcher = CURRENT.matcher(refusal.getReplyText());
    return matcher.find() ? matcher.group(1) : "another";
  }
}
