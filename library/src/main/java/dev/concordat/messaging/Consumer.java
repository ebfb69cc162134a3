package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A consumer: takes messages from a broker and handles each in a transaction that also notes that
 * it was handled, so effects in that database happen once for each message. Immutable; each method
 * gives another one.
 *
 * <p>Messages of one topic and key are handled in the order in which the source delivers them. One
 * that fails is tried again by {@link #retry}, and then waits for a person; what follows of its key
 * waits behind it, and the rest go on.
 */
public final class Consumer {

  /** Handles a value that was read from the payload before the transaction began. */
  @FunctionalInterface
  public interface ValueHandler<T> {

    /** Handles it; see {@link ConsumerHandler#handle}. */
    void handle(Connection tx, T value, ReceivedMessage message) throws Exception;
  }

  private static final RetryPolicy RETRY =
      RetryPolicy.exponential(Duration.ofMillis(200)).upTo(Duration.ofSeconds(30)).attempts(10);

  private final String name;
  private final Source source;
  private final Map<String, Prepared> handlers;
  private final @Nullable Prepared otherwise;
  private final RetryPolicy retry;
  private final int concurrency;
  private final int batch;
  private final int window;
  private final boolean keepsOffsets;

  /** Reads what it needs of a message, outside any transaction. */
  @FunctionalInterface
  interface Prepared {
    Ready prepare(ReceivedMessage message) throws Exception;
  }

  /** A message that stands ready to be handled. */
  @FunctionalInterface
  interface Ready {
    void handle(Connection tx) throws Exception;
  }

  private Consumer(Draft draft) {
    this.name = draft.name;
    this.source = draft.source;
    this.handlers = Map.copyOf(draft.handlers);
    this.otherwise = draft.otherwise;
    this.retry = draft.retry;
    this.concurrency = draft.concurrency;
    this.batch = draft.batch;
    this.window = draft.window;
    this.keepsOffsets = draft.keepsOffsets;
  }

  private static final class Draft {
    private final String name;
    private final Source source;
    private final Map<String, Prepared> handlers = new HashMap<>();
    private @Nullable Prepared otherwise;
    private RetryPolicy retry = RETRY;
    private int concurrency = 4;
    private int batch = 1;
    private int window = 1000;
    private boolean keepsOffsets;

    Draft(String name, Source source) {
      this.name = name;
      this.source = source;
    }
  }

  private Draft draft() {
    Draft draft = new Draft(name, source);
    draft.handlers.putAll(handlers);
    draft.otherwise = otherwise;
    draft.retry = retry;
    draft.concurrency = concurrency;
    draft.batch = batch;
    draft.window = window;
    draft.keepsOffsets = keepsOffsets;
    return draft;
  }

  /**
   * A consumer of what that source delivers.
   *
   * @param name under which it is noted what was handled; another name handles everything anew
   */
  public static Consumer named(String name, Source source) {
    if (name.isBlank() || name.length() > 100 || name.indexOf('\0') >= 0) {
      throw new RefusedException("a consumer's name has 1 to 100 characters, none of them NUL");
    }
    return new Consumer(new Draft(name, source));
  }

  /** The same, handling messages of that type so. Those of other types are passed over. */
  public Consumer on(String type, ConsumerHandler handler) {
    return on(type, message -> tx -> handler.handle(tx, message));
  }

  /**
   * The same, handling messages of that type so, whose payload is such a value in JSON. It is read
   * before the transaction begins; one that cannot be read waits for a person.
   */
  public <T> Consumer on(String type, Class<T> value, ValueHandler<T> handler) {
    return on(
        type,
        message -> {
          T read = message.json(value);
          return tx -> handler.handle(tx, read, message);
        });
  }

  private Consumer on(String type, Prepared prepared) {
    Draft draft = draft();
    if (draft.handlers.put(type, prepared) != null) {
      throw new RefusedException("consumer '" + name + "' handles '" + type + "' twice");
    }
    return new Consumer(draft);
  }

  /** The same, handling so what is of no other type that it handles. */
  public Consumer otherwise(ConsumerHandler handler) {
    Draft draft = draft();
    draft.otherwise = message -> tx -> handler.handle(tx, message);
    return new Consumer(draft);
  }

  /**
   * The same, trying again so what failed; the attempts are counted in the database. Ten within
   * some minutes unless said. A database or broker that is down does not count.
   */
  public Consumer retry(RetryPolicy policy) {
    Draft draft = draft();
    draft.retry = policy;
    return new Consumer(draft);
  }

  /** The same, handling that many at once, 4 unless said. Each takes a connection. */
  public Consumer concurrency(int handlers) {
    Draft draft = draft();
    draft.concurrency = within("handlers at once", handlers, 256);
    return new Consumer(draft);
  }

  /**
   * The same, handling up to that many messages in one transaction if as many have come, 1 unless
   * said. If one of them fails they are handled one by one.
   */
  public Consumer batch(int messages) {
    Draft draft = draft();
    draft.batch = within("messages in a transaction", messages, 10_000);
    return new Consumer(draft);
  }

  /** The same, keeping at most that many messages in memory, 1,000 unless said. */
  public Consumer window(int messages) {
    Draft draft = draft();
    draft.window = within("messages in memory", messages, 1_000_000);
    return new Consumer(draft);
  }

  private static int within(String what, int number, int most) {
    if (number < 1 || number > most) {
      throw new RefusedException("1 to " + most + " " + what + ", not " + number);
    }
    return number;
  }

  /**
   * The same, knowing what was handled by each lane's offset, which is kept in the database and
   * advanced in the transaction that handles. No ids are remembered, so nothing can be forgotten
   * too early; but a message that its publisher sent twice is handled twice. Each lane is handled
   * by one at a time.
   *
   * @throws RefusedException if the source has no offsets
   */
  public Consumer offsetsInDatabase() {
    if (!source.hasOffsets()) {
      throw new RefusedException(
          "the source of consumer '" + name + "' has no offsets; leave offsetsInDatabase() out");
    }
    Draft draft = draft();
    draft.keepsOffsets = true;
    return new Consumer(draft);
  }

  /** Under which it is noted what was handled. */
  public String name() {
    return name;
  }

  Source source() {
    return source;
  }

  /** What handles messages of that type, or null if nobody does. */
  @Nullable Prepared handler(String type) {
    Prepared found = handlers.get(type);
    return found == null ? otherwise : found;
  }

  RetryPolicy retry() {
    return retry;
  }

  int concurrency() {
    return concurrency;
  }

  int batch() {
    return batch;
  }

  int window() {
    return window;
  }

  boolean keepsOffsets() {
    return keepsOffsets;
  }
}
