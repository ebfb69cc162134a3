package dev.concordat.runner;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.engine.Script;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.NewInstance;
import dev.concordat.store.Write;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Starts instances: each id once, with one input. */
public final class Starts {

  /** The most characters an id may have. */
  public static final int MAX_ID = 200;

  private final Engine engine;

  /** Starts instances of that engine's scripts. */
  public Starts(Engine engine) {
    this.engine = engine;
  }

  /**
   * What is to be started.
   *
   * @param id what its user calls it, see {@link #requireId}
   * @param kind what definitions of its protocol are called, for people: saga, …
   * @param inputHash what tells one input from another
   * @param attributes what it can be searched by
   * @param parent the instance that starts it, if one does: it waits for the database for ever
   * @param begin the first stimulus
   */
  public record Wanted<S, I, E, A>(
      Script<S, I, E, A> script,
      String id,
      String kind,
      String inputHash,
      Map<String, String> attributes,
      OptionalLong parent,
      I begin) {

    /** Copies the attributes, and makes sure that they can be stored. */
    public Wanted {
      attributes = Map.copyOf(attributes);
      if (attributes.toString().indexOf('\0') >= 0) {
        throw new RefusedException(
            "'"
                + id
                + "' was not started: a search attribute has a NUL in it, which PostgreSQL"
                + " cannot store");
      }
    }
  }

  /**
   * What was started.
   *
   * @param no the instance's number
   * @param end the state it ended in, if it did so in this thread
   */
  public record Started<S>(long no, Optional<S> end) {}

  /**
   * Refuses what cannot be started now, or not by that id.
   *
   * @throws RefusedException if it is no id, or there is no input
   * @throws OutcomeUnknownException if this engine is closed: it cannot say whether it was started
   *     before
   */
  public void requireId(@Nullable String id, @Nullable Object input) {
    if (id == null || input == null) {
      throw new RefusedException(
          "an instance needs an id and a state, and one of them is null. Nothing was started.");
    }
    if (id.isEmpty() || id.length() > MAX_ID || id.indexOf('\0') >= 0 || !isUnicode(id)) {
      throw new RefusedException(
          "an id has 1 to "
              + MAX_ID
              + " characters, none of them NUL or half a surrogate pair; this one has "
              + id.length()
              + ". Nothing was started.");
    }
    if (engine.isStopping()) {
      throw new OutcomeUnknownException(
          id,
          "this Concordat is closed and started nothing now, but cannot say whether '"
              + id
              + "' was started before; start it elsewhere with the same id",
          null);
    }
  }

  private static boolean isUnicode(String id) {
    return id.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  /**
   * Starts it, or finds that it was started before with the same input. Durable when it returns.
   *
   * @return the instance's number
   * @throws RefusedException if nothing was started, saying why
   * @throws OutcomeUnknownException if the answer was lost: start again with the same id and input
   */
  public <S, I, E, A> long start(Wanted<S, I, E, A> wanted) {
    try {
      return started(wanted);
    } catch (EngineStopped e) {
      throw new OutcomeUnknownException(
          wanted.id(),
          "this Concordat was closed, or its caller interrupted, while '"
              + wanted.id()
              + "' was being started; start it again with the same id",
          e);
    }
  }

  /** The same for instances that start others: throws {@link EngineStopped} as it is. */
  public <S, I, E, A> long startFromWithin(Wanted<S, I, E, A> wanted) {
    return started(wanted);
  }

  private <S, I, E, A> long started(Wanted<S, I, E, A> wanted) {
    NewInstance born = born(wanted, engine.owner());
    if (born.owner().isEmpty()) {
      Write.Result result = engine.writeFirst(first(wanted, born));
      engine.wakeFor(born.no());
      return result == Write.Result.EXISTS ? existing(wanted, finding(wanted)) : born.no();
    }
    Instance<S, I, E, A> instance = engine.take(wanted.script(), born, false);
    try {
      engine.go(instance, instance.deliver(wanted.begin()));
    } catch (Engine.BornTwice e) {
      return existing(wanted, finding(wanted));
    }
    return born.no();
  }

  /**
   * Starts it in the caller's transaction: it is there if that commits, and never was if not.
   *
   * @return the instance's number
   */
  public <S, I, E, A> long start(Connection connection, Wanted<S, I, E, A> wanted) {
    requireTransaction(connection, wanted.id());
    NewInstance born = born(wanted, OptionalLong.empty());
    Write.Result result = engine.store().journal().appendWithin(connection, first(wanted, born));
    return result == Write.Result.EXISTS
        ? existing(wanted, () -> engine.store().instances().findWithin(connection, wanted.id()))
        : born.no();
  }

  /**
   * Starts it and performs what runs inside transactions in this thread. Its first entry is written
   * together with the first of these, so nothing is promised until it returns.
   */
  public <S, I, E, A> Started<S> run(Wanted<S, I, E, A> wanted) {
    if (engine.owner().isEmpty()) {
      return new Started<>(start(wanted), Optional.empty());
    }
    NewInstance born = born(wanted, engine.owner());
    Instance<S, I, E, A> instance = engine.take(wanted.script(), born, true);
    try {
      engine.goHere(wanted.script(), instance, instance.deliver(wanted.begin()));
    } catch (Engine.BornTwice e) {
      return new Started<>(existing(wanted, finding(wanted)), Optional.empty());
    } catch (EngineStopped e) {
      throw new OutcomeUnknownException(
          wanted.id(),
          "this Concordat was closed, or its caller interrupted, while '"
              + wanted.id()
              + "' ran; others go on with it",
          e);
    }
    boolean ended = instance.isGone() && wanted.script().status(instance.state()).isFinal();
    return new Started<>(born.no(), ended ? Optional.of(instance.state()) : Optional.empty());
  }

  private static void requireTransaction(Connection connection, String id) {
    try {
      if (!connection.getAutoCommit()) {
        return;
      }
    } catch (SQLException e) {
      throw new RefusedException(
          "'" + id + "' was not started, because its connection is broken: " + e.getMessage(), e);
    }
    throw new RefusedException(
        "'"
            + id
            + "' was not started: its connection commits by itself, so there is no transaction to"
            + " take part in. Call setAutoCommit(false), or start without a connection.");
  }

  private NewInstance born(Wanted<?, ?, ?, ?> wanted, OptionalLong owner) {
    boolean patient = wanted.parent().isPresent();
    return new NewInstance(
        patient ? engine.certain(engine::nextNumber) : engine.soon(engine::nextNumber),
        wanted.id(),
        engine.platform().uuid(),
        wanted.script().name(),
        wanted.script().version(),
        wanted.inputHash(),
        wanted.attributes(),
        wanted.parent(),
        owner);
  }

  /** Only the acceptance of an instance; whoever claims it decides what follows. */
  private static <S, I, E, A> Write first(Wanted<S, I, E, A> wanted, NewInstance born) {
    Script<S, I, E, A> script = wanted.script();
    List<E> events = script.decide(script.empty(), wanted.begin()).events();
    return new Write(
        born.no(),
        NewInstance.FIRST_TOKEN,
        0,
        script.write(events.subList(0, 1)),
        born,
        null,
        List.of());
  }

  private Supplier<Optional<InstanceRow>> finding(Wanted<?, ?, ?, ?> wanted) {
    Supplier<Optional<InstanceRow>> find = () -> engine.store().instances().find(wanted.id());
    return wanted.parent().isPresent() ? () -> engine.certain(find) : () -> engine.soon(find);
  }

  /** The instance that has the id already, if it was started with the same input. */
  private static long existing(Wanted<?, ?, ?, ?> wanted, Supplier<Optional<InstanceRow>> find) {
    String id = wanted.id();
    InstanceRow row =
        find.get()
            .orElseThrow(() ->
                new RefusedException(
                    "an instance '"
                        + id
                        + "' is being started in a transaction that has not ended; nothing was"
                        + " started here"));
    if (!row.definition().equals(wanted.script().name())) {
      throw new RefusedException(
          otherDefinition(wanted.kind(), row, wanted.script().name())
              + "; nothing was started. Choose another id.");
    }
    if (!row.inputHash().equals(wanted.inputHash())) {
      throw new RefusedException(
          "'"
              + id
              + "' was started before with another input; nothing was started. Choose another"
              + " id, or ask for the one that exists.");
    }
    return row.no();
  }

  /**
   * The number of the instance of that id.
   *
   * @throws RefusedException if there is none, or it is another definition's
   */
  public long find(String id, String kind, Script<?, ?, ?, ?> script) {
    InstanceRow row =
        engine
            .store()
            .instances()
            .find(id)
            .orElseThrow(() -> new RefusedException("there is no instance '" + id + "'"));
    if (!row.definition().equals(script.name())) {
      throw new RefusedException(
          otherDefinition(kind, row, script.name()) + "; find it with that one");
    }
    return row.no();
  }

  private static String otherDefinition(String kind, InstanceRow row, String name) {
    return "'"
        + row.id()
        + "' is an instance of "
        + kind
        + " '"
        + row.definition()
        + "', not of '"
        + name
        + "'";
  }
}
