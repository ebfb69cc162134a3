package dev.concordat.choreography;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a flow declares.
 *
 * @param begins the types of events that begin it
 * @param completes those that end it well
 * @param compensates those that end it when it is turned back
 * @param deadlineMs how long it may take; or null
 * @param enforced whether what is missing too long turns it back
 */
record FlowPlan(
    String name,
    Set<String> begins,
    List<Expectation> expectations,
    Set<String> completes,
    Set<String> compensates,
    @Nullable Long deadlineMs,
    boolean enforced,
    String timeoutTopic,
    String completedTopic) {

  /**
   * What is expected.
   *
   * @param after each event of one of these types
   * @param types one of these
   * @param withinMs so soon; or null
   * @param from of that service; or null for any
   */
  record Expectation(
      Set<String> after, Set<String> types, @Nullable Long withinMs, @Nullable String from) {

    Expectation {
      after = ordered(after);
      types = ordered(types);
    }

    @Nullable Duration within() {
      return withinMs == null ? null : Duration.ofMillis(withinMs);
    }
  }

  FlowPlan {
    begins = ordered(begins);
    expectations = List.copyOf(expectations);
    completes = ordered(completes);
    compensates = ordered(compensates);
  }

  FlowPlan expecting(Expectation more) {
    List<Expectation> all = new ArrayList<>(expectations);
    all.add(more);
    return new FlowPlan(
        name,
        begins,
        all,
        completes,
        compensates,
        deadlineMs,
        enforced,
        timeoutTopic,
        completedTopic);
  }

  FlowPlan ending(Set<String> well, Set<String> turnedBack) {
    return new FlowPlan(
        name,
        begins,
        expectations,
        well,
        turnedBack,
        deadlineMs,
        enforced,
        timeoutTopic,
        completedTopic);
  }

  FlowPlan within(@Nullable Long newDeadlineMs, boolean newEnforced) {
    return new FlowPlan(
        name,
        begins,
        expectations,
        completes,
        compensates,
        newDeadlineMs,
        newEnforced,
        timeoutTopic,
        completedTopic);
  }

  FlowPlan telling(String timeout, String completed) {
    return new FlowPlan(
        name,
        begins,
        expectations,
        completes,
        compensates,
        deadlineMs,
        enforced,
        timeout,
        completed);
  }

  private static Set<String> ordered(Set<String> set) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(set));
  }

  /** For a flow that nobody declared: it is only looked at. */
  static FlowPlan undeclared(String name) {
    return new FlowPlan(name, Set.of(), List.of(), Set.of(), Set.of(), null, false, "", "");
  }

  @Nullable Duration deadline() {
    return deadlineMs == null ? null : Duration.ofMillis(deadlineMs);
  }

  boolean isDeclared() {
    return !begins.isEmpty();
  }

  /** How long turning back may take: as long as all, or as the longest that was expected. */
  @Nullable Duration patience() {
    Duration deadline = deadline();
    return deadline != null
        ? deadline
        : expectations.stream()
            .map(Expectation::within)
            .filter(within -> within != null)
            .max((one, other) -> one.compareTo(other))
            .orElse(null);
  }

  /** Whether events of that type belong to it. */
  boolean knows(String type) {
    return begins.contains(type)
        || completes.contains(type)
        || compensates.contains(type)
        || expectations.stream()
            .anyMatch(one -> one.types().contains(type) || one.after().contains(type));
  }
}
