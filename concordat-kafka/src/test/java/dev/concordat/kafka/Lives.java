package dev.concordat.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.core.NotNowException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StoredMessage;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Message;
import dev.concordat.messaging.Relay;
import dev.concordat.messaging.Sink;
import dev.concordat.store.Relays;
import dev.concordat.store.Store;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A relay to Kafka on a real PostgreSQL, one life of it after the other. */
final class Lives implements AutoCloseable {

  static final Duration LEASE = Duration.ofMillis(400);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final LocalPostgres POSTGRES = LocalPostgres.start();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final HikariDataSource pool;
  private final Concordat person;
  private final Map<UUID, AtomicInteger> told = new ConcurrentHashMap<>();

  /** Dies at that call of that method of the port {@code Relays}. */
  static final class Death {
    private final String method;
    private final AtomicInteger left;
    private final boolean after;
    private volatile boolean armed;
    volatile boolean dead;

    Death(String method, int call, boolean after) {
      this.method = method;
      this.left = new AtomicInteger(call);
      this.after = after;
    }

    void arm() {
      armed = true;
    }

    Store around(Store store) {
      return proxy(Store.class, store, name -> false);
    }

    private <P> P proxy(Class<P> type, P real, java.util.function.Predicate<String> fatal) {
      Object made =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, called, arguments) -> {
                if (called.getName().equals("relays")) {
                  return proxy(Relays.class, ((Store) real).relays(), name -> name.equals(method));
                }
                alive();
                boolean now = armed && fatal.test(called.getName()) && left.decrementAndGet() == 0;
                dead |= now && !after;
                alive();
                Object result = invoke(real, called, arguments);
                dead |= now;
                alive();
                return result;
              });
      return type.cast(made);
    }

    private static Object invoke(Object real, java.lang.reflect.Method called, Object[] arguments)
        throws Throwable {
      try {
        return called.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getTargetException();
      }
    }

    private void alive() {
      if (dead) {
        throw new NotNowException("it is dead");
      }
    }
  }

  Lives() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(POSTGRES.createDatabase("lives" + DATABASES.incrementAndGet()));
    // The dead keep theirs.
    config.setMaximumPoolSize(40);
    pool = new HikariDataSource(config);
    person = Concordat.on(pool).start();
  }

  HikariDataSource pool() {
    return pool;
  }

  Concordat start(Sink sink) {
    return start(sink, new Death("", 0, false));
  }

  Concordat start(Sink sink, Death death) {
    return Concordat.on(pool)
        .pollingOnly()
        .relay(
            Relay.named("r", counting(sink))
                .lease(LEASE)
                .retry(RetryPolicy.exponential(Duration.ofMillis(5)).upTo(Duration.ofMillis(50))))
        .wrappingStore(death::around)
        .start();
  }

  /** The same, noting what the relay is told. */
  private Sink counting(Sink sink) {
    return new Sink() {
      @Override
      public void send(List<StoredMessage> messages, Receipts receipts) {
        sink.send(messages, receipts);
      }

      @Override
      public Sender claimed(String relay, int lane) {
        Sender sender = sink.claimed(relay, lane);
        return (Sender)
            Proxy.newProxyInstance(
                Sender.class.getClassLoader(),
                new Class<?>[] {Sender.class},
                (self, called, arguments) -> {
                  if (called.getName().equals("send")) {
                    arguments[1] = counting((Receipts) arguments[1]);
                  }
                  return Death.invoke(sender, called, arguments);
                });
      }
    };
  }

  private Sink.Receipts counting(Sink.Receipts receipts) {
    return new Sink.Receipts() {
      @Override
      public void delivered(StoredMessage message) {
        told.computeIfAbsent(message.id(), id -> new AtomicInteger()).incrementAndGet();
        receipts.delivered(message);
      }

      @Override
      public void rejected(StoredMessage message, String reason) {
        receipts.rejected(message, reason);
      }

      @Override
      public void unavailable(StoredMessage message, String reason) {
        receipts.unavailable(message, reason);
      }
    };
  }

  /** How many messages the relay handed over again after they were delivered. */
  long repeated() {
    return told.values().stream().filter(times -> times.get() > 1).count();
  }

  long delivered() {
    return told.size();
  }

  /** Ends it as a killed process would. */
  static void kill(Concordat concordat) {
    concordat.messaging().kill();
    end(concordat);
  }

  /** Ends it in order, as far as its database lets it. */
  static void end(Concordat concordat) {
    try {
      concordat.close();
    } catch (NotNowException e) {
      // The dead give nothing back.
    }
  }

  void publish(Message... messages) {
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      person.outbox().publish(connection, messages);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(BooleanSupplier condition, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Override
  public void close() {
    person.close();
    pool.close();
  }
}
