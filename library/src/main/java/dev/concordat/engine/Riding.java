package dev.concordat.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Events that are decided and not written yet, because losing them in a crash costs nothing but
 * deciding or asking again: they ride with the next write of their instance.
 */
final class Riding<S, E, A> {

  private final Script<S, ?, E, A> script;
  private final List<E> events = new ArrayList<>();

  Riding(Script<S, ?, E, A> script) {
    this.script = script;
  }

  /** What is to be written if those are. */
  List<E> with(List<E> more) {
    List<E> all = new ArrayList<>(events);
    all.addAll(more);
    return all;
  }

  void add(List<E> more) {
    events.addAll(more);
  }

  void clear() {
    events.clear();
  }

  boolean isEmpty() {
    return events.isEmpty();
  }

  /**
   * Whether they may ride with what follows from them, which is written in any case.
   *
   * @param first how many of them need not be looked at
   */
  boolean mayRide(List<E> all, int first, Decision<S, E, A> decision) {
    return !decision.actions().isEmpty()
        && decision.answers().isEmpty()
        && all.stream().skip(first).allMatch(script::rides)
        && decision.actions().stream().allMatch(script::isInside);
  }

  /** Whether nothing follows from them, and an attempt is under way whose end will be written. */
  boolean mayWait(List<E> all, Shown shown, Decision<S, E, A> decision) {
    return !all.isEmpty()
        && decision.actions().isEmpty()
        && decision.answers().isEmpty()
        && script.isBusy(decision.state())
        && Shown.of(script, decision.state()).equals(shown)
        && all.stream().allMatch(event -> script.waits(event) || script.rides(event));
  }
}
