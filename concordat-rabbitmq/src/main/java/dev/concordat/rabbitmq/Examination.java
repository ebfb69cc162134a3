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
import java.util.Objects;
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
  private static final String AUTO_DELETE = "auto_delete";
  private static final int MOST_ARGUMENTS = 30;
  private static final int CLOSE_MS = 5_000;
  private static final Pattern DIFFERENCE = Pattern.compile("inequivalent arg '([^']+)'");
  private static final Pattern CURRENT =
      Pattern.compile("current is (?:the value )?'([^']+)'(?: of type '(\\w+)')?");

  private final ConnectionFactory connections;
  private final String exchange;
  private final Map<String, Object> arguments;
  private final boolean reads;

  Examination(ConnectionFactory connections, String exchange, Map<String, Object> arguments) {
    this(connections, exchange, arguments, false);
  }

  private Examination(
      ConnectionFactory connections,
      String exchange,
      Map<String, Object> arguments,
      boolean reads) {
    this.connections = connections;
    this.exchange = exchange;
    this.reads = reads;
    this.arguments = new HashMap<>(arguments);
    this.arguments.put(Arguments.TYPE, Arguments.QUORUM);
  }

  /** Looks at queues that are to be read. */
  static Examination ofReader(ConnectionFactory connections, Map<String, Object> arguments) {
    return new Examination(connections, "", arguments, true);
  }

  static boolean isMissingQueue(Finding found) {
    return found.setting().equals(QUEUE);
  }

  List<Finding> of(Set<String> queues) throws Exception {
    Connection connection = connections.newConnection("concordat-check");
    try {
      List<Finding> findings = new ArrayList<>();
      if (!exchange.isEmpty()) {
        findings.addAll(ofExchange(connection));
      }
      for (String queue : new TreeSet<>(queues)) {
        findings.addAll(ofQueue(connection, queue));
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

  private List<Finding> ofExchange(Connection connection) throws IOException {
    if (refusal(connection, channel -> channel.exchangeDeclarePassive(exchange)).isPresent()) {
      return List.of(
          Finding.unsafe(
              EXCHANGE, exchange + ", and there is none", "nothing can be sent: declare it"));
    }
    List<Finding> findings = new ArrayList<>();
    Optional<AMQP.Channel.Close> refusal = redeclared(connection, "topic");
    if (refusal.isPresent() && difference(refusal.get()).equals("type")) {
      String type = current(refusal.get()).orElse("another");
      findings.add(
          Finding.noted(
              "type", type + " (exchange " + exchange + ")", "it may take no notice of the topic"));
      refusal = redeclared(connection, type);
    }
    refusal.map(this::ofExchange).ifPresent(findings::add);
    return findings;
  }

  private Optional<AMQP.Channel.Close> redeclared(Connection connection, String type)
      throws IOException {
    return refusal(connection, channel -> channel.exchangeDeclare(exchange, type, true));
  }

  private Finding ofExchange(AMQP.Channel.Close refusal) {
    String where = " (exchange " + exchange + ")";
    return switch (difference(refusal)) {
      case DURABLE ->
          Finding.unsafe(
              DURABLE,
              "false" + where,
              "it is gone when the broker restarts, and its bindings with it");
      case AUTO_DELETE ->
          Finding.unsafe(
              AUTO_DELETE, "true" + where, "it is deleted when its last queue is unbound");
      case "alternate-exchange" ->
          Finding.noted(
              "alternate-exchange",
              current(refusal).orElse("there") + where,
              "what no queue is bound for goes there and counts as delivered");
      default -> unseen(EXCHANGE, exchange, refusal);
    };
  }

  private List<Finding> ofQueue(Connection connection, String queue) throws IOException {
    Optional<AMQP.Channel.Close> missing =
        refusal(connection, channel -> channel.queueDeclarePassive(queue));
    if (missing.isPresent() && missing.get().getReplyCode() == AMQP.NOT_FOUND) {
      return List.of(
          Finding.unsafe(
              QUEUE,
              queue + ", and there is none",
              reads
                  ? "nothing can be received: declare it"
                  : "messages to it become dead letters until somebody declares it"));
    }
    return missing.isPresent()
        ? List.of(unseen(QUEUE, queue, missing.get()))
        : ofArguments(connection, queue);
  }

  /** Each refusal tells one more argument, until the queue is declared just as it is. */
  private List<Finding> ofArguments(Connection connection, String queue) throws IOException {
    Map<String, Object> known = new HashMap<>(arguments);
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      Optional<AMQP.Channel.Close> refusal =
          refusal(connection, channel -> channel.queueDeclare(queue, true, false, false, known));
      if (refusal.isEmpty()) {
        return findings(connection, queue, known);
      }
      String argument = difference(refusal.get());
      boolean learned = argument.startsWith("x-") && learn(argument, refusal.get(), known);
      if (!learned) {
        List<Finding> findings = findings(connection, queue, known);
        findings.add(ofQueue(queue, refusal.get()));
        return findings;
      }
    }
    throw new IOException("queue " + queue + " is told in another way each time");
  }

  private List<Finding> findings(Connection connection, String queue, Map<String, Object> known) {
    List<Finding> findings = new ArrayList<>(Arguments.findings(queue, known));
    if (reads) {
      Object version = connection.getServerProperties().get("version");
      findings.addAll(Arguments.ofReader(queue, known, String.valueOf(version)));
    }
    return findings;
  }

  /** Notes what RabbitMQ says the argument is; false if it says nothing new. */
  private static boolean learn(
      String argument, AMQP.Channel.Close refusal, Map<String, Object> known) {
    Object before = known.remove(argument);
    Object now = value(refusal.getReplyText()).orElse(null);
    if (now != null) {
      known.put(argument, now);
    }
    return !Objects.equals(before, now);
  }

  private static Optional<Object> value(String reply) {
    Matcher matcher = CURRENT.matcher(reply);
    if (!matcher.find()) {
      return Optional.empty();
    }
    String value = matcher.group(1);
    String type = Objects.requireNonNullElse(matcher.group(2), "longstr");
    return Optional.of(
        switch (type) {
          case "longstr" -> value;
          case "bool" -> Boolean.valueOf(value);
          default -> Long.valueOf(value);
        });
  }

  private static Finding ofQueue(String queue, AMQP.Channel.Close refusal) {
    return switch (difference(refusal)) {
      case DURABLE ->
          Finding.unsafe(
              DURABLE,
              "false (queue " + queue + ")",
              "it is gone when the broker restarts, and its messages with it");
      case AUTO_DELETE ->
          Finding.unsafe(
              AUTO_DELETE,
              "true (queue " + queue + ")",
              "it is deleted with its messages when its last consumer goes");
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

  private static Optional<String> current(AMQP.Channel.Close refusal) {
    return value(refusal.getReplyText()).map(Object::toString);
  }
}
