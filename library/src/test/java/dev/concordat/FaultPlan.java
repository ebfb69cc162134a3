package dev.concordat;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Bell;
import dev.concordat.store.Branches;
import dev.concordat.store.Consumers;
import dev.concordat.store.Decisions;
import dev.concordat.store.Flows;
import dev.concordat.store.Holds;
import dev.concordat.store.Inbox;
import dev.concordat.store.Instances;
import dev.concordat.store.Journal;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import dev.concordat.store.Outbox;
import dev.concordat.store.Reactions;
import dev.concordat.store.Relays;
import dev.concordat.store.RolledBack;
import dev.concordat.store.Store;
import dev.concordat.store.StoredReplies;
import dev.concordat.store.Ticks;
import dev.concordat.store.Transactions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Which call of the store goes wrong, and how. */
final class FaultPlan {

  enum Fault {
    FAIL_BEFORE,
    FAIL_AFTER,
    CRASH_BEFORE,
    CRASH_AFTER
  }

  private final String port;
  private final int call;
  private final Fault fault;
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  volatile boolean fired;
  volatile boolean dead;

  FaultPlan(String port, int call, Fault fault) {
    this.port = port;
    this.call = call;
    this.fault = fault;
  }

  /** Which call is meant, as {@code Relays.claim}. */
  String port() {
    return port;
  }

  Object pass(String name, Object real, Method method, Object[] arguments) throws Throwable {
    // A process that dies loses its connections, so those are always given back.
    if (dead && !method.getName().equals("close")) {
      throw new NotNowException("it is dead");
    }
    boolean now =
        name.equals(port)
            && calls.computeIfAbsent(name, key -> new AtomicInteger()).incrementAndGet() == call;
    if (!now) {
      Object result = invoke(real, method, arguments);
      return result instanceof Transactions.Local local
          ? port(Transactions.Local.class, local)
          : result;
    }
    fired = true;
    dead = fault == Fault.CRASH_BEFORE;
    if (fault == Fault.FAIL_BEFORE && name.equals("Local.commit")) {
      throw new RolledBack(new SQLException("injected: rolled back", "40001"));
    }
    if (fault == Fault.FAIL_BEFORE || dead) {
      throw new NotNowException("injected before " + name);
    }
    Object unused = invoke(real, method, arguments);
    dead = fault == Fault.CRASH_AFTER;
    throw new OutcomeUnknownException("k", "injected after " + name + unused, null);
  }

  private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  <P> P port(Class<P> type, P real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                pass(type.getSimpleName() + "." + method.getName(), real, method, arguments)));
  }

  /** Also around the branches it begins, and those who tell them the decision. */
  AtomicDatabase around(AtomicDatabase database) {
    return (AtomicDatabase)
        Proxy.newProxyInstance(
            AtomicDatabase.class.getClassLoader(),
            new Class<?>[] {AtomicDatabase.class},
            (self, method, arguments) -> {
              String name = "AtomicDatabase." + method.getName();
              Object result = pass(name, database, method, arguments);
              return switch (result) {
                case Decisions.Deciding open -> port(Decisions.Deciding.class, open);
                case Branches.Teller teller -> port(Branches.Teller.class, teller);
                case null, default -> result;
              };
            });
  }

  @Override
  public String toString() {
    return port + "#" + call + " " + fault;
  }

  Store around(Store store) {
    return new Ports(
        store,
        port(Outbox.class, store.outbox()),
        port(Ticks.class, store.ticks()),
        port(Relays.class, store.relays()),
        port(Consumers.class, store.consumers()),
        port(Reactions.class, store.reactions()),
        port(Flows.class, store.flows()),
        port(Inbox.class, store.inbox()),
        port(StoredReplies.class, store.replies()),
        port(Transactions.class, store.transactions()));
  }

  /** The same, also around what instances live by: journal, leases, claims and letters. */
  Store aroundAll(Store store) {
    Ports ports = (Ports) around(store);
    return new All(
        ports,
        port(Journal.class, store.journal()),
        port(Instances.class, store.instances()),
        port(Leases.class, store.leases()),
        port(Mailbox.class, store.mailbox()));
  }

  private record All(
      Ports ports, Journal journal, Instances instances, Leases leases, Mailbox mailbox)
      implements Store {
    @Override
    public Outbox outbox() {
      return ports.outbox();
    }

    @Override
    public Ticks ticks() {
      return ports.ticks();
    }

    @Override
    public Relays relays() {
      return ports.relays();
    }

    @Override
    public Consumers consumers() {
      return ports.consumers();
    }

    @Override
    public Reactions reactions() {
      return ports.reactions();
    }

    @Override
    public Flows flows() {
      return ports.flows();
    }

    @Override
    public Inbox inbox() {
      return ports.inbox();
    }

    @Override
    public StoredReplies replies() {
      return ports.replies();
    }

    @Override
    public Transactions transactions() {
      return ports.transactions();
    }

    @Override
    public Holds holds() {
      return ports.holds();
    }

    @Override
    public Bell bell() {
      return ports.bell();
    }

    @Override
    public void close() {
      ports.close();
    }
  }

  private record Ports(
      Store real,
      Outbox outbox,
      Ticks ticks,
      Relays relays,
      Consumers consumers,
      Reactions reactions,
      Flows flows,
      Inbox inbox,
      StoredReplies replies,
      Transactions transactions)
      implements Store {
    @Override
    public Journal journal() {
      return real.journal();
    }

    @Override
    public Instances instances() {
      return real.instances();
    }

    @Override
    public Leases leases() {
      return real.leases();
    }

    @Override
    public Mailbox mailbox() {
      return real.mailbox();
    }

    @Override
    public Holds holds() {
      return real.holds();
    }

    @Override
    public Bell bell() {
      return real.bell();
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
