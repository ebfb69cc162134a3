package dev.concordat.test;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseListener;
import dev.concordat.atomic.TwoPhaseTransaction;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Branches;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A coordinator in a process of its own: many threads that move money between accounts, and tell
 * what they were answered. It ends with its input.
 */
final class TransferProgram {

  static final int THREADS = 32;
  static final int ACCOUNTS = 10;
  static final List<String> DATABASES = List.of("accounts", "ledger");
  static final Duration GRACE = Duration.ofSeconds(1);

  static final String READY = "ready";
  static final String BEGUN = "begun";
  static final String ANSWER = "answer";
  static final String RECOVERED = "recovered";
  static final String DEADLOCK = "deadlock";
  static final String HEURISTIC = "heuristic";
  static final String ERROR = "error";

  private static final long PAUSE_NANOS = 20_000_000;
  private static final int MOST = 300;
  private static final int OUT_OF_ORDER = 200;

  /** Money that moves; each account is in the database that its number says. */
  private record Move(int from, int to, int amount, boolean inOrder) {

    String receipt() {
      return from + " to " + to + ": " + amount;
    }

    String make(TwoPhaseTransaction tx) throws SQLException {
      // In the same order everywhere, but for some that meet in deadlocks.
      boolean takesFirst = from < to == inOrder;
      if (takesFirst) {
        take(tx);
      }
      write(tx, to, amount);
      if (!takesFirst) {
        take(tx);
      }
      return receipt();
    }

    private void take(TwoPhaseTransaction tx) throws SQLException {
      write(tx, from, -amount);
      int left =
          tx.on(database(from))
              .query("SELECT balance FROM account WHERE id = ?", row -> row.getInt(1), from)
              .getFirst();
      if (left < 0) {
        throw new RefusedException("account " + from + " has too little");
      }
    }

    private static void write(TwoPhaseTransaction tx, int account, int amount) throws SQLException {
      String change = "UPDATE account SET balance = balance + ? WHERE id = ?";
      tx.on(database(account)).update(change, amount, account);
      String line = "INSERT INTO line (transfer, account, amount) VALUES (?, ?, ?)";
      tx.on(database(account)).update(line, tx.id(), account, amount);
    }
  }

  private final TwoPhaseCommit commit;
  private final String life;

  private TransferProgram(TwoPhaseCommit commit, String life) {
    this.commit = commit;
    this.life = life;
  }

  static String database(int account) {
    return DATABASES.get(account * DATABASES.size() / ACCOUNTS);
  }

  /** The plan of all coordinators. */
  static TwoPhase plan(HikariDataSource accounts, HikariDataSource ledger) {
    Duration lock = Duration.ofSeconds(2);
    return TwoPhase.named("transfer")
        .database(DATABASES.get(0), accounts)
        .database(DATABASES.get(1), ledger)
        .limits(new Branches.Limits(lock, Duration.ofSeconds(5), lock))
        .patience(Duration.ofMillis(300))
        .grace(GRACE);
  }

  static HikariDataSource connect(String jdbcUrl) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(THREADS + 8);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(3000);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  /** Takes the addresses of both databases, and what its transfers are named after. */
  public static void main(String[] arguments) throws IOException {
    HikariDataSource accounts = connect(arguments[0]);
    HikariDataSource ledger = connect(arguments[1]);
    Thread.ofPlatform().daemon().start(() -> begin(accounts, ledger, arguments[2]));
    var unused = System.in.readAllBytes();
    Runtime.getRuntime().halt(0);
  }

  private static void begin(HikariDataSource accounts, HikariDataSource ledger, String life) {
    Concordat concordat = null;
    while (true) {
      try {
        if (concordat == null) {
          concordat = Concordat.on(accounts).pollingOnly().start();
        }
        TwoPhaseCommit commit = concordat.twoPhaseCommit(plan(accounts, ledger), new Listener());
        TransferProgram program = new TransferProgram(commit, life);
        for (int i = 0; i < THREADS; i++) {
          int thread = i;
          Thread.ofPlatform().daemon().start(() -> program.moveForEver(thread));
        }
        System.out.println(READY);
        return;
      } catch (RefusedException e) {
        // A database is down just now.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void moveForEver(int thread) {
    Random random = new Random();
    for (int n = 0; true; n++) {
      int from = random.nextInt(ACCOUNTS);
      int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
      boolean inOrder = random.nextInt(OUT_OF_ORDER) > 0;
      Move move = new Move(from, to, 1 + random.nextInt(MOST), inOrder);
      try {
        move("t" + life + "-" + thread + "-" + n, move, random);
      } catch (RuntimeException | Error e) {
        say(ERROR, life, e.toString().replace('\n', ' '));
      }
    }
  }

  /** Until it is known what became of it. */
  private void move(String id, Move move, Random random) {
    say(BEGUN, id, move.receipt());
    Outcome<String> outcome = commit.execute(id, move::make);
    tell(id, move, outcome);
    while (outcome instanceof Outcome.Unknown) {
      LockSupport.parkNanos(PAUSE_NANOS);
      outcome = random.nextBoolean() ? commit.giveUp(id, String.class) : again(id, move);
      tell(id, move, outcome);
    }
    if (outcome instanceof Outcome.Refused) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private Outcome<String> again(String id, Move move) {
    Outcome<String> recorded = commit.outcome(id, String.class);
    return recorded instanceof Outcome.Unknown ? commit.execute(id, move::make) : recorded;
  }

  private static void tell(String id, Move move, Outcome<String> outcome) {
    switch (outcome) {
      case Outcome.Done<String> done -> {
        say(ANSWER, id, "DONE");
        if (!done.value().equals(move.receipt())) {
          say(ERROR, id, "has the receipt " + done.value() + " instead of " + move.receipt());
        }
      }
      case Outcome.Refused<String> refused -> say(ANSWER, id, "REFUSED " + refused.reason());
      case Outcome.Unknown<String> unknown -> say(ANSWER, id, "UNKNOWN " + unknown.detail());
    }
  }

  private static void say(String what, String id, String text) {
    System.out.println(what + " " + id + " " + text.replace('\n', ' '));
  }

  /** Tells what recovery does. */
  private static final class Listener implements TwoPhaseListener {

    @Override
    public void recovered(String name, String id, boolean committed) {
      say(RECOVERED, id, committed ? "commit" : "abort");
    }

    @Override
    public void heuristic(String name, String id, String branch, String kind) {
      say(HEURISTIC, id, branch + " " + kind);
    }

    @Override
    public void deadlock(String name, String attempt) {
      say(DEADLOCK, attempt, "");
    }
  }
}
