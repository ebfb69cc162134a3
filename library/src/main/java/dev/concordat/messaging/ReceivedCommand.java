package dev.concordat.messaging;

import dev.concordat.core.Bytes;
import dev.concordat.core.CommandHeaders;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;

/**
 * A command that came to a participant.
 *
 * @param key the idempotency key: the same for every message that asks for this, and for the one
 *     that compensates it
 * @param saga the id of the instance that asks
 * @param step its step
 * @param attempt which attempt at the step this is, from 1
 * @param anew refusals of attempts up to this one count no more, since a person asks again; or 0
 * @param compensating whether it counteracts an earlier command of the same key
 * @param replyTo the topic of the reply
 * @param message the message itself
 */
public record ReceivedCommand(
    String key,
    String saga,
    String step,
    int attempt,
    int anew,
    boolean compensating,
    String replyTo,
    ReceivedMessage message) {

  private static final int MAX_KEY = 255;

  /**
   * The command in a message.
   *
   * @throws RefusedException if it is none: a header is missing
   */
  static ReceivedCommand of(ReceivedMessage message) {
    String key = header(message, CommandHeaders.KEY);
    if (key.length() > MAX_KEY) {
      throw new RefusedException(message + " has a key of more than " + MAX_KEY + " characters");
    }
    return new ReceivedCommand(
        key,
        header(message, CommandHeaders.SAGA),
        header(message, CommandHeaders.STEP),
        number(message, CommandHeaders.ATTEMPT),
        number(message, CommandHeaders.ANEW),
        CommandHeaders.COMPENSATE.equals(message.headers().get(CommandHeaders.KIND)),
        header(message, CommandHeaders.REPLY_TO),
        message);
  }

  private static String header(ReceivedMessage message, String name) {
    String value = message.headers().get(name);
    if (value == null || value.isEmpty()) {
      throw new RefusedException(
          message + " is no command: it lacks the header " + name + "; nothing was done");
    }
    return value;
  }

  private static int number(ReceivedMessage message, String name) {
    String text = message.headers().getOrDefault(name, "0");
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  /** What it asks for, in the words of its sender. */
  public String type() {
    return message.type();
  }

  /** What it carries. */
  public Bytes payload() {
    return message.payload();
  }

  /**
   * What it carries, read as JSON.
   *
   * @throws RefusedException if it is none of that type
   */
  public <T> T json(Class<T> as) {
    return message.json(as);
  }
}
