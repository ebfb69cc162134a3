package dev.concordat.tcc;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a participant answers. */
public sealed interface TccAnswer {

  /**
   * It is done, and durable: now, or by an earlier call of the same operation.
   *
   * @param result of the first call that did it, as JSON; {@code null}, as JSON, if there is none
   */
  record Done(String result) implements TccAnswer {}

  /**
   * It is not done and will not be: nothing changed.
   *
   * @param code what stands against it
   * @param reason for people
   */
  record Refused(Code code, String reason) implements TccAnswer {}

  /**
   * It may be done. Ask again with the same branch.
   *
   * @param detail for people
   * @param notBefore how long it asks not to be asked again, or null if it does not say
   */
  record Unknown(String detail, @Nullable Duration notBefore) implements TccAnswer {

    /** It does not say when to ask again. */
    public Unknown(String detail) {
      this(detail, null);
    }
  }

  /** What stands against an operation. */
  enum Code {
    /** The business says no; only to a try. */
    REFUSED,
    /** The branch is cancelled: a late try, or a confirm that must never have been sent. */
    CANCELLED,
    /** The branch is confirmed: a cancel that must never have been sent, or a late try. */
    CONFIRMED,
    /** What was held is given back already, because its time was over; only to a confirm. */
    EXPIRED,
    /** Nothing was ever tried under this id; only to a confirm. */
    NOT_TRIED,
    /** The id was used before with another body. */
    MISMATCH,
    /** The id is older than what is remembered here. */
    TOO_OLD
  }
}
