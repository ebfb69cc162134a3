package dev.concordat.settlement;

import dev.concordat.core.RefusedException;
import dev.concordat.reservation.Evidence;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.reservation.Money;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The cells of one line. */
final class Cells {

  private static final int COLUMNS = 8;
  private static final int MAX_PROVIDER = 100;
  private static final int MAX_TEXT = 200;
  private static final int SHOWN = 40;
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");

  private final String[] cells;

  private Cells(String[] cells) {
    this.cells = cells;
  }

  /**
   * The line they make.
   *
   * @throws RefusedException if they make none, saying why
   */
  static SettlementLine read(String[] cells, long number) {
    if (cells.length != COLUMNS) {
      throw new RefusedException("it has " + cells.length + " cells instead of " + COLUMNS);
    }
    return new Cells(cells).line(number);
  }

  private SettlementLine line(long number) {
    String provider = required(0, "provider", MAX_PROVIDER);
    String key = text(1, "key", MAX_TEXT);
    String reference = text(2, "reference", MAX_TEXT);
    if (key.isEmpty() && reference.isEmpty()) {
      throw new RefusedException("it has neither key nor reference, so nobody can tell what it is");
    }
    Finding finding = finding();
    Money amount = amount(finding);
    String event = required(6, "event", MAX_TEXT);
    return new SettlementLine(
        number,
        provider,
        key,
        new Evidence(
            Source.SETTLEMENT,
            finding,
            amount,
            reference.isEmpty() ? null : reference,
            event,
            at(),
            "in a settlement file"));
  }

  private Finding finding() {
    return switch (cells[5]) {
      case "DONE" -> Finding.DONE;
      case "REFUSED" -> Finding.REFUSED;
      case "PENDING" -> Finding.PENDING;
      case "REVERSED" -> Finding.REVERSED;
      default ->
          throw new RefusedException(
              "status is DONE, REFUSED, PENDING or REVERSED, not '" + shown(cells[5]) + "'");
    };
  }

  /** What moved, or came back, is told with its amount; else both cells may be empty. */
  private @Nullable Money amount(Finding finding) {
    String minor = cells[3];
    String currency = cells[4];
    boolean moved = finding == Finding.DONE || finding == Finding.REVERSED;
    if (!moved && minor.isEmpty() && currency.isEmpty()) {
      return null;
    }
    if (!WHOLE.matcher(minor).matches()) {
      throw new RefusedException(
          "amount_minor is a whole number of the smallest unit, not '" + shown(minor) + "'");
    }
    try {
      return new Money(Long.parseLong(minor), currency);
    } catch (RefusedException e) {
      throw new RefusedException(
          "currency is a code in capitals, not '" + shown(currency) + "'", e);
    }
  }

  private Instant at() {
    try {
      return OffsetDateTime.parse(cells[7]).toInstant();
    } catch (DateTimeException e) {
      throw new RefusedException(
          "at is a time with its zone, as 2026-03-01T12:00:00Z, not '" + shown(cells[7]) + "'", e);
    }
  }

  private String required(int cell, String name, int most) {
    String text = text(cell, name, most);
    if (text.isEmpty()) {
      throw new RefusedException(name + " is empty");
    }
    return text;
  }

  private String text(int cell, String name, int most) {
    String text = cells[cell];
    if (text.length() > most) {
      throw new RefusedException(name + " has more than " + most + " characters");
    }
    if (text.chars().anyMatch(Character::isISOControl) || !text.equals(text.strip())) {
      throw new RefusedException(
          name + " has control characters in it or blanks around it: '" + shown(text) + "'");
    }
    return text;
  }

  private static String shown(String text) {
    String plain = text.replaceAll("\\p{C}", "?");
    return plain.length() <= SHOWN ? plain : plain.substring(0, SHOWN) + "…";
  }
}
