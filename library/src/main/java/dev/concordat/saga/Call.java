package dev.concordat.saga;

import java.time.Duration;
import java.time.Instant;

/**
 * What a call to a system outside should carry.
 *
 * @param key the step's idempotency key: a UUID, the same for every attempt at the step and for its
 *     compensation, different for every step and instance
 * @param requestKey like {@code key}, but different for the step and its compensation: for systems
 *     that remember keys across endpoints
 * @param instance the instance's id
 * @param saga the saga's name
 * @param step the step's name
 * @param attempt which attempt this is, from 1
 * @param compensating whether this counteracts the step
 * @param certain when compensating: whether the step is known to have taken effect
 * @param deadline when the answer is no longer waited for
 * @param timeLeft how long until then
 * @param traceparent a W3C trace context header for the call
 */
public record Call(
    String key,
    String requestKey,
    String instance,
    String saga,
    String step,
    int attempt,
    boolean compensating,
    boolean certain,
    Instant deadline,
    Duration timeLeft,
    String traceparent) {}
