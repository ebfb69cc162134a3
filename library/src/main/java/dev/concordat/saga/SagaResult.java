package dev.concordat.saga;

import dev.concordat.core.Status;
import java.util.Optional;

/**
 * How an instance stands or ended.
 *
 * @param id the instance's id
 * @param status COMPLETED, COMPENSATED, or where it waits
 * @param state its state: after the last step, or as it was when the saga turned back
 * @param reason why it turned back, or why it waits for a person
 * @param <S> the saga's state
 */
public record SagaResult<S>(String id, Status status, S state, Optional<String> reason) {}
