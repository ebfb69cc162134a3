package dev.concordat.kafka;

import static org.apache.kafka.clients.consumer.ConsumerConfig.AUTO_OFFSET_RESET_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG;
import static org.apache.kafka.clients.consumer.ConsumerConfig.ISOLATION_LEVEL_CONFIG;

import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Looks at a consumer's settings. What is left out has the value that Kafka's client gives it. */
final class ConsumerExamination {

  private static final String COMMITTED = "read_committed";
  private static final Set<String> RESETS = Set.of("earliest", "none");

  private final Map<String, ?> consumer;

  ConsumerExamination(Map<String, ?> consumer) {
    this.consumer = consumer;
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    String isolation = text(ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    if (!isolation.equalsIgnoreCase(COMMITTED)) {
      findings.add(
          Finding.unsafe(
              ISOLATION_LEVEL_CONFIG,
              isolation,
              "messages of transactions that were aborted are handled; it must be " + COMMITTED));
    }
    String commits = text(ENABLE_AUTO_COMMIT_CONFIG, "true");
    if (!commits.equalsIgnoreCase("false")) {
      findings.add(
          Finding.unsafe(
              ENABLE_AUTO_COMMIT_CONFIG,
              commits,
              "offsets are committed of messages that are not handled yet, and a crash loses them;"
                  + " it must be false"));
    }
    String reset = text(AUTO_OFFSET_RESET_CONFIG, "latest");
    if (!RESETS.contains(reset.toLowerCase(Locale.ROOT))) {
      findings.add(
          Finding.unsafe(
              AUTO_OFFSET_RESET_CONFIG,
              reset,
              "where a group has no offset, all that was sent before is never handled; it must be"
                  + " earliest, or none to stop there"));
    }
    return findings;
  }

  private String text(String setting, String otherwise) {
    Object value = consumer.get(setting);
    return value == null ? otherwise : String.valueOf(value).strip();
  }
}
