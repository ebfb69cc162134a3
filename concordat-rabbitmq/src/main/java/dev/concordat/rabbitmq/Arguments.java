package dev.concordat.rabbitmq;

import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the arguments of a queue mean for its messages. */
final class Arguments {

  static final String TYPE = "x-queue-type";
  static final String QUORUM = "quorum";

  private static final String SINGLE = "x-single-active-consumer";
  private static final String DELIVERIES = "x-delivery-limit";

  private static final Map<String, String> LETTING_GO =
      Map.of(
          "x-message-ttl",
          "older messages vanish, whether read or not",
          "x-max-age",
          "older messages vanish, whether read or not",
          "x-expires",
          "without consumers it is deleted after that time, with its messages",
          DELIVERIES,
          "what its consumers gave back more often vanishes");

  private static final List<String> LIMITS = List.of("x-max-length", "x-max-length-bytes");

  private Arguments() {}

  private static boolean isSet(@Nullable Object value) {
    return value != null && !value.toString().startsWith("-");
  }

  /** What a queue's arguments mean for the order of what is read, and for what is given back. */
  static List<Finding> ofReader(String queue, Map<String, Object> arguments, String version) {
    List<Finding> findings = new ArrayList<>();
    String where = " (queue " + queue + ")";
    if (!Boolean.TRUE.equals(arguments.get(SINGLE))) {
      findings.add(
          Finding.unsafe(
              SINGLE,
              "not true" + where,
              "several consumers have messages of one key at the same time, and handle them in any"
                  + " order; declare it, or allow it where there is one consumer or order does not"
                  + " matter"));
    }
    boolean limited = !version.matches("[0-3]\\..*");
    if (limited && QUORUM.equals(arguments.get(TYPE)) && !arguments.containsKey(DELIVERIES)) {
      findings.add(
          Finding.noted(
              DELIVERIES,
              "not said, which means 20" + where,
              "what its consumers gave back more often vanishes, unless a policy says otherwise; it"
                  + " should be -1, for consumers count their attempts themselves"));
    }
    return findings;
  }

  /** The type is refused; what lets messages go on purpose is said. */
  static List<Finding> findings(String queue, Map<String, Object> arguments) {
    List<Finding> findings = new ArrayList<>();
    String where = " (queue " + queue + ")";
    String type = Objects.toString(arguments.get(TYPE), "classic");
    if (type.equals("stream")) {
      findings.add(
          Finding.noted(
              TYPE, type + where, "over AMQP it does not know again what is sent a second time"));
    } else if (!type.equals(QUORUM)) {
      findings.add(
          Finding.unsafe(
              TYPE,
              type + where,
              "its messages are on one broker only, and lost with its disk; it should be quorum"));
    }
    LETTING_GO.forEach((argument, cost) -> {
      if (isSet(arguments.get(argument)) && !arguments.containsKey("x-dead-letter-exchange")) {
        findings.add(Finding.noted(argument, arguments.get(argument) + where, cost));
      }
    });
    if (!Objects.toString(arguments.get("x-overflow"), "").startsWith("reject-publish")) {
      LIMITS.stream()
          .filter(arguments::containsKey)
          .forEach(limit ->
              findings.add(
                  Finding.noted(
                      limit,
                      arguments.get(limit) + where,
                      "when it is full the oldest vanish, read or not, unless x-overflow is"
                          + " reject-publish")));
    }
    return findings;
  }
}
