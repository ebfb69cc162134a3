package dev.concordat.messaging;

import dev.concordat.core.MessageKey;
import dev.concordat.core.ParkedMessage;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Consumers;
import dev.concordat.store.Consumers.Arrival;
import dev.concordat.store.Consumers.Reception;
import dev.concordat.store.Consumers.State;
import dev.concordat.store.Inbox;
import dev.concordat.store.Transactions;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The transactions in which a consumer handles messages and notes that it did. */
final class ConsumerJournal {

  private static final String TWICE =
      "another message was handled under this id, and this one says something else; find out who"
          + " gives ids twice";

  /** So that one whose database is down does not keep others from being tried. */
  private static final Duration LATER = Duration.ofSeconds(1);

  private final Engine engine;
  private final Consumer consumer;

  ConsumerJournal(Engine engine, Consumer consumer) {
    this.engine = engine;
    this.consumer = consumer;
  }

  /** How many messages of a transaction were handled, how many known, and which were parked. */
  record Count(int handled, int known, List<Dead> dead) {}

  /** A message that nobody can handle, and why. */
  record Dead(ReceivedMessage message, String reason) {}

  /** A handler threw. */
  static final class HandlerFailed extends Exception {
    private static final long serialVersionUID = 1L;

    HandlerFailed(Throwable cause) {
      super(cause);
    }

    Mishap mishap() {
      Throwable cause = getCause();
      return Mishap.of(cause == null ? this : cause);
    }
  }

  /** The lane is another's now: nothing was written. */
  static final class LaneLost extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** What was to be waited for is gone; look again. */
  static final class Moved extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private Consumers store() {
    return engine.store().consumers();
  }

  private <T> T run(String key, Transactions.Work<T> work) throws Exception {
    return engine.store().transactions().run(key, work);
  }

  /**
   * Handles messages in one transaction, all or none. If the consumer keeps offsets they are of one
   * lane, in their order.
   */
  Count handle(List<Piece> unit) throws Exception {
    return run(unit.get(0).message().id(), tx -> handle(tx, unit));
  }

  private Count handle(Connection tx, List<Piece> unit) throws Exception {
    List<Reception> receptions = consumer.keepsOffsets() ? byOffset(tx, unit) : byId(tx, unit);
    int handled = 0;
    int known = 0;
    List<Dead> dead = new ArrayList<>();
    Set<MessageKey> blocked = new HashSet<>();
    for (int i = 0; i < unit.size(); i++) {
      Piece piece = unit.get(i);
      Reception reception = receptions.get(i);
      String objection = reception == Reception.DIFFERENT ? TWICE : piece.objection();
      if (reception == Reception.KNOWN) {
        known++;
      } else if (reception == Reception.BEHIND) {
        parkBehind(tx, piece);
      } else if (objection != null) {
        store().park(tx, consumer.name(), piece.message(), State.DEAD, objection, null);
        dead.add(new Dead(piece.message(), objection));
        Optional.ofNullable(piece.message().ordering()).ifPresent(blocked::add);
      } else if (isAmong(blocked, piece)) {
        // It was noted as new before its key was blocked.
        throw new Moved();
      } else {
        perform(tx, piece);
        handled++;
      }
    }
    return new Count(handled, known, dead);
  }

  private void parkBehind(Connection tx, Piece piece) throws Moved {
    if (!store().park(tx, consumer.name(), piece.message(), State.BEHIND, null, null)) {
      throw new Moved();
    }
  }

  private static void perform(Connection tx, Piece piece) throws HandlerFailed {
    Consumer.Ready ready = piece.ready();
    if (ready != null) {
      perform(tx, ready);
    }
  }

  private static void perform(Connection tx, Consumer.Ready ready) throws HandlerFailed {
    try {
      ready.handle(tx);
    } catch (Exception | Error e) {
      throw new HandlerFailed(e);
    }
  }

  /** What nobody handles is not noted in the inbox. */
  private List<Reception> byId(Connection tx, List<Piece> unit) {
    List<Arrival> arrivals =
        unit.stream()
            .filter(piece -> piece.ready() != null)
            .map(piece -> arrival(piece.message()))
            .toList();
    List<Reception> said =
        arrivals.isEmpty() ? List.of() : store().accept(tx, consumer.name(), arrivals);
    List<Reception> all = new ArrayList<>(unit.size());
    int next = 0;
    for (Piece piece : unit) {
      all.add(piece.ready() == null ? Reception.NEW : said.get(next++));
    }
    return all;
  }

  private static Arrival arrival(ReceivedMessage message) {
    return new Arrival(message.id(), message.payload().sha256(), message.ordering());
  }

  private List<Reception> byOffset(Connection tx, List<Piece> unit) throws LaneLost {
    long before = advance(tx, unit);
    Set<MessageKey> keys =
        unit.stream()
            .filter(piece -> piece.ready() != null)
            .flatMap(piece -> Optional.ofNullable(piece.message().ordering()).stream())
            .collect(Collectors.toSet());
    Set<MessageKey> parked = keys.isEmpty() ? Set.of() : store().parked(tx, consumer.name(), keys);
    return unit.stream()
        .map(piece ->
            piece.delivery().offset() < before
                ? Reception.KNOWN
                : isAmong(parked, piece) ? Reception.BEHIND : Reception.NEW)
        .toList();
  }

  private static boolean isAmong(Set<MessageKey> parked, Piece piece) {
    MessageKey key = piece.message().ordering();
    return key != null && piece.ready() != null && parked.contains(key);
  }

  private long advance(Connection tx, List<Piece> unit) throws LaneLost {
    Piece last = unit.get(unit.size() - 1);
    LaneClaim claim = last.claim();
    OptionalLong before =
        store()
            .advance(
                tx, consumer.name(), claim.lane(), claim.epoch(), last.delivery().offset() + 1);
    return before.orElseThrow(LaneLost::new);
  }

  /**
   * Parks a message whose handling failed.
   *
   * @return after how long it is tried again, or empty if it waits for a person
   */
  Optional<Duration> park(Piece piece, Mishap mishap) throws Exception {
    Optional<Duration> wait = wait(mishap, 1, Duration.ZERO);
    State state = wait.isPresent() ? State.RETRY : State.DEAD;
    run(
        piece.message().id(),
        tx -> {
          if (consumer.keepsOffsets()) {
            advance(tx, List.of(piece));
          }
          return store()
              .park(
                  tx, consumer.name(), piece.message(), state, mishap.reason(), wait.orElse(null));
        });
    return wait;
  }

  private Optional<Duration> wait(Mishap mishap, int attempts, Duration since) {
    return mishap.kind() == Mishap.Kind.REFUSED
        ? Optional.empty()
        : consumer.retry().delay(attempts, since, engine.platform().random());
  }

  /** What became of a parked message. */
  sealed interface Revived {

    /** None was due. */
    record None() implements Revived {}

    /** It was handled, had been, or was given up. */
    record Gone(int handled) implements Revived {}

    /** It failed again; {@code dead} if it waits for a person now. */
    record Failed(ReceivedMessage message, int attempts, String reason, boolean dead)
        implements Revived {}
  }

  /** Tries one parked message that is due. */
  Revived revive() throws Exception {
    @Nullable ParkedMessage[] taken = new ParkedMessage[1];
    try {
      return run(
          consumer.name(),
          tx -> {
            Optional<ParkedMessage> due = store().takeDue(tx, consumer.name());
            if (due.isEmpty()) {
              return new Revived.None();
            }
            taken[0] = due.get();
            return revive(tx, due.get());
          });
    } catch (HandlerFailed e) {
      Mishap mishap = e.mishap();
      ParkedMessage parked = taken[0];
      if (parked == null) {
        throw e;
      }
      if (mishap.kind() == Mishap.Kind.UNAVAILABLE) {
        run(
            consumer.name(),
            tx -> {
              store().postpone(tx, parked.no(), LATER);
              return true;
            });
        throw e;
      }
      return run(consumer.name(), tx -> parkAgain(tx, parked, mishap));
    }
  }

  private Revived revive(Connection tx, ParkedMessage parked) throws Exception {
    ReceivedMessage message = parked.message();
    Inbox.Notice notice = consumer.keepsOffsets() ? Inbox.Notice.NEW : note(tx, message);
    return switch (notice) {
      case NEW -> {
        if (!parked.discarded()) {
          perform(tx, ready(message));
        }
        store().settle(tx, consumer.name(), parked);
        yield new Revived.Gone(parked.discarded() ? 0 : 1);
      }
      case KNOWN -> {
        store().settle(tx, consumer.name(), parked);
        yield new Revived.Gone(0);
      }
      case DIFFERENT -> {
        if (parked.discarded()) {
          store().settle(tx, consumer.name(), parked);
          yield new Revived.Gone(0);
        }
        yield parkAgain(tx, parked, new Mishap(Mishap.Kind.REFUSED, TWICE));
      }
    };
  }

  private Inbox.Notice note(Connection tx, ReceivedMessage message) {
    return engine
        .store()
        .inbox()
        .note(tx, consumer.name(), message.id(), message.payload().sha256());
  }

  private Consumer.Ready ready(ReceivedMessage message) throws HandlerFailed {
    Consumer.Prepared handler = consumer.handler(message.type());
    try {
      if (handler == null) {
        throw new RefusedException("this consumer does not handle '" + message.type() + "'");
      }
      return handler.prepare(message);
    } catch (Exception e) {
      throw new HandlerFailed(e);
    }
  }

  private Revived parkAgain(Connection tx, ParkedMessage parked, Mishap mishap) {
    int attempts = parked.attempts() + 1;
    Optional<Duration> wait = wait(mishap, attempts, parked.since());
    State state = wait.isPresent() ? State.RETRY : State.DEAD;
    store().parkAgain(tx, parked.no(), state, mishap.reason(), wait.orElse(null));
    return new Revived.Failed(parked.message(), attempts, mishap.reason(), wait.isEmpty());
  }
}
