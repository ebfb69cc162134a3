package dev.concordat.tcc;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * What a participant is asked.
 *
 * @param branch which branch, the same for all operations and attempts
 * @param operation what to do
 * @param body what it is about, as JSON: the same for try, confirm and cancel
 * @param attempt which attempt at the operation this is, from 1
 * @param holdUntil the initiator has decided and told everybody by then, unless a person must look:
 *     what is held must be held as long, or the try refused
 * @param deadline when the answer is no longer waited for
 * @param timeLeft how long until then
 * @param traceparent a W3C trace context header for the call
 */
public record TccCall(
    TccBranchId branch,
    TccOperation operation,
    String body,
    int attempt,
    Instant holdUntil,
    Instant deadline,
    Duration timeLeft,
    String traceparent) {

  /** The same for every attempt at this operation of this branch, and for nothing else. */
  public String key() {
    return branch + "/" + operation.name().toLowerCase(Locale.ROOT);
  }
}
