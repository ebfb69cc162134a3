package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.store.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The laws that hold for every instance of every protocol. Each gives what breaks it. */
abstract class Laws {

  static final String ENDS = "every instance ends or waits visibly (P2, P10)";
  static final String REMEMBERED = "accepted means remembered (P1)";
  static final String SAME_KEY = "every repeat has the same key (P4)";
  static final String DENSE = "journal positions are dense and tokens never fall (P6)";
  static final String NO_LEASE = "no instance is held and none is due after the end";
  static final String NOT_THE_BUSINESS = "trouble of ours turns nothing back (P2, P11)";
  static final String NO_DEATH = "no thread of the worker dies of an error";

  private final CaseResult result;
  private final List<String> broken = new ArrayList<>();

  Laws(CaseResult result) {
    this.result = result;
  }

  final CaseResult result() {
    return result;
  }

  /** Every way in which the case broke a law: the law's name, a colon, and how. */
  final List<String> check() {
    broken.addAll(result.troubles());
    remembered();
    sameKeys();
    calls();
    for (Observation seen : result.observations()) {
      ends(seen);
      dense(seen);
      instance(seen);
    }
    threads();
    return List.copyOf(broken);
  }

  final void breaks(String law, String how) {
    broken.add(law + ": " + how);
  }

  /** What the calls of user code show, independently of what the journal says. */
  abstract void calls();

  /** What an instance's journal shows. */
  abstract void instance(Observation seen);

  private void remembered() {
    if (result.accepted() && result.status() == null) {
      breaks(REMEMBERED, "start returned, and there is no instance '" + result.id() + "'");
    }
  }

  private void sameKeys() {
    Map<String, Set<String>> keys = new HashMap<>();
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.Called called && called.site().key() != null) {
        keys.computeIfAbsent(called.site().whose(), whose -> new LinkedHashSet<>())
            .add(called.site().key());
      }
    }
    keys.forEach((whose, used) -> {
      if (used.size() > 1) {
        breaks(SAME_KEY, whose + " was called with " + used);
      }
    });
  }

  private void ends(Observation seen) {
    Status status = seen.row().status();
    if (!status.isFinal() && status != Status.NEEDS_ATTENTION) {
      breaks(ENDS, "'" + seen.row().id() + "' is " + status + ": " + seen.why());
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

  private void threads() {
    for (Happening happening : result.trace().happenings()) {
      if (happening instanceof Happening.ThreadDied) {
        breaks(NO_DEATH, happening.toString());
      }
    }
  }
}
