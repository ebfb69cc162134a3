package dev.concordat.messaging;

import dev.concordat.core.CommandHeaders;
import dev.concordat.core.NotNowException;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Reply;
import dev.concordat.engine.Engine;
import dev.concordat.store.StoredReplies;
import dev.concordat.store.StoredReplies.Kept;
import java.sql.Connection;
import java.sql.Savepoint;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A participant: carries out commands of sagas and replies, in one transaction each, once for each
 * idempotency key. A command that comes again is answered again; a compensation may come before its
 * command, or without it: then there is nothing to counteract, and the command is refused when it
 * comes. Immutable; {@link #on} gives another one.
 */
public final class Participant {

  /** The type of the reply to a compensation that had nothing to counteract. */
  public static final String NOTHING_TO_COMPENSATE = "NothingToCompensate";

  /** The type of the reply to a command whose handler threw a {@link RefusedException}. */
  public static final String REFUSED = "Refused";

  private static final int FOR_EVER = Integer.MAX_VALUE;
  private static final Kept TOO_LATE =
      new Kept(Reply.refused(REFUSED, "it came after its compensation"), FOR_EVER);

  private static final List<String> COPIED =
      List.of(
          CommandHeaders.SAGA,
          CommandHeaders.STEP,
          CommandHeaders.KEY,
          CommandHeaders.KIND,
          CommandHeaders.ATTEMPT,
          Headers.TRACEPARENT);

  private final String name;
  private final Map<String, CommandHandler> handlers;
  private final boolean sharing;

  private Participant(String name, Map<String, CommandHandler> handlers, boolean sharing) {
    this.name = name;
    this.handlers = Collections.unmodifiableMap(handlers);
    this.sharing = sharing;
  }

  /**
   * A participant that can do nothing yet.
   *
   * @param name under which its replies are kept: 1 to 100 characters
   */
  public static Participant named(String name) {
    if (name.isBlank() || name.length() > 100 || name.indexOf('\0') >= 0) {
      throw new RefusedException("a participant's name has 1 to 100 characters, none of them NUL");
    }
    return new Participant(name, Map.of(), false);
  }

  /** The same, carrying out commands and compensations of that type so. */
  public Participant on(String type, CommandHandler handler) {
    Map<String, CommandHandler> more = new LinkedHashMap<>(handlers);
    if (more.put(type, handler) != null) {
      throw new RefusedException("participant '" + name + "' handles '" + type + "' twice");
    }
    return new Participant(name, more, sharing);
  }

  /**
   * The same, passing over commands of types that it does not carry out, for sources that deliver
   * commands to others too. Otherwise such a command waits for a person as a dead letter: it is not
   * refused, for it may be meant for a version that is about to come, or for another participant.
   */
  public Participant sharingItsSource() {
    return new Participant(name, handlers, true);
  }

  /** Under which its replies are kept. */
  public String name() {
    return name;
  }

  /** A consumer of commands from that source. Used through the door. */
  @SuppressWarnings("exports")
  public Consumer consumer(Engine engine, Source source) {
    Consumer consumer = Consumer.named(name, source);
    for (String type : handlers.keySet()) {
      consumer = consumer.on(type, (tx, message) -> handle(engine, tx, message));
    }
    return sharing ? consumer : consumer.otherwise((tx, message) -> unknown(message.type()));
  }

  private void unknown(String type) {
    throw new RefusedException(
        "participant '"
            + name
            + "' does not carry out '"
            + type
            + "', and the saga waits for it until its step's time-out; run a version that does and"
            + " replay the message, or discard it");
  }

  /** Handles a command in a transaction that notes that its message was handled. */
  void handle(Engine engine, Connection tx, ReceivedMessage message) throws Exception {
    ReceivedCommand command = ReceivedCommand.of(message);
    Reply reply =
        command.compensating()
            ? compensated(engine.store().replies(), tx, command)
            : done(engine.store().replies(), tx, command);
    new Outbox(engine).publish(tx, message(command, reply));
  }

  private Reply done(StoredReplies replies, Connection tx, ReceivedCommand command)
      throws Exception {
    StoredReplies.Id id = new StoredReplies.Id(name, command.key(), false);
    Optional<Kept> before = replies.claim(tx, id);
    if (before.isPresent() && !isAskedAnew(before.get(), command)) {
      return before.get().reply();
    }
    Reply reply = carriedOut(tx, command);
    replies.keep(tx, id, new Kept(reply, command.attempt()));
    return reply;
  }

  private static boolean isAskedAnew(Kept before, ReceivedCommand command) {
    return before.reply().isRefusal() && before.attempt() <= command.anew();
  }

  /** The command first, always: who has claimed that has both, and nobody waits for the other. */
  private Reply compensated(StoredReplies replies, Connection tx, ReceivedCommand command)
      throws Exception {
    StoredReplies.Id doing = new StoredReplies.Id(name, command.key(), false);
    boolean took = replies.claim(tx, doing).filter(kept -> !kept.reply().isRefusal()).isPresent();
    if (!took) {
      replies.keep(tx, doing, TOO_LATE);
    }
    StoredReplies.Id id = new StoredReplies.Id(name, command.key(), true);
    Optional<Kept> before = replies.claim(tx, id).filter(kept -> !kept.reply().isRefusal());
    if (before.isPresent()) {
      return before.get().reply();
    }
    Reply reply = took ? carriedOut(tx, command) : Reply.of(NOTHING_TO_COMPENSATE);
    replies.keep(tx, id, new Kept(reply, command.attempt()));
    return reply;
  }

  /** A refusal has no effect, whatever its handler had done by then. */
  private Reply carriedOut(Connection tx, ReceivedCommand command) throws Exception {
    CommandHandler handler = handlers.get(command.type());
    if (handler == null) {
      throw new RefusedException("participant '" + name + "' does not handle " + command.type());
    }
    Savepoint before = tx.setSavepoint();
    Reply reply = reply(handler, tx, command);
    if (reply.isRefusal()) {
      tx.rollback(before);
    } else {
      tx.releaseSavepoint(before);
    }
    return reply;
  }

  private static Reply reply(CommandHandler handler, Connection tx, ReceivedCommand command)
      throws Exception {
    try {
      return handler.handle(tx, command);
    } catch (NotNowException e) {
      throw e;
    } catch (RefusedException e) {
      return Reply.refused(REFUSED, String.valueOf(e.getMessage()));
    }
  }

  private static Message message(ReceivedCommand command, Reply reply) {
    Message message =
        Message.of(command.replyTo(), reply.type()).key(command.saga()).payload(reply.payload());
    for (Map.Entry<String, String> header : reply.headers().entrySet()) {
      message = message.header(header.getKey(), header.getValue());
    }
    Map<String, String> copied = command.message().headers();
    for (String name : COPIED) {
      message =
          copied.containsKey(name) ? message.header(name, copied.getOrDefault(name, "")) : message;
    }
    return reply.refusal() == null
        ? message
        : message.header(CommandHeaders.REFUSED, reply.refusal());
  }
}
