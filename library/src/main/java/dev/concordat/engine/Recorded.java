package dev.concordat.engine;

import java.util.List;

/** Events that have become durable, and the state after them: what listeners are yet to hear. */
record Recorded<S, E>(List<E> events, S state) {}
