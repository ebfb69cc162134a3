package dev.concordat.core;

/**
 * Headers by which a command and its reply find each other. A reply copies {@link #SAGA}, {@link
 * #STEP}, {@link #KEY}, {@link #KIND} and {@link #ATTEMPT} from its command.
 */
public final class CommandHeaders {

  /** The id of the saga's instance that waits for the reply. */
  public static final String SAGA = "concordat-saga";

  /** The name of the step that sent the command. */
  public static final String STEP = "concordat-step";

  /** The idempotency key: the same for every attempt at the step and for its compensation. */
  public static final String KEY = "concordat-key";

  /** {@link #DO} or {@link #COMPENSATE}. */
  public static final String KIND = "concordat-kind";

  /** Which attempt this is, from 1; every attempt asks for the same. A reply copies it. */
  public static final String ATTEMPT = "concordat-attempt";

  /**
   * A person asks again for what was refused: refusals of attempts up to this number count no more.
   */
  public static final String ANEW = "concordat-anew";

  /** The topic that the reply goes to. */
  public static final String REPLY_TO = "concordat-reply-to";

  /**
   * On a reply: the command is refused, for this reason, and for good: no other message with its
   * key had an effect, or will have one, unless it is asked for {@link #ANEW}.
   */
  public static final String REFUSED = "concordat-refused";

  /** The kind of a command that does something. */
  public static final String DO = "do";

  /** The kind of a command that counteracts an earlier one of the same key. */
  public static final String COMPENSATE = "compensate";

  private CommandHeaders() {}
}
