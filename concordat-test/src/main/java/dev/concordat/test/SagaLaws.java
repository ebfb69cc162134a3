package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.saga.SagaEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The laws that hold for every saga, whatever it is about. */
final class SagaLaws extends Laws {

  static final String NOT_REPEATED = "recorded steps are not repeated (P3)";
  static final String REVERSE = "compensations run in reverse order of completion (P5)";
  static final String NO_STEP_AFTER = "no step starts after compensation began (P5)";
  static final String COMPENSATED = "what took effect is compensated (P2)";
  static final String NOTHING_ELSE = "a refused step is not compensated (P2)";

  private SagaLaws(CaseResult result) {
    super(result);
  }

  static List<String> broken(CaseResult result) {
    return new SagaLaws(result).check();
  }

  @Override
  void instance(Observation seen) {
    List<SagaEvent> events = events(seen);
    recordedOnce(events);
    reverse(seen, events);
    noStepAfter(events);
    compensated(seen, events);
  }

  private static List<SagaEvent> events(Observation seen) {
    return seen.events().stream().map(SagaEvent.class::cast).toList();
  }

  /** What the calls of user code show, independently of what the journal says. */
  @Override
  void calls() {
    Set<String> done = new HashSet<>();
    Set<String> undone = new HashSet<>();
    Set<String> turnedBack = new HashSet<>();
    Set<String> mayHave = new HashSet<>();
    for (Happening happening : result().trace().happenings()) {
      if (happening instanceof Happening.Durable durable) {
        recorded(durable, done, undone);
        doubted(durable, mayHave);
      } else if (happening instanceof Happening.Called called) {
        called(called, done, undone, turnedBack);
        needed(called.site(), mayHave);
      }
    }
  }

  /** For local steps, whose code may run again in a transaction that is then rolled back. */
  private void recordedOnce(List<SagaEvent> events) {
    Set<String> ends = new HashSet<>();
    for (SagaEvent event : events) {
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
    switch ((SagaEvent) durable.event()) {
      case SagaEvent.StepDone e -> done.add(durable.id() + "/" + e.step());
      case SagaEvent.CompensationDone e -> undone.add(durable.id() + "/" + e.step());
      default -> {}
    }
  }

  private void called(
      Happening.Called called, Set<String> done, Set<String> undone, Set<String> turnedBack) {
    String step = called.site().whose();
    boolean inside = called.site().isInside();
    if (called.late() || inside) {
      // What a local step's code does counts only with its entry, and the journal is looked at too.
      return;
    }
    boolean back = called.site().kind() == CallSite.Kind.COMPENSATION;
    if (back) {
      turnedBack.add(called.site().id());
    }
    if ((back ? undone : done).contains(step)) {
      breaks(NOT_REPEATED, called + ", though its end is in the journal");
    }
    if (!back && turnedBack.contains(called.site().id())) {
      breaks(NO_STEP_AFTER, called.toString());
    }
  }

  private static void doubted(Happening.Durable durable, Set<String> mayHave) {
    switch ((SagaEvent) durable.event()) {
      case SagaEvent.AttemptLost e when e.mayBeDone() -> mayHave.add(durable.id() + "/" + e.step());
      case SagaEvent.AttemptFailed e when e.mayBeDone() ->
          mayHave.add(durable.id() + "/" + e.step());
      default -> {}
    }
  }

  private void needed(CallSite site, Set<String> mayHave) {
    if (site.kind() == CallSite.Kind.STEP) {
      mayHave.add(site.whose());
    } else if (site.kind() == CallSite.Kind.COMPENSATION && !mayHave.contains(site.whose())) {
      breaks(NOTHING_ELSE, site.whose() + " was compensated, and no call of it ever got through");
    }
  }

  private void reverse(Observation seen, List<SagaEvent> events) {
    List<String> completed = new ArrayList<>();
    List<String> compensated = new ArrayList<>();
    Set<String> waits = new HashSet<>();
    for (SagaEvent event : events) {
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

  private void noStepAfter(List<SagaEvent> events) {
    boolean back = false;
    for (SagaEvent event : events) {
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
  private void compensated(Observation seen, List<SagaEvent> events) {
    Set<String> began = new LinkedHashSet<>();
    Set<String> took = new LinkedHashSet<>();
    Set<String> undone = new HashSet<>();
    String id = seen.row().id();
    for (Happening happening : result().trace().happenings()) {
      if (happening instanceof Happening.TookEffect done && done.site().id().equals(id)) {
        (done.site().kind() == CallSite.Kind.COMPENSATION ? undone : took).add(done.site().name());
      } else if (happening instanceof Happening.Called called
          && called.site().id().equals(id)
          && called.site().kind() == CallSite.Kind.STEP) {
        began.add(called.site().name());
      }
    }
    if (seen.row().status() != Status.COMPENSATED) {
      return;
    }
    Set<String> owed = new LinkedHashSet<>();
    for (SagaEvent event : events) {
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
    for (Happening happening : result().trace().happenings()) {
      if (happening instanceof Happening.TookEffect took
          && !took.site().isInside()
          && took.site().kind() == CallSite.Kind.STEP
          && steps.contains(took.site().name())) {
        outside.add(took.site().name());
      }
    }
    return outside;
  }
}
