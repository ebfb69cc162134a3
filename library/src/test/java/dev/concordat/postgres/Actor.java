package dev.concordat.postgres;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Transactions;
import dev.concordat.store.Write;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One session of an interleaving: the real store on one connection, whose transaction the test
 * holds open between the steps. What the store did counts once that transaction has committed.
 */
final class Actor implements AutoCloseable {

  final String name;
  final PostgresStore store;
  final int pid;
  private volatile Facts facts = new Facts();
  private final Connection real;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final List<Facts.Fact> pending = new ArrayList<>();
  private Transactions.@Nullable Local local;
  private @Nullable InstanceRow held;
  Future<?> last = java.util.concurrent.CompletableFuture.completedFuture(null);

  Actor(String name, DataSource source, String schema) throws SQLException {
    this.name = name;
    this.real = source.getConnection();
    TestPostgres.sql(real, "SET synchronous_commit = off; SET deadlock_timeout = '15ms'");
    try (Statement statement = real.createStatement();
        var row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      this.pid = row.getInt(1);
    }
    Connection held =
        (Connection)
            Proxy.newProxyInstance(
                Actor.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> call(method.getName(), method, arguments));
    this.store = new PostgresStore(new OneConnection(held), schema);
  }

  /** The store may neither commit nor end what the test holds open. */
  private @Nullable Object call(
      String called, java.lang.reflect.Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (called.equals("close") || called.equals("setAutoCommit") || called.equals("rollback")) {
      return null;
    }
    if (called.equals("getAutoCommit")) {
      return true;
    }
    if (called.equals("prepareStatement") && arguments != null) {
      arguments[0] = String.valueOf(arguments[0]).replaceFirst(";\\s*COMMIT$", "");
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  /** Forgets the last order. */
  void reset(Facts fresh) {
    facts = fresh;
    held = null;
    local = null;
    pending.clear();
  }

  /** Does it in this actor's own thread, after whatever it is still waiting for. */
  void submit(Interleavings.Step step) {
    last =
        thread.submit(() -> {
          long from = facts.tick();
          try {
            step.body().run(this);
          } catch (Exception e) {
            failed(e);
          }
          facts.said(name + " " + step.name() + " (" + from + ")");
          return null;
        });
  }

  private void failed(Exception e) throws SQLException {
    Throwable cause =
        e instanceof RefusedException || e instanceof OutcomeUnknownException ? e.getCause() : e;
    String state = cause instanceof SQLException sql ? sql.getSQLState() : "none";
    facts.errors.add(name + " failed with " + state + ": " + e);
    pending.clear();
    if (!real.getAutoCommit()) {
      real.rollback();
      real.setAutoCommit(true);
    }
  }

  void begin() throws SQLException {
    real.setAutoCommit(false);
  }

  /** Commits what {@link #begin} began; only now it counts. */
  void commit() throws SQLException {
    long from = facts.tick();
    if (real.getAutoCommit()) {
      return;
    }
    boolean refused =
        local != null
            && pending.stream()
                .anyMatch(f -> f instanceof Facts.Wrote w && w.result() != Write.Result.ACCEPTED);
    if (refused) {
      real.rollback();
    } else {
      real.commit();
    }
    local = null;
    real.setAutoCommit(true);
    pending.forEach(fact -> facts.add(fact.between(from, facts.tick())));
    pending.clear();
  }

  private void record(Facts.Fact fact, long from) throws SQLException {
    if (real.getAutoCommit()) {
      facts.add(fact.between(from, facts.tick()));
    } else {
      pending.add(fact);
    }
  }

  void append(List<Write> writes) throws SQLException {
    long from = facts.tick();
    List<Write.Result> results = store.journal().append(writes);
    for (int i = 0; i < results.size(); i++) {
      record(new Facts.Wrote(writes.get(i), results.get(i), 0, 0), from);
    }
  }

  /** The insert of a local step, in a transaction that {@link #commit} ends. */
  void local(Write write) throws SQLException {
    begin();
    local = store.transactions().begin();
    record(new Facts.Wrote(write, local.commit(write), 0, 0), 0);
  }

  void claimDue(long worker) throws SQLException {
    long from = facts.tick();
    claimed(store.instances().claimDue(worker, Interleavings.KNOWN, 9), from);
  }

  void claimAbandoned(long worker) throws SQLException {
    long from = facts.tick();
    claimed(store.instances().claimAbandoned(worker, Interleavings.KNOWN, 9, "[\"over\"]"), from);
  }

  private void claimed(List<InstanceRow> rows, long from) throws SQLException {
    for (InstanceRow row : rows) {
      held = row;
      record(new Facts.Claimed(row.no(), row.token(), 0, 0), from);
    }
  }

  /** Goes on with what it claimed last, if it did claim something. */
  void goOn(String events) throws SQLException {
    if (held != null) {
      int position = store.journal().read(held.no()).size();
      append(List.of(new Write(held.no(), held.token(), position, events, null, null, List.of())));
    }
  }

  void post(String id) throws SQLException {
    long from = facts.tick();
    store.mailbox().post(id, "signal", "{}").ifPresent(posted -> facts.posted.incrementAndGet());
    facts.said(name + " posted (" + from + ")");
  }

  @Override
  public void close() throws SQLException {
    thread.shutdownNow();
    real.close();
  }

  /** A source of always the same connection. */
  private record OneConnection(Connection connection) implements DataSource {
    @Override
    public Connection getConnection() {
      return connection;
    }

    @Override
    public Connection getConnection(String user, String password) {
      return connection;
    }

    @Override
    public PrintWriter getLogWriter() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 0;
    }

    @Override
    public Logger getParentLogger() {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }
  }
}
