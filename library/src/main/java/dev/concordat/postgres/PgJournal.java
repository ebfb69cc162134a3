package dev.concordat.postgres;

import dev.concordat.core.InvariantViolation;
import dev.concordat.store.Change;
import dev.concordat.store.Entry;
import dev.concordat.store.Journal;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The journal in SQL: any number of writes in one round trip and one commit. */
final class PgJournal implements Journal {

  private static final String INSERT =
      """
      INSERT INTO $.instance
        (no, id, uid, definition, version, input_hash, attributes, parent, status, owner, due,
         token)
      SELECT no, id, uid::uuid, definition, version, input_hash, attributes::jsonb, parent, status,
             owner, CASE WHEN due_now THEN clock_timestamp() ELSE due END, token
        FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[], ?::int[], ?::text[], ?::text[],
                    ?::bigint[], ?::text[], ?::bigint[], ?::boolean[], ?::timestamptz[],
                    ?::bigint[])
          AS w(no, id, uid, definition, version, input_hash, attributes, parent, status, owner,
               due_now, due, token)
      ON CONFLICT DO NOTHING RETURNING no\
      """;

  // Before the entries, as a takeover does it too: so neither can wait for the other in a circle.
  private static final String LOCK =
      """
      SELECT i.no
        FROM unnest(?::bigint[], ?::bigint[]) AS w(no, token)
        JOIN $.instance i ON i.no = w.no AND i.token = w.token
       ORDER BY i.no FOR NO KEY UPDATE OF i\
      """;

  private static final String APPEND =
      """
      INSERT INTO $.journal (instance, position, token, events)
      SELECT w.no, w.position, w.token, w.events
        FROM unnest(?::bigint[], ?::int[], ?::bigint[], ?::text[]) AS w(no, position, token, events)
        JOIN $.instance i ON i.no = w.no AND i.token = w.token
       WHERE w.position = 0
          OR EXISTS (SELECT 1 FROM $.journal j
                      WHERE j.instance = w.no AND j.position = w.position - 1)
       ORDER BY w.no
      ON CONFLICT DO NOTHING RETURNING instance\
      """;

  // What goes with an entry is done only if this very transaction wrote the entry.
  private static final String WRITTEN_NOW =
      """
      EXISTS (SELECT 1 FROM $.journal j
               WHERE j.instance = w.no AND j.position = w.position
                 AND j.xmin = pg_current_xact_id()::xid)\
      """;

  private static final String CHANGE =
      """
      UPDATE $.instance i
         SET status = w.status, paused = w.paused, updated_at = clock_timestamp(),
             owner = CASE WHEN w.release THEN NULL ELSE i.owner END,
             due = CASE WHEN NOT w.release THEN i.due
                        WHEN i.mail > w.letters THEN clock_timestamp()
                        ELSE w.due END
        FROM unnest(?::bigint[], ?::bigint[], ?::int[], ?::text[], ?::boolean[], ?::boolean[],
                    ?::timestamptz[], ?::int[])
          AS w(no, token, position, status, paused, release, due, letters)
       WHERE i.no = w.no AND i.token = w.token AND (w.position < 0 OR
      """
          + WRITTEN_NOW
          + ") RETURNING i.no";

  private static final String ANSWER =
      """
      UPDATE $.letter l SET taken = true, accepted = w.accepted, answer = w.answer
        FROM unnest(?::bigint[], ?::int[], ?::int[], ?::boolean[], ?::text[])
          AS w(no, position, letter, accepted, answer)
       WHERE l.instance = w.no AND l.no = w.letter AND
      """
          + WRITTEN_NOW
          + " RETURNING l.instance";

  private final Database database;

  PgJournal(Database database) {
    this.database = database;
  }

  @Override
  public List<Write.Result> append(List<Write> writes) {
    List<Write> sorted = writes.stream().sorted(Comparator.comparingLong(Write::no)).toList();
    try (Connection connection = database.autoCommitting()) {
      Set<Long> done = send(connection, sorted);
      List<Write.Result> results = new ArrayList<>(writes.size());
      for (Write write : writes) {
        results.add(done.contains(write.no()) ? Write.Result.ACCEPTED : refusal(connection, write));
      }
      return results;
    } catch (SQLException e) {
      throw Database.meaning(e, String.valueOf(writes.get(0).no()));
    }
  }

  @Override
  public Write.Result appendWithin(Connection connection, Write write) {
    try {
      boolean done = send(connection, List.of(write)).contains(write.no());
      return done ? Write.Result.ACCEPTED : Write.Result.EXISTS;
    } catch (SQLException e) {
      throw Database.meaning(e, String.valueOf(write.no()));
    }
  }

  /**
   * Sends what the writes need as one group: on an auto-committing connection the server takes a
   * group up to the next Sync as one transaction.
   */
  private Set<Long> send(Connection connection, List<Write> writes) throws SQLException {
    List<Write> births = writes.stream().filter(w -> w.insert() != null).toList();
    List<Write> changes =
        writes.stream().filter(w -> w.insert() == null && w.change() != null).toList();
    List<Write> entries = writes.stream().filter(w -> !w.events().isEmpty()).toList();
    List<Write> answers = writes.stream().filter(w -> !w.answers().isEmpty()).toList();
    List<String> parts = new ArrayList<>(5);
    addIf(parts, INSERT, births);
    List<Write> locks = changes.stream().filter(w -> !w.events().isEmpty()).toList();
    addIf(parts, LOCK, locks);
    addIf(parts, APPEND, entries);
    addIf(parts, CHANGE, changes);
    addIf(parts, ANSWER, answers);
    try (PreparedStatement statement =
        connection.prepareStatement(database.sql(String.join(";\n", parts)))) {
      Parameters parameters = new Parameters(connection, statement);
      births(parameters, births);
      locks(parameters, locks);
      entries(parameters, entries);
      changes(parameters, changes);
      answers(parameters, answers);
      boolean hasRows = statement.execute();
      return accepted(statement, hasRows, parts, writes);
    }
  }

  private static void addIf(List<String> parts, String part, List<Write> writes) {
    if (!writes.isEmpty()) {
      parts.add(part);
    }
  }

  /** An entry counts as its own row says; a write without entry, as its change says. */
  private static Set<Long> accepted(
      PreparedStatement statement, boolean hasRows, List<String> parts, List<Write> writes)
      throws SQLException {
    Set<Long> changed = new HashSet<>();
    Set<Long> entered = new HashSet<>();
    boolean more = hasRows;
    for (String part : parts) {
      if (!more) {
        throw new InvariantViolation("a statement that returns rows returned none");
      }
      try (ResultSet row = statement.getResultSet()) {
        Set<Long> into =
            part.equals(APPEND) ? entered : part.equals(CHANGE) ? changed : new HashSet<>();
        into.addAll(Database.rows(row, r -> r.getLong(1)));
      }
      more = statement.getMoreResults();
    }
    Set<Long> accepted = new HashSet<>(entered);
    for (Write write : writes) {
      if (write.events().isEmpty() && changed.contains(write.no())) {
        accepted.add(write.no());
      }
    }
    return accepted;
  }

  /** Why a write was not accepted; perhaps it was, when it was sent before. */
  private Write.Result refusal(Connection connection, Write write) throws SQLException {
    if (write.events().isEmpty()) {
      return Write.Result.STALE;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            database.sql(
                "SELECT token, events FROM $.journal WHERE instance = ? AND position = ?"))) {
      statement.setLong(1, write.no());
      statement.setInt(2, write.position());
      boolean same =
          Database.rows(
                  statement,
                  row -> row.getLong(1) == write.token() && row.getString(2).equals(write.events()))
              .contains(true);
      if (same) {
        return Write.Result.ACCEPTED;
      }
      return write.insert() != null ? Write.Result.EXISTS : Write.Result.STALE;
    }
  }

  @Override
  public List<Entry> read(long no) {
    return database.run(
        "SELECT position, token, events, at FROM $.journal WHERE instance = ? ORDER BY position",
        statement -> {
          statement.setLong(1, no);
          return Database.rows(
              statement,
              row ->
                  new Entry(
                      row.getInt(1),
                      row.getLong(2),
                      row.getString(3),
                      row.getTimestamp(4).toInstant()));
        });
  }

  private static void births(Parameters p, List<Write> writes) throws SQLException {
    if (writes.isEmpty()) {
      return;
    }
    List<NewInstance> born =
        writes.stream().map(w -> java.util.Objects.requireNonNull(w.insert())).toList();
    p.array("bigint", born, NewInstance::no);
    p.array("text", born, NewInstance::id);
    p.array("text", born, i -> i.uid().toString());
    p.array("text", born, NewInstance::definition);
    p.array("int4", born, NewInstance::version);
    p.array("text", born, NewInstance::inputHash);
    p.array("text", born, i -> Attributes.json(i.attributes()));
    p.array("bigint", born, i -> i.parent().isPresent() ? i.parent().getAsLong() : null);
    p.array("text", writes, w -> Births.status(w).name());
    p.array("bigint", writes, Births::owner);
    p.array("bool", writes, Births::dueNow);
    p.array("timestamptz", writes, w -> timestamp(Births.due(w)));
    p.array("bigint", writes, Write::token);
  }

  private static void locks(Parameters p, List<Write> writes) throws SQLException {
    if (!writes.isEmpty()) {
      p.array("bigint", writes, Write::no);
      p.array("bigint", writes, Write::token);
    }
  }

  private static void changes(Parameters p, List<Write> writes) throws SQLException {
    if (writes.isEmpty()) {
      return;
    }
    List<Change> changes =
        writes.stream().map(w -> java.util.Objects.requireNonNull(w.change())).toList();
    p.array("bigint", writes, Write::no);
    p.array("bigint", writes, Write::token);
    p.array("int4", writes, w -> w.events().isEmpty() ? -1 : w.position());
    p.array("text", changes, c -> c.status().name());
    p.array("bool", changes, Change::paused);
    p.array("bool", changes, c -> c.release() != null);
    p.array("timestamptz", changes, c -> c.release() == null ? null : timestamp(c.release().due()));
    p.array("int4", changes, c -> c.release() == null ? 0 : c.release().lettersTaken());
  }

  private static void entries(Parameters p, List<Write> writes) throws SQLException {
    if (writes.isEmpty()) {
      return;
    }
    p.array("bigint", writes, Write::no);
    p.array("int4", writes, Write::position);
    p.array("bigint", writes, Write::token);
    p.array("text", writes, Write::events);
  }

  private record Answered(Write write, Write.Answer answer) {}

  private static void answers(Parameters p, List<Write> writes) throws SQLException {
    if (writes.isEmpty()) {
      return;
    }
    List<Answered> answers =
        writes.stream()
            .flatMap(w -> w.answers().stream().map(answer -> new Answered(w, answer)))
            .toList();
    p.array("bigint", answers, a -> a.write().no());
    p.array("int4", answers, a -> a.write().position());
    p.array("int4", answers, a -> a.answer().letter());
    p.array("bool", answers, a -> a.answer().accepted());
    p.array("text", answers, a -> a.answer().text());
  }

  static @Nullable Timestamp timestamp(@Nullable Instant instant) {
    return instant == null ? null : Timestamp.from(instant);
  }

  /** Sets array parameters one after the other. */
  private static final class Parameters {
    private final Connection connection;
    private final PreparedStatement statement;
    private int next = 1;

    Parameters(Connection connection, PreparedStatement statement) {
      this.connection = connection;
      this.statement = statement;
    }

    <T> void array(String type, List<T> items, Function<T, ? extends @Nullable Object> value)
        throws SQLException {
      Object[] values = Columns.of(type, items.size());
      for (int i = 0; i < values.length; i++) {
        values[i] = value.apply(items.get(i));
      }
      Array array = connection.createArrayOf(type, values);
      statement.setArray(next++, array);
    }
  }
}
