package dev.concordat.reservation;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a call to an outside system should carry.
 *
 * @param key the idempotency key: a UUID, the same for every attempt at the call, for questions
 *     about it and for its void; a refund has one of its own
 * @param chargeKey the key of the call that this is about; equals {@code key} but for a refund
 * @param requestHash tells one request from another under the same key, as the journal has it
 * @param provider the outside system's name
 * @param instance the reservation's id
 * @param amount what to move, ask about, void or refund
 * @param reference what the outside system calls the effect, as far as it has told, or null
 * @param attempt which attempt this is, from 1
 * @param deadline when the answer is no longer waited for
 * @param timeLeft how long until then
 * @param traceparent a W3C trace context header for the call
 */
public record ProviderCall(
    String key,
    String chargeKey,
    String requestHash,
    String provider,
    String instance,
    Money amount,
    @Nullable String reference,
    int attempt,
    Instant deadline,
    Duration timeLeft,
    String traceparent) {}
