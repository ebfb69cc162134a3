package dev.concordat.postgres;

import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The parts of a fence, one for each day on which transactions began; made before they are used.
 */
final class FenceParts {

  private static final String MAKE = "SELECT $.tcc_fence_make(?, ? * interval '1 second')";

  // A clock may be a little behind, so yesterday may still be used just after midnight.
  private static final String AROUND_TODAY =
      "SELECT $.tcc_fence_make((clock_timestamp() AT TIME ZONE 'UTC')::date + n,"
          + " ? * interval '1 second') FROM generate_series(-1, 3) n";

  private static final String DROP =
      "SELECT part, kept FROM $.tcc_fence_drop(? * interval '1 second', ?)";

  private static final int MILLIS_ABOVE = 16;

  private final Database database;
  private final Duration remembered;
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  FenceParts(Database database, Duration remembered) {
    this.database = database;
    this.remembered = remembered;
  }

  /** The part of that id, if it is known to be there. */
  Optional<String> known(UUID transaction) {
    String part = name(day(transaction));
    return known.contains(part) ? Optional.of(part) : Optional.empty();
  }

  /**
   * Makes the part of that id, if there is none.
   *
   * @return its name; empty if what was in it is forgotten
   * @throws RefusedException if the id's time is days ahead
   */
  Optional<String> make(Connection connection, UUID transaction) {
    LocalDate day = day(transaction);
    try (PreparedStatement statement = connection.prepareStatement(database.sql(MAKE))) {
      statement.setObject(1, day);
      statement.setLong(2, remembered.toSeconds());
      return switch (Database.rows(statement, row -> row.getString(1)).getFirst()) {
        case "there" -> Optional.of(remember(name(day)));
        case "old" -> Optional.empty();
        default -> throw ahead(transaction, day);
      };
    } catch (SQLException e) {
      throw database.meaning(e, transaction.toString());
    }
  }

  private static RefusedException ahead(UUID transaction, LocalDate day) {
    return new RefusedException(
        transaction
            + " says that its transaction began on "
            + day
            + ", which is more than a week ahead of this database's clock; nothing was done. Set"
            + " the initiator's clock, or this one");
  }

  private String remember(String part) {
    known.add(part);
    return part;
  }

  /** It turned out not to be there any more. */
  void forget(String part) {
    known.remove(part);
  }

  void makeAhead() {
    database.run(
        AROUND_TODAY,
        statement -> {
          statement.setLong(1, remembered.toSeconds());
          return Database.rows(statement, row -> row.getString(1));
        });
  }

  /** Drops what is older than what is remembered; what stays because something is held in it. */
  List<String> drop() {
    List<String> kept = new ArrayList<>();
    String after = "";
    Optional<Dropped> next = dropAfter(after);
    while (next.isPresent()) {
      if (next.get().kept()) {
        kept.add(next.get().part());
      }
      forget(next.get().part());
      next = dropAfter(next.get().part());
    }
    return kept;
  }

  private record Dropped(String part, boolean kept) {}

  private Optional<Dropped> dropAfter(String after) {
    return database.run(
        DROP,
        statement -> {
          statement.setLong(1, remembered.toSeconds());
          statement.setString(2, after);
          return Database.rows(
                  statement, row -> new Dropped(row.getString("part"), row.getBoolean("kept")))
              .stream()
              .findFirst();
        });
  }

  private static LocalDate day(UUID transaction) {
    long millis = transaction.getMostSignificantBits() >>> MILLIS_ABOVE;
    return Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC).toLocalDate();
  }

  private static String name(LocalDate day) {
    return "tcc_fence_" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
  }
}
