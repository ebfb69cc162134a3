package dev.concordat.rabbitmq;

import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the arguments of a queue mean for its messages. */
final class Arguments {

  static final String TYPE = "x-queue-type";
  static final String QUORUM = "quorum";

  private static final Map<String, String> LETTING_GO =
      Map.of(
          "x-message-ttl", "older messages vanish, whether read or not",
          "x-max-age", "older messages vanish, whether read or not",
          "x-expires", "without consumers it is deleted after that time, with its messages",
          "x-delivery-limit", "what its consumers gave back more often vanishes");

  private static final List<String> LIMITS = List.of("x-max-length", "x-max-length-bytes");

  private Arguments() {}

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
      if (arguments.containsKey(argument) && !arguments.containsKey("x-dead-letter-exchange")) {
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
