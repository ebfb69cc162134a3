package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The evidence there is about one effect, and what is to be believed. Immutable.
 *
 * <p>Of each source the last piece is kept, where "last" goes by how far the effect had come, then
 * by the time of who said it: so pieces may come twice and in any order. Of sources that differ the
 * highest one is believed; but what has happened can be taken back, so that {@link
 * Finding#REVERSED} from any source tells more than {@link Finding#DONE} from a higher one, unless
 * that is a person.
 */
final class Findings {

  static final Findings NONE = new Findings(Map.of(), Set.of(), Set.of());

  private final Map<Source, Evidence> kept;
  private final Set<String> seen;
  private final Set<String> reversals;

  private Findings(Map<Source, Evidence> kept, Set<String> seen, Set<String> reversals) {
    this.kept = kept;
    this.seen = seen;
    this.reversals = reversals;
  }

  /** Whether that very piece is here already. */
  boolean knows(Evidence evidence) {
    return seen.contains(mark(evidence));
  }

  private static String mark(Evidence evidence) {
    return evidence.source() + " " + evidence.event();
  }

  Findings with(Evidence evidence) {
    if (knows(evidence)) {
      return this;
    }
    Map<Source, Evidence> next = new EnumMap<>(Source.class);
    next.putAll(kept);
    Evidence before = kept.get(evidence.source());
    if (before == null || isNewer(before, evidence)) {
      next.put(evidence.source(), evidence);
    }
    Set<String> taken = new TreeSet<>(reversals);
    if (evidence.finding() == Finding.REVERSED && evidence.reference() != null) {
      taken.add(evidence.reference());
    }
    Set<String> marks = new TreeSet<>(seen);
    marks.add(mark(evidence));
    return new Findings(next, marks, taken);
  }

  private static boolean isNewer(Evidence before, Evidence after) {
    if (after.source() == Source.PERSON) {
      return true;
    }
    int further = stage(after.finding()) - stage(before.finding());
    int later = after.at().compareTo(before.at());
    // Done and refused at one instant is done, in whatever order they come.
    return further > 0
        || (further == 0 && (later > 0 || (later == 0 && after.finding() != Finding.REFUSED)));
  }

  private static int stage(Finding finding) {
    return switch (finding) {
      case PENDING, NOT_FOUND -> 0;
      case DONE, REFUSED -> 1;
      case REVERSED -> 2;
    };
  }

  /** What is to be believed, or null as long as nobody said anything conclusive. */
  @Nullable Finding belief() {
    Evidence top = strongest(null);
    if (top == null) {
      return null;
    }
    boolean takenBack = strongest(Finding.REVERSED) != null;
    return top.finding() == Finding.DONE && takenBack && top.source() != Source.PERSON
        ? Finding.REVERSED
        : top.finding();
  }

  /** The conclusive piece from the highest source, of that finding if one is given. */
  @Nullable Evidence strongest(@Nullable Finding finding) {
    Evidence top = null;
    for (Evidence each : kept.values()) {
      boolean wanted = finding == null ? stage(each.finding()) > 0 : each.finding() == finding;
      if (wanted && (top == null || each.source().compareTo(top.source()) > 0)) {
        top = each;
      }
    }
    return top;
  }

  /** What moved, as far as anybody said; a person who says no amount means the one asked for. */
  @Nullable Money amount(Finding finding) {
    Money amount = null;
    for (Evidence each : kept.values()) {
      // In the order of sources, weakest first.
      if (each.finding() == finding) {
        amount = each.amount() != null || each.source() == Source.PERSON ? each.amount() : amount;
      }
    }
    return amount;
  }

  /** What the outside system calls the effect, as the highest source has it, or null. */
  @Nullable String reference() {
    String reference = null;
    for (Evidence each : kept.values()) {
      boolean names = each.finding() != Finding.REVERSED && each.reference() != null;
      reference = names ? each.reference() : reference;
    }
    return reference;
  }

  /** Whether somebody says that it was done after it had been taken back. */
  boolean doneAfterReversal() {
    Evidence back = strongest(Finding.REVERSED);
    return back != null
        && kept.values().stream()
            .filter(each -> each.finding() == Finding.DONE && each.at().isAfter(back.at()))
            .anyMatch(each -> !wasKnown(each, back));
  }

  /** A file that lists the charge days later says nothing new. */
  private boolean wasKnown(Evidence done, Evidence back) {
    return done.reference() != null
        && kept.values().stream()
            .filter(each -> each.finding() == Finding.DONE && !each.at().isAfter(back.at()))
            .anyMatch(each -> done.reference().equals(each.reference()));
  }

  /** How many different reversals were heard of, by what the outside system calls them. */
  int reversals() {
    return reversals.size();
  }

  /** The piece kept of each source, weakest source first. */
  List<Evidence> all() {
    return List.copyOf(kept.values());
  }

  @Override
  public String toString() {
    return kept.values() + " " + seen + " " + reversals;
  }
}
