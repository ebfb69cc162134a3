package dev.concordat.saga;

import dev.concordat.core.Verb;
import java.util.EnumSet;
import java.util.Set;

/**
 * One small saga to be searched, and what the world around it may do.
 *
 * @param name for people
 * @param plan the saga
 * @param faults what may go wrong
 * @param verbs what operators may ask
 * @param limits how often
 */
record Sketch(String name, SagaPlan plan, Set<Fault> faults, Set<Verb> verbs, Limits limits) {

  /** What may go wrong in the world. */
  enum Fault {
    REFUSED,
    TRANSIENT,
    /** The answer is lost; the request may take effect at any later time, or never. */
    UNKNOWN,
    UNEXPECTED,
    /** The time limit passes while user code goes on, and answers later. */
    TIMEOUT,
    DUPLICATE,
    /** A participant says no to one command, and may do another of the same key. */
    REFUSED_ONCE,
    COMMIT_UNKNOWN,
    LOOK_UP_UNKNOWN,
    CONDITION_FALSE,
    CONDITION_THROWS,
    CHILD_COMPENSATED,
    CHILD_STUCK,
    UNDO_FAILS,
    MERGE_THROWS,
    /** The worker is late and the deadline has passed when it looks again. */
    LATE_CLOCK
  }

  /**
   * How often things may happen in one run.
   *
   * @param crashed how many workers were lost before the search begins
   */
  record Limits(
      int crashes,
      int letters,
      int faults,
      int timeouts,
      int duplicates,
      int signals,
      int crashed) {}

  static Sketch of(String steps) {
    return new Sketch(
        steps,
        Notation.plan(steps),
        EnumSet.of(Fault.REFUSED, Fault.TRANSIENT, Fault.UNKNOWN),
        EnumSet.noneOf(Verb.class),
        new Limits(2, 0, 3, 0, 0, 0, 0));
  }

  Sketch may(Fault... more) {
    EnumSet<Fault> all = EnumSet.copyOf(faults);
    all.addAll(Set.of(more));
    return new Sketch(name, plan, all, verbs, limits);
  }

  Sketch never(Fault... less) {
    EnumSet<Fault> rest = EnumSet.copyOf(faults);
    rest.removeAll(Set.of(less));
    return new Sketch(name, plan, rest, verbs, limits);
  }

  /** Up to {@code letters} of these verbs. */
  Sketch asked(int letters, Verb... more) {
    Limits l = limits;
    return new Sketch(
        name,
        plan,
        faults,
        Set.of(more),
        new Limits(
            l.crashes(),
            letters,
            l.faults(),
            l.timeouts(),
            l.duplicates(),
            l.signals(),
            l.crashed));
  }

  Sketch crashes(int crashes) {
    Limits l = limits;
    return with(
        new Limits(
            crashes,
            l.letters(),
            l.faults(),
            l.timeouts(),
            l.duplicates(),
            l.signals(),
            l.crashed));
  }

  Sketch crashedBefore(int crashed) {
    Limits l = limits;
    return with(
        new Limits(
            l.crashes(),
            l.letters(),
            l.faults(),
            l.timeouts(),
            l.duplicates(),
            l.signals(),
            crashed));
  }

  Sketch faults(int count) {
    Limits l = limits;
    return with(
        new Limits(
            l.crashes(),
            l.letters(),
            count,
            l.timeouts(),
            l.duplicates(),
            l.signals(),
            l.crashed()));
  }

  Sketch timeouts(int count) {
    Limits l = limits;
    return may(Fault.TIMEOUT)
        .with(
            new Limits(
                l.crashes(),
                l.letters(),
                l.faults(),
                count,
                l.duplicates(),
                l.signals(),
                l.crashed));
  }

  Sketch duplicates(int count) {
    Limits l = limits;
    return may(Fault.DUPLICATE)
        .with(
            new Limits(
                l.crashes(), l.letters(), l.faults(), l.timeouts(), count, l.signals(), l.crashed));
  }

  Sketch signals(int count) {
    Limits l = limits;
    return with(
        new Limits(
            l.crashes(), l.letters(), l.faults(), l.timeouts(), l.duplicates(), count, l.crashed));
  }

  private Sketch with(Limits other) {
    return new Sketch(name, plan, faults, verbs, other);
  }

  boolean allows(Fault fault) {
    return faults.contains(fault);
  }
}
