package dev.concordat.examples.run;

import dev.concordat.BranchWrapper;
import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.Told.Mark;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import dev.concordat.store.Branches.Vote;
import dev.concordat.store.Decisions;
import dev.concordat.store.Decisions.Decided;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a coordinator and its databases: tells what they say to each other, and stands
 * still at one phase, for whoever listens to kill this process just then.
 */
final class Protocol implements BranchWrapper {

  /** Somebody who hears what happens. */
  interface Listener {
    void moment(String id, String type, String database, String text, Mark mark);
  }

  private final String stopAt;
  private final String stopId;
  private final Listener listener;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final AtomicBoolean still = new AtomicBoolean();

  /**
   * @param stopAt the phase at which to stand still, or an empty text
   * @param stopId the transaction that does
   */
  Protocol(String stopAt, String stopId, Listener listener) {
    this.stopAt = stopAt;
    this.stopId = stopId;
    this.listener = listener;
  }

  @Override
  public AtomicDatabase around(AtomicDatabase database) {
    return port(AtomicDatabase.class, database);
  }

  @Override
  public Branches around(Branches resource) {
    return port(Branches.class, resource);
  }

  private <P> P port(Class<P> type, P real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object result = call(real, method, arguments);
              return switch (result) {
                case Decisions.Deciding open -> port(Decisions.Deciding.class, open);
                case Branches.Open open -> port(Branches.Open.class, open);
                case Branches.Teller teller -> port(Branches.Teller.class, teller);
                case null, default -> result;
              };
            }));
  }

  private @Nullable Object call(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    BranchId branch = branch(arguments);
    if (branch != null) {
      before(method.getName(), branch);
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
    if (branch != null) {
      tell(method.getName(), branch, result);
      after(method.getName(), branch);
    }
    return result;
  }

  private static @Nullable BranchId branch(Object @Nullable [] arguments) {
    return arguments == null
        ? null
        : Arrays.stream(arguments)
            .filter(BranchId.class::isInstance)
            .map(BranchId.class::cast)
            .findFirst()
            .orElse(null);
  }

  private void before(String call, BranchId branch) {
    if (!branch.id().equals(stopId)) {
      return;
    }
    if (isAt(call, AtomicScenario.BEFORE_PREPARE, "prepare")
        || isAt(call, AtomicScenario.AFTER_PREPARE, "decide")) {
      standStill();
    }
    boolean isNext =
        isAt(call, AtomicScenario.BETWEEN_PREPARES, "prepare")
            || isAt(call, AtomicScenario.BETWEEN_COMMITS, "commit");
    if (isNext && !begun.compareAndSet(false, true)) {
      forEver();
    }
  }

  private boolean isAt(String call, String phase, String itsCall) {
    return stopAt.equals(phase) && call.equals(itsCall);
  }

  private void after(String call, BranchId branch) {
    boolean isNow =
        isAt(call, AtomicScenario.BETWEEN_PREPARES, "prepare")
            || isAt(call, AtomicScenario.AFTER_DECISION, "decide")
            || isAt(call, AtomicScenario.BETWEEN_COMMITS, "commit");
    if (isNow && branch.id().equals(stopId)) {
      standStill();
    }
  }

  private void standStill() {
    if (still.compareAndSet(false, true)) {
      System.out.println(Worker.AT + stopId);
    }
    forEver();
  }

  private static void forEver() {
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      try {
        never.await();
      } catch (InterruptedException e) {
        // only SIGKILL ends this
      }
    }
  }

  private void tell(String call, BranchId branch, @Nullable Object result) {
    switch (result) {
      case Vote vote -> tell(branch, vote);
      case Decided decided -> tell(branch, decided);
      case Decisions.Decision decision when call.equals("fence") -> tell(branch, decision);
      case BranchEnding ending -> tell(branch, call.equals("commit"), ending);
      case null, default -> {}
    }
  }

  private void tell(BranchId branch, Vote vote) {
    switch (vote) {
      case Vote.Yes yes -> tell(branch, "Prepared", "can commit, whatever happens now", Mark.DONE);
      case Vote.ReadOnly read -> tell(branch, "ReadOnly", "only read", Mark.NOTE);
      case Vote.No no -> tell(branch, "Refused", no.reason(), Mark.BAD);
      case Vote.Unknown lost -> tell(branch, "AnswerLost", lost.detail(), Mark.BAD);
    }
  }

  private void tell(BranchId branch, Decided decided) {
    switch (decided) {
      case Decided.Committed yes ->
          tell(branch, "Decided", "commits, and with it the decision that all commit", Mark.DONE);
      case Decided.Refused no -> tell(branch, "Refused", no.reason(), Mark.BAD);
      case Decided.Before before ->
          tell(branch, "DoneBefore", "an earlier attempt has committed", Mark.NOTE);
      case Decided.Unknown lost -> tell(branch, "AnswerLost", lost.detail(), Mark.BAD);
    }
  }

  private void tell(BranchId branch, Decisions.Decision decision) {
    boolean commits = decision.commits(branch.attempt());
    tell(
        branch,
        "Fenced",
        commits ? "was asked: it had decided to commit" : "was asked: aborted, now for good",
        Mark.NOTE);
  }

  private void tell(BranchId branch, boolean commits, BranchEnding ending) {
    switch (ending) {
      case DONE, ALREADY ->
          tell(
              branch,
              commits ? "Committed" : "RolledBack",
              commits ? "was told, and has committed" : "was told, and has rolled back",
              commits ? Mark.DONE : Mark.COMPENSATED);
      case AGAIN -> tell(branch, "NotTold", "does not answer, and is told again", Mark.BAD);
      case HEURISTIC -> tell(branch, "Heuristic", "did not do what was decided", Mark.BAD);
    }
  }

  private void tell(BranchId branch, String type, String text, Mark mark) {
    listener.moment(branch.id(), type, branch.branch().name(), text, mark);
  }
}
