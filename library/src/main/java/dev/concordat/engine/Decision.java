package dev.concordat.engine;

import dev.concordat.store.Write;
import java.util.List;

/**
 * What a machine decided, in the engine's words.
 *
 * @param state the state after the events
 * @param events to be appended to the journal
 * @param actions to be performed once the events are durable
 * @param answers to letters
 * @param <S> the protocol's state
 * @param <E> the protocol's events
 * @param <A> the protocol's actions
 */
public record Decision<S, E, A>(
    S state, List<E> events, List<A> actions, List<Write.Answer> answers) {}
