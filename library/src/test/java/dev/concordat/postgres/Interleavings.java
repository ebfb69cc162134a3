package dev.concordat.postgres;

import dev.concordat.store.Writes;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Runs the steps of several sessions in every possible order. A step that waits for a lock is left
 * waiting while the others go on, as in PostgreSQL's own isolation tester.
 */
final class Interleavings {

  static final List<String> KNOWN = List.of(Writes.GREETING);
  static final String SCHEMA = "interleaving";

  // Most steps are done before it is worth asking what they wait for.
  private static final int LOOK_AFTER_MILLIS = 3;

  /** One step of a session. */
  record Step(String name, Body body) {}

  interface Body {
    void run(Actor actor) throws Exception;
  }

  /** Sees what is left when all steps of one order are done. */
  interface Check {
    void look(Facts facts, String order);
  }

  private final DataSource source = TestPostgres.pool();
  private final DataSource own = TestPostgres.server().dataSource();
  private final List<List<Step>> sessions;
  private final Consumer<PostgresStore> setting;
  private int waits;

  @SafeVarargs
  @SuppressWarnings("varargs")
  Interleavings(Consumer<PostgresStore> setting, List<Step>... sessions) {
    this.setting = setting;
    this.sessions = Arrays.asList(sessions);
  }

  static Step step(String name, Body body) {
    return new Step(name, body);
  }

  /** How many steps had to wait for a lock, over all orders. */
  int waits() {
    return waits;
  }

  /** Runs every order and returns how many there are. */
  int run(Check check) throws Exception {
    List<List<Integer>> orders = new ArrayList<>();
    merge(new int[sessions.size()], new ArrayList<>(), orders);
    List<Actor> actors = new ArrayList<>();
    try {
      for (int i = 0; i < sessions.size(); i++) {
        actors.add(new Actor("session " + i, own, SCHEMA));
      }
      for (List<Integer> order : orders) {
        clear();
        try (PostgresStore store = new PostgresStore(source, SCHEMA)) {
          setting.accept(store);
        }
        Facts facts = new Facts();
        actors.forEach(actor -> actor.reset(facts));
        run(order, actors);
        check.look(facts, order + "\n" + facts);
      }
    } finally {
      for (Actor actor : actors) {
        actor.close();
      }
    }
    return orders.size();
  }

  private void merge(int[] done, List<Integer> order, List<List<Integer>> orders) {
    boolean complete = true;
    for (int i = 0; i < done.length; i++) {
      if (done[i] < sessions.get(i).size()) {
        complete = false;
        done[i]++;
        order.add(i);
        merge(done, order, orders);
        order.remove(order.size() - 1);
        done[i]--;
      }
    }
    if (complete) {
      orders.add(List.copyOf(order));
    }
  }

  private void run(List<Integer> order, List<Actor> actors) throws Exception {
    int[] next = new int[sessions.size()];
    for (int i : order) {
      actors.get(i).submit(sessions.get(i).get(next[i]++));
      for (Actor actor : actors) {
        waits += isLeftWaiting(actor) ? 1 : 0;
      }
    }
    for (Actor actor : actors) {
      actor.last.get();
    }
  }

  /** Returns once the actor has done its last step, or waits for a lock with it. */
  private boolean isLeftWaiting(Actor actor) throws Exception {
    String blocked = "SELECT cardinality(pg_blocking_pids(" + actor.pid + "))";
    while (true) {
      try {
        actor.last.get(LOOK_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        return false;
      } catch (TimeoutException e) {
        if (!TestPostgres.rows(source, blocked).get(0).equals("0")) {
          return true;
        }
      }
    }
  }

  private void clear() throws SQLException {
    TestPostgres.sql(
        source,
        """
        DELETE FROM s.instance; DELETE FROM s.journal; DELETE FROM s.worker; DELETE FROM s.letter;
        ALTER SEQUENCE s.worker_no_seq RESTART
        """
            .replace(" s.", " " + SCHEMA + "."));
  }
}
