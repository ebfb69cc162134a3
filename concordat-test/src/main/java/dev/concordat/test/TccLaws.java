package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.tcc.TccEvent;
import dev.concordat.tcc.TccOperation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The laws that hold for every transaction of try, confirm and cancel, whatever it is about. */
final class TccLaws extends Laws {

  static final String NOT_REPEATED =
      "what a branch is known to have done it is not asked again (P3)";
  static final String ONE_DECISION = "no branch is confirmed while another is cancelled (P7)";
  static final String ALL_TRIED = "no branch is confirmed before all are tried (P7)";
  static final String NO_TRY_AFTER = "no try begins after the decision (P5)";
  static final String ALL_TOLD = "every branch that may hold something is told the decision (P2)";

  private TccLaws(CaseResult result) {
    super(result);
  }

  static List<String> broken(CaseResult result) {
    return new TccLaws(result).check();
  }

  @Override
  void calls() {
    Map<String, Seen> all = new HashMap<>();
    for (Happening happening : result().trace().happenings()) {
      if (happening instanceof Happening.Durable durable) {
        all.computeIfAbsent(durable.id(), id -> new Seen()).durable((TccEvent) durable.event());
      } else if (happening instanceof Happening.Called called) {
        called(called, all.computeIfAbsent(called.site().id(), id -> new Seen()));
      }
    }
  }

  /** What is known of one instance so far. */
  private static final class Seen {
    private final Set<String> done = new HashSet<>();
    private final Set<String> branches = new LinkedHashSet<>();
    private final Set<CallSite.Kind> told = new HashSet<>();

    void durable(TccEvent event) {
      switch (event) {
        case TccEvent.Accepted e -> e.branches().forEach(branch -> branches.add(branch.name()));
        case TccEvent.Done e -> done.add(e.operation() + " " + e.branch());
        default -> {}
      }
    }

    boolean allTried() {
      return branches.stream().allMatch(branch -> done.contains(TccOperation.TRY + " " + branch));
    }
  }

  private void called(Happening.Called called, Seen seen) {
    CallSite site = called.site();
    if (called.late() || site.isInside()) {
      // What a local branch's code does counts only with its entry, and the journal is looked at.
      return;
    }
    if (seen.done.contains(site.kind() + " " + site.name())) {
      breaks(NOT_REPEATED, called + ", though its end is in the journal");
    }
    if (site.kind() == CallSite.Kind.TRY) {
      // One that began before the decision may be on its way when that is made.
      return;
    }
    seen.told.add(site.kind());
    if (seen.told.size() > 1) {
      breaks(ONE_DECISION, called + ", though another was told the opposite");
    }
    if (site.kind() == CallSite.Kind.CONFIRM && !seen.allTried()) {
      breaks(ALL_TRIED, called.toString());
    }
  }

  @Override
  void instance(Observation seen) {
    Set<String> done = new HashSet<>();
    Set<String> settled = new HashSet<>();
    Set<String> branches = new LinkedHashSet<>();
    Set<TccOperation> decisions = new LinkedHashSet<>();
    for (Object each : seen.events()) {
      switch ((TccEvent) each) {
        case TccEvent.Accepted e -> e.branches().forEach(branch -> branches.add(branch.name()));
        case TccEvent.Settled e -> settled.add(e.branch());
        case TccEvent.Sent e when e.operation() == TccOperation.TRY && !decisions.isEmpty() ->
            breaks(NO_TRY_AFTER, e.toString());
        case TccEvent.Done e -> {
          if (!done.add(e.operation() + " " + e.branch())) {
            breaks(NOT_REPEATED, e + " is in the journal twice");
          }
        }
        case TccEvent.Decided e -> {
          if (!decisions.add(e.decision()) || decisions.size() > 1) {
            breaks(ONE_DECISION, "it was decided twice: " + e);
          }
        }
        default -> {}
      }
    }
    told(seen, branches, done, settled);
  }

  private void told(Observation seen, Set<String> branches, Set<String> done, Set<String> settled) {
    Status status = seen.row().status();
    for (String branch : branches) {
      boolean owed =
          switch (status) {
            case COMPLETED -> !done.contains(TccOperation.CONFIRM + " " + branch);
            case COMPENSATED ->
                mayHold(seen.row().id(), branch, done)
                    && !done.contains(TccOperation.CANCEL + " " + branch);
            default -> false;
          };
      if (owed && !settled.contains(branch)) {
        breaks(ALL_TOLD, "'" + branch + "' is not told, and it is " + status);
      }
    }
  }

  /** What a local branch did counts only with its journal entry. */
  private boolean mayHold(String id, String branch, Set<String> done) {
    return done.contains(TccOperation.TRY + " " + branch)
        || result().trace().happenings().stream()
            .anyMatch(happening ->
                happening instanceof Happening.TookEffect took
                    && !took.site().isInside()
                    && took.site().kind() == CallSite.Kind.TRY
                    && took.site().whose().equals(id + "/" + branch));
  }
}
