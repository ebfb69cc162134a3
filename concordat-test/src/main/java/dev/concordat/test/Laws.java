package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.saga.Around;
import dev.concordat.saga.SagaEvent;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The laws that hold for every saga, whatever it is about. Each gives what breaks it. */
final class Laws {

  static final String ENDS = "every instance ends or waits visibly (P2, P10)";
  static final String REMEMBERED = "accepted means remembered (P1)";
  static final String NOT_REPEATED = "recorded steps are not repeated (P3)";
  static final String SAME_KEY = "every repeat has the same key (P4)";
  static final String REVERSE = "compensations run in reverse order of completion (P5)";
  static final String NO_STEP_AFTER = "no step starts after compensation began (P5)";
  static final String DENSE = "journal positions are dense and tokens never fall (P6)";
  static final String COMPENSATED = "what took effect is compensated (P2)";
  static final String NOTHING_ELSE = "a refused step is not compensated (P2)";
  static final String NO_LEASE = "no instance is held and none is due after the end";
  static final String NOT_THE_BUSINESS = "trouble of ours turns no saga back (P2, P11)";
  static final String NO_DEATH = "no thread of the worker dies of an error";

  private final CaseResult result;
  private final List<String> broken = new ArrayList<>();

  private Laws(CaseResult result) {
    this.result = result;
  }

  /** Every way in which the case broke a law: the law's name, a colon, and how. */
  static List<String> broken(CaseResult result) {
    Laws laws = new Laws(result);
    laws.broken.addAll(result.troubles());
    laws.remembered();
    laws.calls();
    for (Observation seen : result.observations()) {
      laws.ends(seen);
      laws.dense(seen);
      laws.recordedOnce(seen);
      laws.reverse(seen);
      laws.noStepAfter(seen);
      laws.compensated(seen);
    }
    laws.threads();
    return List.copyOf(laws.broken);
  }

  private void breaks(String law, String how) {
    broken.add(law + ": " + how);
  }

  private void remembered() {
    if (result.accepted() && result.status() == null) {
      breaks(REMEMBERED, "start returned, and there is no instance '" + result.id() + "'");
    }
  }

  private void ends(Observation seen) {
    Status status = seen.row().status();
    if (!status.isFinal() && status != Status.NEEDS_ATTENTION) {
      breaks(ENDS, "'" + seen.row().id() + "' is " + status + ": " + seen.story().why());
    }
    if (seen.row().owner().isPresent() || seen.row().due().isPresent()) {
      breaks(NO_LEASE, seen.row().toString());
    }
  }

  private void dense(Observation seen) {
    long token = 0;
    for (int i = 0; i < seen.entries().size(); i++) {
      Entry entry = seen.entries().get(i);
      if (entry.position() != i || entry.token() < token) {
        breaks(DENSE, "entry " + i + " of '" + seen.row().id() + "' is " + entry);
      }
      token = entry.token();
    }
    if (token > seen.row().token()) {
      breaks(DENSE, "token " + token + " was written, " + seen.row().token() + " issued");
    }
  }

  /** What the calls of user code show, independently of what the journal says. */
  private void calls() {
    Set<String> done = new HashSet<>();
    Set<String> undone = new HashSet<>();
    Set<String> turnedBack = new HashSet<>();
    Map<String, Set<String>> keys = new HashMap<>();
    Set<String> mayHave = new HashSet<>();
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.Durable durable) {
        recorded(durable, done, undone);
        doubted(durable, mayHave);
      } else if (happening instanceof Happening.Called called) {
        called(called, done, undone, turnedBack);
        key(called, keys);
        needed(called.site(), mayHave);
      }
    }
    keys.forEach((step, used) -> {
      if (used.size() > 1) {
        breaks(SAME_KEY, step + " was called with " + used);
      }
    });
  }

  /** For local steps, whose code may run again in a transaction that is then rolled back. */
  private void recordedOnce(Observation seen) {
    Set<String> ends = new HashSet<>();
    for (SagaEvent event : seen.events()) {
      boolean again =
          switch (event) {
            case SagaEvent.StepDone e -> !ends.add("done " + e.step());
            case SagaEvent.CompensationDone e -> !ends.add("compensated " + e.step());
            default -> false;
          };
      if (again) {
        breaks(NOT_REPEATED, event + " is in the journal twice");
      }
    }
  }

  private static void recorded(Happening.Durable durable, Set<String> done, Set<String> undone) {
    switch (durable.event()) {
      case SagaEvent.StepDone e -> done.add(durable.id() + "/" + e.step());
      case SagaEvent.CompensationDone e -> undone.add(durable.id() + "/" + e.step());
      default -> {}
    }
  }

  private void called(
      Happening.Called called, Set<String> done, Set<String> undone, Set<String> turnedBack) {
    String step = step(called.site());
    boolean inside = called.site().call() == null;
    if (called.late() || inside) {
      // What a local step's code does counts only with its entry, and the journal is looked at too.
      return;
    }
    boolean back = called.site().kind() == Around.Kind.COMPENSATION;
    if (back) {
      turnedBack.add(called.site().of().id());
    }
    if ((back ? undone : done).contains(step)) {
      breaks(NOT_REPEATED, called + ", though its end is in the journal");
    }
    if (!back && turnedBack.contains(called.site().of().id())) {
      breaks(NO_STEP_AFTER, called.toString());
    }
  }

  private static void doubted(Happening.Durable durable, Set<String> mayHave) {
    switch (durable.event()) {
      case SagaEvent.AttemptLost e when e.mayBeDone() -> mayHave.add(durable.id() + "/" + e.step());
      case SagaEvent.AttemptFailed e when e.mayBeDone() ->
          mayHave.add(durable.id() + "/" + e.step());
      default -> {}
    }
  }

  private void needed(Around.Site site, Set<String> mayHave) {
    if (site.kind() == Around.Kind.STEP) {
      mayHave.add(step(site));
    } else if (site.kind() == Around.Kind.COMPENSATION && !mayHave.contains(step(site))) {
      breaks(NOTHING_ELSE, step(site) + " was compensated, and no call of it ever got through");
    }
  }

  private static void key(Happening.Called called, Map<String, Set<String>> keys) {
    if (called.site().call() != null) {
      keys.computeIfAbsent(step(called.site()), step -> new LinkedHashSet<>())
          .add(called.site().call().key());
    }
  }

  static String step(Around.Site site) {
    return site.of().id() + "/" + site.step();
  }

  private void reverse(Observation seen) {
    List<String> completed = new ArrayList<>();
    List<String> compensated = new ArrayList<>();
    Set<String> waits = new HashSet<>();
    for (SagaEvent event : seen.events()) {
      switch (event) {
        case SagaEvent.Sleeping e -> waits.add(e.step());
        case SagaEvent.Awaiting e -> waits.add(e.step());
        case SagaEvent.StepDone e -> completed.add(e.step());
        case SagaEvent.StepGivenUp e when e.maybeDone() -> completed.add(e.step());
        case SagaEvent.StepSkipped e when e.maybeDone() -> completed.add(e.step());
        case SagaEvent.CompensationStarted e -> addNew(compensated, e.step());
        case SagaEvent.CompensationDone e -> addNew(compensated, e.step());
        case SagaEvent.CompensationSkipped e -> addNew(compensated, e.step());
        default -> {}
      }
    }
    completed.removeAll(waits);
    Collections.reverse(completed);
    boolean ended = seen.row().status() == Status.COMPENSATED;
    List<String> expected =
        ended ? completed : completed.subList(0, Math.min(compensated.size(), completed.size()));
    if (!compensated.equals(expected)) {
      breaks(REVERSE, "expected " + expected + ", not " + compensated);
    }
  }

  private static void addNew(List<String> steps, String step) {
    if (!steps.contains(step)) {
      steps.add(step);
    }
  }

  private void noStepAfter(Observation seen) {
    boolean back = false;
    for (SagaEvent event : seen.events()) {
      boolean starts =
          switch (event) {
            case SagaEvent.StepStarted e -> true;
            case SagaEvent.ChildStarted e -> true;
            case SagaEvent.StepDone e -> true;
            default -> false;
          };
      if (back && starts) {
        breaks(NO_STEP_AFTER, event.toString());
      }
      back |= event instanceof SagaEvent.CompensationBegan;
    }
  }

  /** Compares the calls that took effect with the compensations that did. */
  private void compensated(Observation seen) {
    Set<String> began = new LinkedHashSet<>();
    Set<String> took = new LinkedHashSet<>();
    Set<String> undone = new HashSet<>();
    String id = seen.row().id();
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.TookEffect done && done.site().of().id().equals(id)) {
        (done.site().kind() == Around.Kind.COMPENSATION ? undone : took).add(done.site().step());
      } else if (happening instanceof Happening.Called called
          && called.site().of().id().equals(id)
          && called.site().kind() == Around.Kind.STEP) {
        began.add(called.site().step());
      }
    }
    if (seen.row().status() != Status.COMPENSATED) {
      return;
    }
    Set<String> owed = new LinkedHashSet<>();
    for (SagaEvent event : seen.events()) {
      switch (event) {
        case SagaEvent.StepDone e -> owed.add(e.step());
        case SagaEvent.CompensationSkipped e -> undone.add(e.step());
        default -> {}
      }
    }
    owed.retainAll(began);
    owed.addAll(outside(took));
    owed.removeAll(undone);
    owed.forEach(step -> breaks(COMPENSATED, "'" + step + "' took effect and still has it"));
  }

  /** Steps outside: what a local step does counts only with its journal entry. */
  private Set<String> outside(Set<String> steps) {
    Set<String> outside = new LinkedHashSet<>();
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.TookEffect took
          && took.site().call() != null
          && took.site().kind() == Around.Kind.STEP
          && steps.contains(took.site().step())) {
        outside.add(took.site().step());
      }
    }
    return outside;
  }

  private void threads() {
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.ThreadDied) {
        breaks(NO_DEATH, happening.toString());
      }
    }
  }
}
