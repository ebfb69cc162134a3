package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.ReservationStimulus.Request;
import dev.concordat.runner.Asked;
import dev.concordat.store.Mailbox.Letter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What letters to reservations look like. */
final class EvidenceLetter {

  static final String EVIDENCE = "EVIDENCE";
  static final String CHECK = "CHECK";

  private EvidenceLetter() {}

  static Request read(Letter letter) {
    return switch (letter.kind().toUpperCase(Locale.ROOT)) {
      case EVIDENCE -> new Request.Says(ReservationJournal.evidence(letter.body()));
      case CHECK -> new Request.Check();
      case Asked.KIND -> operate(letter);
      default ->
          new Request.Unreadable(letter.kind(), "no reservation understands this kind of letter");
    };
  }

  private static Request operate(Letter letter) {
    Asked asked = Asked.read(letter.body()).withoutBranch();
    return new Request.Operate(asked.verb(), asked.by(), asked.reason(), supplied(asked, letter));
  }

  /** What a person supplies: DONE, REFUSED or REVERSED, or a JSON object with more. */
  private static @Nullable Evidence supplied(Asked asked, Letter letter) {
    String result = asked.result();
    if (result == null) {
      return null;
    }
    String text = result.strip();
    JsonNode node = text.startsWith("{") ? ReservationJournal.tree(text) : null;
    String finding = node == null ? unquoted(text) : node.required("finding").asString();
    String reason = asked.reason() == null ? "" : ": " + asked.reason();
    return new Evidence(
        Evidence.Source.PERSON,
        Finding.valueOf(finding.toUpperCase(Locale.ROOT)),
        node == null ? null : amount(node),
        node != null && node.has("reference") ? node.get("reference").asString() : null,
        "letter-" + letter.letter(),
        letter.at(),
        "supplied by " + asked.by() + reason);
  }

  private static String unquoted(String text) {
    return text.length() > 1 && text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
  }

  private static @Nullable Money amount(JsonNode node) {
    return node.has("minor")
        ? new Money(node.get("minor").asLong(), node.required("currency").asString())
        : null;
  }
}
