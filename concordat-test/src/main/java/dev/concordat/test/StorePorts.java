package dev.concordat.test;

import dev.concordat.core.RefusedException;
import dev.concordat.store.Bell;
import dev.concordat.store.Consumers;
import dev.concordat.store.Flows;
import dev.concordat.store.Holds;
import dev.concordat.store.Inbox;
import dev.concordat.store.InstanceRow;
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
import dev.concordat.store.Write;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Generated decorators: one proxy for each port, all of whose calls pass the fault points; except
 * the bell, of which nothing is promised.
 */
final class StorePorts {

  /** Points of user code in a transaction of the journal, and those of them that may refuse. */
  private static final Set<String> INSIDE =
      Set.of("LocalStep", "LocalCompensation", "LocalTry", "LocalConfirm", "LocalCancel");

  private static final Set<String> FORWARD_INSIDE = Set.of("LocalStep", "LocalTry");

  /** Points of user code that calls somebody. */
  private static final Set<String> OUTSIDE =
      Set.of("Step", "Compensation", "LookUp", "Try", "Confirm", "Cancel");

  /** Polls, which are points only when they find something. */
  private static final Set<String> POLLS =
      Set.of(
          "Instances.claimDue",
          "Instances.claimAbandoned",
          "Instances.heldBy",
          "Mailbox.waiting",
          "Consumers.takeDue",
          "Flows.takeDue");

  /** What touches neither disk nor network, and what ends a transaction that is lost anyway. */
  private static final Set<String> FREE = Set.of("Local.connection", "Local.abort", "Local.close");

  private static final String COMMIT = "Local.commit";

  private StorePorts() {}

  static Store around(Store store, FaultPoints points) {
    Journal journal = port(Journal.class, "Journal", store.journal(), points);
    Instances instances = port(Instances.class, "Instances", store.instances(), points);
    Leases leases = port(Leases.class, "Leases", store.leases(), points);
    Mailbox mailbox = port(Mailbox.class, "Mailbox", store.mailbox(), points);
    Transactions transactions =
        port(Transactions.class, "Transactions", store.transactions(), points);
    Outbox outbox = port(Outbox.class, "Outbox", store.outbox(), points);
    Inbox inbox = port(Inbox.class, "Inbox", store.inbox(), points);
    StoredReplies replies = port(StoredReplies.class, "StoredReplies", store.replies(), points);
    Ticks ticks = port(Ticks.class, "Ticks", store.ticks(), points);
    Relays relays = port(Relays.class, "Relays", store.relays(), points);
    Consumers consumers = port(Consumers.class, "Consumers", store.consumers(), points);
    Reactions reactions = port(Reactions.class, "Reactions", store.reactions(), points);
    Flows flows = port(Flows.class, "Flows", store.flows(), points);
    Holds holds = port(Holds.class, "Holds", store.holds(), points);
    return new Ports(
        journal,
        instances,
        leases,
        mailbox,
        outbox,
        inbox,
        replies,
        ticks,
        relays,
        consumers,
        reactions,
        flows,
        holds,
        store.bell(),
        transactions,
        store::close);
  }

  record Ports(
      Journal journal,
      Instances instances,
      Leases leases,
      Mailbox mailbox,
      Outbox outbox,
      Inbox inbox,
      StoredReplies replies,
      Ticks ticks,
      Relays relays,
      Consumers consumers,
      Reactions reactions,
      Flows flows,
      Holds holds,
      Bell bell,
      Transactions transactions,
      Runnable closing)
      implements Store {

    @Override
    public void close() {
      closing.run();
    }
  }

  private static <P> P port(Class<P> type, String name, P real, FaultPoints points) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call(name, real, method, arguments, points));
    return type.cast(proxy);
  }

  private static @Nullable Object call(
      String port, Object real, Method method, Object @Nullable [] arguments, FaultPoints points)
      throws Throwable {
    String name = port + "." + method.getName();
    if (method.getDeclaringClass() == Object.class || FREE.contains(name)) {
      return invoke(real, method, arguments);
    }
    return points.pass(
        name,
        POLLS.contains(name),
        () -> {
          Object result = invoke(real, method, arguments);
          see(points, arguments, result);
          return result instanceof Transactions.Local local
              ? port(Transactions.Local.class, "Local", local, points)
              : result;
        });
  }

  private static @Nullable Object invoke(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }

  /** What the trace can learn from a call that was made. */
  private static void see(
      FaultPoints points, Object @Nullable [] arguments, @Nullable Object result) {
    if (result == Write.Result.ACCEPTED && arguments != null) {
      points.trace().durable(points.life(), (Write) arguments[arguments.length - 1]);
    } else if (result instanceof List<?> results && arguments != null) {
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) == Write.Result.ACCEPTED) {
          points.trace().durable(points.life(), (Write) ((List<?>) arguments[0]).get(i));
        }
      }
    }
    rows(result).forEach(points.trace()::learn);
  }

  private static List<InstanceRow> rows(@Nullable Object result) {
    return switch (result) {
      case List<?> list ->
          list.stream().filter(InstanceRow.class::isInstance).map(InstanceRow.class::cast).toList();
      case Optional<?> found when found.isPresent() && found.get() instanceof InstanceRow row ->
          List.of(row);
      case null, default -> List.of();
    };
  }

  /** How that port says that it certainly did nothing. */
  static RuntimeException refusal(String name) {
    return name.equals(COMMIT)
        ? new RolledBack(new SQLException("injected: rolled back", "40001"))
        : new RefusedException("injected: turned down");
  }

  /** The faults that make sense at a point. */
  static List<Fault.Kind> kinds(String point) {
    String name = point.substring(0, point.lastIndexOf('#'));
    if (INSIDE.contains(kind(name))) {
      return FORWARD_INSIDE.contains(kind(name))
          ? List.of(
              Fault.Kind.CRASH_BEFORE,
              Fault.Kind.CRASH_AFTER,
              Fault.Kind.FAIL_BEFORE,
              Fault.Kind.REFUSE,
              Fault.Kind.UNEXPECTED,
              Fault.Kind.FREEZE)
          : List.of(Fault.Kind.CRASH_BEFORE, Fault.Kind.CRASH_AFTER, Fault.Kind.FAIL_BEFORE);
    }
    return switch (kind(name)) {
      case "Step", "Try" -> List.of(Fault.Kind.values());
      case "Compensation", "LookUp", "Confirm", "Cancel" ->
          List.of(
              Fault.Kind.CRASH_BEFORE,
              Fault.Kind.CRASH_AFTER,
              Fault.Kind.FAIL_BEFORE,
              Fault.Kind.LOSE_REQUEST,
              Fault.Kind.LOSE_ANSWER,
              Fault.Kind.DUPLICATE,
              Fault.Kind.FREEZE);
      default -> ofPort(name);
    };
  }

  private static List<Fault.Kind> ofPort(String name) {
    return switch (name) {
      case "Journal.append", "Mailbox.post" ->
          List.of(
              Fault.Kind.CRASH_BEFORE,
              Fault.Kind.CRASH_AFTER,
              Fault.Kind.FAIL_BEFORE,
              Fault.Kind.LOSE_REQUEST,
              Fault.Kind.LOSE_ANSWER,
              Fault.Kind.DUPLICATE,
              Fault.Kind.FREEZE);
      case COMMIT, "Instances.claimDue", "Instances.claimAbandoned" ->
          List.of(
              Fault.Kind.CRASH_BEFORE,
              Fault.Kind.CRASH_AFTER,
              Fault.Kind.FAIL_BEFORE,
              Fault.Kind.LOSE_REQUEST,
              Fault.Kind.LOSE_ANSWER,
              Fault.Kind.FREEZE);
      default ->
          List.of(
              Fault.Kind.CRASH_BEFORE,
              Fault.Kind.CRASH_AFTER,
              Fault.Kind.FAIL_BEFORE,
              Fault.Kind.LOSE_ANSWER);
    };
  }

  static boolean isUserCode(String point) {
    return INSIDE.contains(kind(point)) || OUTSIDE.contains(kind(point));
  }

  private static String kind(String point) {
    return point.substring(0, point.indexOf('.'));
  }

  /** Whether a crash around that point can leave something different behind. */
  static boolean leavesSomething(String point) {
    return point.startsWith("Local")
        || (OUTSIDE.contains(kind(point)) && !point.startsWith("LookUp."))
        || point.startsWith("Journal.append")
        || point.startsWith("Mailbox.post")
        || point.startsWith("Instances.claim")
        || point.startsWith("Leases.acquire");
  }
}
