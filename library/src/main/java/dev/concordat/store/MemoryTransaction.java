package dev.concordat.store;

import dev.concordat.core.InvariantViolation;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One transaction in memory, ours or the caller's: what is staged becomes true all at once. */
final class MemoryTransaction
    implements MemoryStore.Staged, MemoryStore.Session, Transactions.Local {

  /** A savepoint: how many effects were staged by then. */
  private record Mark(int size) implements Savepoint {
    @Override
    public int getSavepointId() {
      return size;
    }

    @Override
    public String getSavepointName() {
      return "mark " + size;
    }
  }

  private enum Stage {
    OPEN,
    COMMITTED,
    ROLLED_BACK,
    BROKEN
  }

  private final MemoryTables tables;
  private final Connection connection;
  private final List<Runnable> effects = new ArrayList<>();
  private final List<Runnable> endings = new ArrayList<>();
  private final List<Write> births = new ArrayList<>();
  private Stage stage = Stage.OPEN;

  MemoryTransaction(MemoryTables tables) {
    this.tables = tables;
    this.connection =
        (Connection)
            Proxy.newProxyInstance(
                MemoryTransaction.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> call(proxy, method, arguments));
  }

  /** The transaction behind a connection, which may be wrapped. */
  static MemoryTransaction of(Connection connection, MemoryTables tables) {
    try {
      if (connection.isWrapperFor(MemoryStore.Staged.class)
          && connection.unwrap(MemoryStore.Staged.class) instanceof MemoryTransaction found
          && found.tables == tables) {
        return found;
      }
    } catch (SQLException e) {
      throw new RefusedException("this connection is none of this memory store", e);
    }
    throw new RefusedException(
        "this connection is none of this memory store, so nothing was written; get one from"
            + " MemoryStore.begin()");
  }

  @SuppressWarnings("ReferenceEquality") // a connection equals only itself
  private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments) {
    Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
    return switch (method.getName()) {
      case "isWrapperFor" -> first == MemoryStore.Staged.class;
      case "unwrap" -> {
        if (first != MemoryStore.Staged.class) {
          throw noSql("unwrap(" + first + ")");
        }
        yield this;
      }
      case "setSavepoint" -> new Mark(effects.size());
      case "releaseSavepoint" -> null;
      case "rollback" -> {
        if (!(first instanceof Mark mark)) {
          throw noSql("rollback()");
        }
        effects.subList(mark.size(), effects.size()).clear();
        yield null;
      }
      case "toString" -> "a connection of the memory store";
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> proxy == first;
      default -> throw noSql(method.getName());
    };
  }

  private static UnsupportedOperationException noSql(String method) {
    return new UnsupportedOperationException(
        method
            + " is refused: the memory store has no SQL, and its transaction is not yours to end."
            + " Stage effects through unwrap(MemoryStore.Staged.class), or test on PostgreSQL.");
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public void onCommit(Runnable effect) {
    tables.alone(() -> {
      requireOpen();
      effects.add(effect);
    });
  }

  /** Run when it ends, however it does. */
  void onEnd(Runnable ending) {
    tables.alone(() -> {
      requireOpen();
      endings.add(ending);
    });
  }

  private void requireOpen() {
    if (stage != Stage.OPEN) {
      throw new RefusedException("this transaction has ended, so nothing was done");
    }
  }

  Write.Result appendWithin(Write write) {
    NewInstance born = Objects.requireNonNull(write.insert(), "only first entries are appended");
    return tables.locked(() -> {
      requireOpen();
      tables.refusePromised(born, this);
      if (tables.isTaken(born) || births.stream().anyMatch(birth -> clash(birth, born))) {
        return Write.Result.EXISTS;
      }
      births.add(write);
      tables.promise(born.id(), this);
      return Write.Result.ACCEPTED;
    });
  }

  /** The instance of that id that this transaction makes. */
  Optional<InstanceRow> born(String id) {
    return births.stream()
        .filter(birth -> birth.insert() != null && birth.insert().id().equals(id))
        .map(birth -> tables.born(birth).shown())
        .findFirst();
  }

  private static boolean clash(Write birth, NewInstance other) {
    NewInstance born = birth.insert();
    return born != null && (born.no() == other.no() || born.id().equals(other.id()));
  }

  @Override
  public void commit() {
    tables.alone(() -> {
      requireOpen();
      carryOut(births);
    });
  }

  @Override
  public Write.Result commit(Write write) {
    if (write.events().isEmpty()) {
      throw new InvariantViolation("a local transaction commits with an entry, not without");
    }
    return tables.locked(() -> {
      if (stage == Stage.BROKEN) {
        throw new OutcomeUnknownException(
            String.valueOf(write.no()), "the connection was broken off before COMMIT", null);
      }
      requireOpen();
      NewInstance born = write.insert();
      if (born != null) {
        tables.refusePromised(born, this);
      }
      Write.Result result = tables.judge(write);
      if (result != Write.Result.ACCEPTED) {
        end(Stage.ROLLED_BACK);
        return result;
      }
      List<Write> all = new ArrayList<>(births);
      all.add(write);
      carryOut(all);
      return result;
    });
  }

  /** The effects first: one that throws plays the part of a deferred constraint. */
  private void carryOut(List<Write> writes) {
    try {
      effects.forEach(Runnable::run);
    } catch (RuntimeException e) {
      end(Stage.ROLLED_BACK);
      throw new RolledBack(e);
    }
    writes.forEach(tables::apply);
    end(Stage.COMMITTED);
  }

  private void end(Stage how) {
    stage = how;
    endings.forEach(Runnable::run);
    for (Write birth : births) {
      NewInstance born = birth.insert();
      if (born != null) {
        tables.forget(born.id());
      }
    }
  }

  @Override
  public void abort() {
    endIfOpen(Stage.BROKEN);
  }

  @Override
  public void close() {
    endIfOpen(Stage.ROLLED_BACK);
  }

  private void endIfOpen(Stage how) {
    tables.alone(() -> {
      if (stage == Stage.OPEN) {
        end(how);
      }
    });
  }
}
