package dev.concordat.postgres;

import static java.util.Objects.requireNonNull;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The journal in SQL: any number of writes in one round trip and one commit. */
final class PgJournal implements Journal {

  // Each array is (SELECT ?) because a plan for a bare parameter counts its elements, seems cheaper
  // than the plan for any array while batches are small, and would be made anew each time. LATERAL
  // with OFFSET 0 looks rows up one by one: to a planner that has just seen the tables empty,
  // reading them whole seems cheaper, and such a plan is kept while they grow.
  private static final String BIRTH =
      """
      WITH w AS (
        SELECT * FROM unnest(
            (SELECT ?::bigint[]), (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]),
            (SELECT ?::int[]), (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::bigint[]),
            (SELECT ?::text[]), (SELECT ?::bigint[]), (SELECT ?::boolean[]),
            (SELECT ?::timestamptz[]), (SELECT ?::bigint[]), (SELECT ?::text[]))
          AS w(no, id, uid, definition, version, input_hash, attributes, parent, status, owner,
               due_now, due, token, events)),
      born AS (
        INSERT INTO $.instance
          (no, id, uid, definition, version, input_hash, attributes, parent, status, owner, due,
           token)
        SELECT no, id, uid::uuid, definition, version, input_hash, attributes::jsonb, parent,
               status, owner, CASE WHEN due_now THEN clock_timestamp() ELSE due END, token
          FROM w
        ON CONFLICT DO NOTHING RETURNING no)
      INSERT INTO $.journal (instance, position, token, events)
      SELECT w.no, 0, w.token, w.events FROM born JOIN w ON w.no = born.no
      RETURNING instance\
      """;

  private static final String APPEND =
      """
      INSERT INTO $.journal (instance, position, token, events)
      SELECT w.no, w.position, w.token, w.events
        FROM unnest((SELECT ?::bigint[]), (SELECT ?::int[]), (SELECT ?::bigint[]),
                    (SELECT ?::text[]))
          AS w(no, position, token, events)
       CROSS JOIN LATERAL (
             SELECT FROM $.instance i WHERE i.no = w.no AND i.token = w.token OFFSET 0) i
       CROSS JOIN LATERAL (
             SELECT FROM $.journal j
              WHERE j.instance = w.no AND j.position = w.position - 1 OFFSET 0) j
       ORDER BY w.no
      ON CONFLICT DO NOTHING RETURNING instance\
      """;

  private static final String CHANGED =
      """
      UPDATE $.instance i
         SET status = w.status, paused = w.paused, updated_at = clock_timestamp(),
             owner = CASE WHEN w.release THEN NULL ELSE i.owner END,
             due = CASE WHEN NOT w.release THEN i.due
                        WHEN i.mail > w.letters THEN clock_timestamp()
                        ELSE w.due END
      """;

  // The row is locked before the entry is written, as a takeover does it too: so neither can wait
  // for the other in a circle. And it is changed only if the entry was written.
  private static final String APPEND_AND_CHANGE =
      """
      WITH w AS (
        SELECT * FROM unnest(
            (SELECT ?::bigint[]), (SELECT ?::int[]), (SELECT ?::bigint[]), (SELECT ?::text[]),
            (SELECT ?::text[]), (SELECT ?::boolean[]), (SELECT ?::boolean[]),
            (SELECT ?::timestamptz[]), (SELECT ?::int[]))
          AS w(no, position, token, events, status, paused, release, due, letters)),
      held AS (
        SELECT i.no
          FROM (SELECT no, token FROM w ORDER BY no) w
         CROSS JOIN LATERAL (
               SELECT i.no FROM $.instance i
                WHERE i.no = w.no AND i.token = w.token FOR NO KEY UPDATE) i),
      written AS (
        INSERT INTO $.journal (instance, position, token, events)
        SELECT w.no, w.position, w.token, w.events
          FROM held
          JOIN w ON w.no = held.no
         CROSS JOIN LATERAL (
               SELECT FROM $.journal j
                WHERE j.instance = w.no AND j.position = w.position - 1 OFFSET 0) j
         ORDER BY w.no
        ON CONFLICT DO NOTHING RETURNING instance)
      """
          + CHANGED
          + " FROM w WHERE w.no = i.no AND i.no = ANY (ARRAY(SELECT instance FROM written))"
          + " RETURNING i.no";

  private static final String CHANGE =
      CHANGED
          + """
           FROM unnest((SELECT ?::bigint[]), (SELECT ?::bigint[]), (SELECT ?::text[]),
                       (SELECT ?::boolean[]), (SELECT ?::boolean[]), (SELECT ?::timestamptz[]),
                       (SELECT ?::int[]))
             AS w(no, token, status, paused, release, due, letters)
          WHERE i.no = w.no AND i.token = w.token RETURNING i.no\
          """;

  // Only what goes with an entry that this very transaction wrote. Not EXISTS, which may be planned
  // as a look at the whole table.
  private static final String ANSWER =
      """
      UPDATE $.letter l SET taken = true, accepted = w.accepted, answer = w.answer
        FROM unnest((SELECT ?::bigint[]), (SELECT ?::int[]), (SELECT ?::int[]),
                    (SELECT ?::boolean[]), (SELECT ?::text[]))
          AS w(no, position, letter, accepted, answer)
       WHERE l.instance = w.no AND l.no = w.letter
         AND (SELECT 1 FROM $.journal j
               WHERE j.instance = w.no AND j.position = w.position
                 AND j.xmin = pg_current_xact_id()::xid) IS NOT NULL
      RETURNING NULL::bigint\
      """;

  private static final String SHORT_WAIT =
      "SELECT NULL::bigint FROM set_config('lock_timeout', '50ms', true)";

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private interface Binder {
    void bind(Parameters parameters, List<Write> writes) throws SQLException;
  }

  /** A statement for those writes that it concerns. It returns the numbers of the accepted. */
  private record Part(String sql, Predicate<Write> concerns, Binder binder) {}

  private static final List<Part> PARTS =
      List.of(
          new Part(BIRTH, w -> w.insert() != null, PgJournal::births),
          new Part(APPEND, w -> isEntry(w) && w.change() == null, PgJournal::entries),
          new Part(
              APPEND_AND_CHANGE,
              w -> isEntry(w) && w.change() != null,
              PgJournal::entriesAndChanges),
          new Part(CHANGE, w -> w.change() != null && w.events().isEmpty(), PgJournal::changes),
          new Part(ANSWER, w -> !w.answers().isEmpty(), PgJournal::answers));

  // An instance of the same id may be under way in an application's transaction, which may stay
  // open
  // for long. It is not waited for here, where all other instances would wait too.
  private static final List<Part> IMPATIENT =
      Stream.concat(
              Stream.of(new Part(SHORT_WAIT, w -> true, (parameters, writes) -> {})),
              PARTS.stream())
          .toList();

  private static boolean isEntry(Write write) {
    return write.insert() == null && !write.events().isEmpty();
  }

  private final Database database;
  private final Map<List<Part>, String> texts = new ConcurrentHashMap<>();
  private final KeptConnection kept;

  PgJournal(Database database, KeptConnection kept) {
    this.database = database;
    this.kept = kept;
  }

  @Override
  public List<Write.Result> append(List<Write> writes) {
    try {
      return kept.use(connection -> appendSoon(connection, writes))
          .orElseGet(() -> eachByItself(writes));
    } catch (SQLException e) {
      throw database.meaning(e, String.valueOf(writes.get(0).no()));
    }
  }

  /** Empty if one of them waits for a transaction that has not ended: nothing was written. */
  private Optional<List<Write.Result>> appendSoon(Connection connection, List<Write> writes)
      throws SQLException {
    boolean births = writes.stream().anyMatch(w -> w.insert() != null);
    Set<Long> done;
    try {
      done = send(connection, births ? IMPATIENT : PARTS, writes);
    } catch (SQLException e) {
      if (births && LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        return Optional.empty();
      }
      throw e;
    }
    List<Write.Result> results = new ArrayList<>(writes.size());
    for (Write write : writes) {
      results.add(done.contains(write.no()) ? Write.Result.ACCEPTED : refusal(connection, write));
    }
    return Optional.of(results);
  }

  /**
   * One of them must not hold up the others. Each is a use of its own, so that between those that
   * wait, which takes a while, the lease can be renewed.
   */
  private List<Write.Result> eachByItself(List<Write> writes) {
    if (writes.size() == 1) {
      return List.of(Write.Result.BUSY);
    }
    List<Write.Result> results = new ArrayList<>(writes.size());
    for (Write write : writes) {
      try {
        results.addAll(append(List.of(write)));
      } catch (RefusedException e) {
        throw results.contains(Write.Result.ACCEPTED) ? partly(write, e) : e;
      }
    }
    return results;
  }

  /** What is said of one is heard by all, and those before it are written. */
  private static OutcomeUnknownException partly(Write write, RefusedException e) {
    return new OutcomeUnknownException(
        String.valueOf(write.no()),
        "some of these entries are written, and then: " + e.getMessage(),
        e);
  }

  @Override
  public Write.Result appendWithin(Connection connection, Write write) {
    try {
      boolean done = send(connection, PARTS, List.of(write)).contains(write.no());
      return done ? Write.Result.ACCEPTED : Write.Result.EXISTS;
    } catch (SQLException e) {
      throw database.meaning(e, String.valueOf(write.no()));
    }
  }

  /**
   * Sends what the writes need as one group: on an auto-committing connection the server takes a
   * group up to the next Sync as one transaction.
   *
   * @return the numbers of the accepted
   */
  private Set<Long> send(Connection connection, List<Part> possible, List<Write> writes)
      throws SQLException {
    List<Write> sorted = writes.stream().sorted(Comparator.comparingLong(Write::no)).toList();
    List<Part> parts = new ArrayList<>(possible.size());
    List<List<Write>> concerned = new ArrayList<>(possible.size());
    for (Part part : possible) {
      List<Write> its = sorted.stream().filter(part.concerns()).toList();
      if (!its.isEmpty()) {
        parts.add(part);
        concerned.add(its);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql(parts))) {
      Parameters parameters = new Parameters(connection, statement);
      for (int i = 0; i < parts.size(); i++) {
        parts.get(i).binder().bind(parameters, concerned.get(i));
      }
      return accepted(statement, statement.execute(), parts.size());
    }
  }

  private String sql(List<Part> parts) {
    return texts.computeIfAbsent(
        parts, all -> database.sql(all.stream().map(Part::sql).collect(Collectors.joining(";\n"))));
  }

  private static Set<Long> accepted(PreparedStatement statement, boolean hasRows, int parts)
      throws SQLException {
    Set<Long> accepted = new HashSet<>();
    boolean more = hasRows;
    for (int i = 0; i < parts; i++) {
      if (!more) {
        throw new InvariantViolation("a statement that returns rows returned none");
      }
      try (ResultSet row = statement.getResultSet()) {
        accepted.addAll(Database.rows(row, r -> r.getLong(1)));
      }
      more = statement.getMoreResults();
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
    return kept.run(
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
    List<NewInstance> born = writes.stream().map(w -> requireNonNull(w.insert())).toList();
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
    p.array("text", writes, Write::events);
  }

  private static void entries(Parameters p, List<Write> writes) throws SQLException {
    p.array("bigint", writes, Write::no);
    p.array("int4", writes, Write::position);
    p.array("bigint", writes, Write::token);
    p.array("text", writes, Write::events);
  }

  private static void entriesAndChanges(Parameters p, List<Write> writes) throws SQLException {
    entries(p, writes);
    changesOnly(p, writes);
  }

  private static void changes(Parameters p, List<Write> writes) throws SQLException {
    p.array("bigint", writes, Write::no);
    p.array("bigint", writes, Write::token);
    changesOnly(p, writes);
  }

  private static void changesOnly(Parameters p, List<Write> writes) throws SQLException {
    List<Change> changes = writes.stream().map(w -> requireNonNull(w.change())).toList();
    p.array("text", changes, c -> c.status().name());
    p.array("bool", changes, Change::paused);
    p.array("bool", changes, c -> c.release() != null);
    p.array("timestamptz", changes, c -> c.release() == null ? null : timestamp(c.release().due()));
    p.array("int4", changes, c -> c.release() == null ? 0 : c.release().lettersTaken());
  }

  private record Answered(Write write, Write.Answer answer) {}

  private static void answers(Parameters p, List<Write> writes) throws SQLException {
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
