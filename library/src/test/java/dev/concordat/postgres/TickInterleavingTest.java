package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import dev.concordat.store.NewMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: whoever draws a number or a position first, and whoever commits first, each committed
 * message is read once, and after all that had committed before it was published (P8). Method:
 * every order of the steps of writers and of a relay that reads in between, on a real PostgreSQL.
 */
class TickInterleavingTest {

  private static final int MOST = 2; // so that a tick has more than one page

  private final DataSource source = TestPostgres.pool();
  private final PostgresStore store = new PostgresStore(source, "orders");
  private final Map<String, Connection> sessions = new LinkedHashMap<>();
  private final List<String> read = new ArrayList<>();
  private Cursor cursor = Cursor.START;

  @BeforeEach
  void makeTables() {
    TestPostgres.sql(source, "DROP SCHEMA IF EXISTS orders CASCADE");
    store.migrate();
    TestPostgres.sql(source, "CREATE TABLE orders.other (what text)");
  }

  @AfterEach
  void giveBackConnections() throws SQLException {
    for (Connection session : sessions.values()) {
      session.rollback();
      session.setAutoCommit(true);
      session.close();
    }
    store.close();
  }

  /** A step: of which session, and what it does there. */
  private record Step(String session, String does, String message) {
    @Override
    public String toString() {
      return session + " " + does + (message.isEmpty() ? "" : " " + message);
    }
  }

  private static List<Step> session(String name, String... steps) {
    return Arrays.stream(steps)
        .map(step -> step.split(" ", 2))
        .map(words -> new Step(name, words[0], words.length > 1 ? words[1] : ""))
        .toList();
  }

  /** Others come between the tick and its pages, and between those. */
  private static List<Step> reading() {
    return session("relay", "ticks", "reads", "reads");
  }

  private int everyOrder(List<List<Step>> all) throws Exception {
    return continued(all, new int[all.size()], new ArrayList<>());
  }

  private int continued(List<List<Step>> all, int[] done, List<Step> order) throws Exception {
    int orders = 0;
    boolean over = true;
    for (int i = 0; i < done.length; i++) {
      if (done[i] < all.get(i).size()) {
        over = false;
        order.add(all.get(i).get(done[i]++));
        orders += continued(all, done, order);
        done[i]--;
        order.removeLast();
      }
    }
    if (over) {
      run(order);
    }
    return over ? 1 : orders;
  }

  private void run(List<Step> order) throws Exception {
    read.clear();
    List<String> committed = new ArrayList<>();
    Map<String, List<String>> open = new LinkedHashMap<>();
    Map<String, List<String>> before = new LinkedHashMap<>();
    for (Step step : order) {
      List<String> own = open.computeIfAbsent(step.session(), unused -> new ArrayList<>());
      switch (step.does()) {
        case "ticks" -> takeTick();
        case "reads" -> readPage();
        case "publishes" -> {
          publish(step.session(), step.message());
          own.add(step.message());
          before.put(step.message(), List.copyOf(committed));
        }
        case "commits" -> committed.addAll(own);
        case "undoes" -> own.remove("undone");
        case "forgets" -> own.clear();
        default -> {}
      }
      end(step);
    }
    readAll();
    assertThat(read).as(order.toString()).containsExactlyInAnyOrderElementsOf(committed);
    for (String message : read) {
      List<String> earlier = read.subList(0, read.indexOf(message));
      assertThat(earlier).as(order.toString()).containsAll(before.getOrDefault(message, List.of()));
    }
  }

  private void end(Step step) throws SQLException {
    Connection session = connection(step.session());
    String gid = "'orders " + step.session() + "'";
    switch (step.does()) {
      case "writes" -> sql(session, "INSERT INTO orders.other VALUES ('x')");
      case "saves" -> sql(session, "SAVEPOINT s");
      case "undoes" -> sql(session, "ROLLBACK TO SAVEPOINT s");
      case "prepares" -> sql(session, "PREPARE TRANSACTION " + gid);
      case "commits" -> {
        if (step.message().isEmpty()) {
          session.commit();
        } else {
          session.setAutoCommit(true);
          sql(session, "COMMIT PREPARED " + gid);
          session.setAutoCommit(false);
        }
      }
      case "forgets" -> session.rollback();
      default -> {}
    }
  }

  private Connection connection(String session) throws SQLException {
    Connection known = sessions.get(session);
    if (known == null) {
      known = source.getConnection();
      known.setAutoCommit(false);
      sessions.put(session, known);
    }
    return known;
  }

  private static void sql(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  private void publish(String session, String text) throws SQLException {
    NewMessage message =
        new NewMessage(
            UUID.randomUUID(), "topic", "key", false, "T", Map.of(), Bytes.utf8(text), null);
    store.outbox().append(connection(session), List.of(message));
  }

  /** As a relay does: the newest one, once all of the last one is read. */
  private void takeTick() {
    if (cursor.rests()) {
      cursor = cursor.towards(store.ticks().newest());
    }
  }

  /** As a relay does: fewer than were asked for means that the tick is read to its end. */
  private void readPage() {
    if (cursor.rests()) {
      return;
    }
    List<StoredMessage> page = store.outbox().page(cursor, Portion.of(MOST), 0, 1);
    for (StoredMessage message : page) {
      read.add(message.payload().text());
      cursor = cursor.at(message.position());
    }
    if (page.size() < MOST) {
      cursor = Cursor.past(cursor.to());
    }
  }

  private void readAll() {
    long newest = store.ticks().newest();
    while (cursor.from() < newest) {
      takeTick();
      readPage();
    }
  }

  @Test
  @DisplayName("P8: neither positions nor numbers of transactions are the order")
  void whoeverDrawsFirst() throws Exception {
    int orders =
        everyOrder(
            List.of(
                session("a", "writes", "publishes a1", "publishes a2", "commits"),
                session("b", "publishes b", "commits"),
                reading()));

    assertThat(orders).isEqualTo(1260);
  }

  @Test
  @DisplayName(
      "P8: a transaction that stays open or prepared holds nobody up, and is not forgotten")
  void whoStaysOpen() throws Exception {
    int orders =
        everyOrder(
            List.of(
                session("c", "publishes c", "prepares", "commits prepared"),
                session("d", "publishes d", "commits"),
                reading()));

    assertThat(orders).isEqualTo(560);
  }

  @Test
  @DisplayName("P8: what is rolled back, or a part of it, leaves nothing")
  void whatIsRolledBack() throws Exception {
    int orders =
        everyOrder(
            List.of(
                session("e", "publishes e", "forgets"),
                session("f", "saves", "publishes undone", "undoes", "publishes f", "commits"),
                reading()));

    assertThat(orders).isEqualTo(2520);
  }
}
