package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The evidence there is about one effect, and what is to be believed. Immutable.
 *
 * <p>Of each source the last piece is kept, where "last" goes by how far the effect had come, then
 * by the time of who said it: so pieces may come twice and in any order. Of sources that differ the
 * highest one is believed; but what has happened can be taken back, so that {@link
 * Finding#REVERSED} from any source tells more than {@link Finding#DONE} from a higher one, unless
 * that is a person; and what is taken back after a person spoke is taken back all the same.
 */
final class Findings {

  static final Findings NONE = new Findings();

  private final Map<Source, Evidence> kept = new EnumMap<>(Source.class);
  private final Set<String> seen = new TreeSet<>();

  /** The events of which something conclusive was said. */
  private final Set<String> told = new TreeSet<>();

  private final Set<String> reversals = new TreeSet<>();

  /** Since when each charge is known to be done, by what the outside system calls it. */
  private final Map<String, Instant> charges = new TreeMap<>();

  /** The most that was ever said to have moved: only if that is back, all of it is. */
  private @Nullable Money taken;

  /** Whether it was taken back after a person had said how it stands. */
  private boolean overtaken;

  private Findings() {}

  private Findings(Findings from) {
    kept.putAll(from.kept);
    seen.addAll(from.seen);
    told.addAll(from.told);
    reversals.addAll(from.reversals);
    charges.putAll(from.charges);
    taken = from.taken;
    overtaken = from.overtaken;
  }

  /** Whether that very piece is here already. */
  boolean knows(Evidence evidence) {
    return seen.contains(mark(evidence));
  }

  /**
   * Whether of that very event something else was said before that settles it. A person may change
   * his mind.
   */
  boolean contradicts(Evidence evidence) {
    return evidence.source() != Source.PERSON && !knows(evidence) && told.contains(event(evidence));
  }

  private static String event(Evidence evidence) {
    return evidence.source() + " " + evidence.event();
  }

  /** Without its time and words, which may differ when the same is sent again. */
  private static String mark(Evidence evidence) {
    return event(evidence)
        + " "
        + evidence.finding()
        + " "
        + evidence.amount()
        + " "
        + evidence.reference();
  }

  Findings with(Evidence evidence) {
    if (knows(evidence)) {
      return this;
    }
    Findings next = new Findings(this);
    next.add(evidence);
    return next;
  }

  private void add(Evidence evidence) {
    Source source = evidence.source();
    Evidence before = kept.get(source);
    if (before == null || isNewer(before, evidence)) {
      kept.put(source, evidence);
    }
    Evidence person = kept.get(Source.PERSON);
    switch (evidence.finding()) {
      case DONE -> addDone(evidence);
      case REVERSED -> {
        overtaken |= person != null && evidence.at().isAfter(person.at());
        if (evidence.reference() != null) {
          reversals.add(evidence.reference());
        }
      }
      case REFUSED, PENDING, NOT_FOUND -> {}
    }
    overtaken &= source != Source.PERSON;
    seen.add(mark(evidence));
    if (isConclusive(evidence)) {
      told.add(event(evidence));
    }
  }

  private void addDone(Evidence evidence) {
    Money said = evidence.amount();
    if (said != null && (taken == null || said.minor() > taken.minor())) {
      taken = said;
    }
    String reference = evidence.reference();
    if (reference != null) {
      charges.merge(reference, evidence.at(), (a, b) -> a.isBefore(b) ? a : b);
    }
  }

  private static boolean isNewer(Evidence before, Evidence after) {
    if (after.source() == Source.PERSON
        || (before.event().equals(after.event()) && stage(after.finding()) > 0)) {
      // Who says something else of the same event has corrected himself.
      return true;
    }
    int further = stage(after.finding()) - stage(before.finding());
    int later = after.at().compareTo(before.at());
    // Done and refused at one instant is done, in whatever order they come.
    return further > 0
        || (further == 0 && (later > 0 || (later == 0 && after.finding() != Finding.REFUSED)));
  }

  /** Whether it settles anything. */
  static boolean isConclusive(Evidence evidence) {
    return stage(evidence.finding()) > 0;
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
    return top.finding() == Finding.DONE
            && takenBack
            && (top.source() != Source.PERSON || overtaken)
        ? Finding.REVERSED
        : top.finding();
  }

  /** Whether what is to be believed is a person's word. */
  boolean isPersons() {
    Evidence top = strongest(null);
    return top != null && top.source() == Source.PERSON && top.finding() == belief();
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
    Evidence piece = priced(finding);
    return piece == null ? null : piece.amount();
  }

  /** The most that was ever said to have moved, or null if nobody said how much. */
  @Nullable Money taken() {
    return taken;
  }

  /** The piece that says which amount counts, or null if none does. */
  @Nullable Evidence priced(Finding finding) {
    Evidence priced = null;
    for (Evidence each : kept.values()) {
      // In the order of sources, weakest first.
      boolean says = each.amount() != null || each.source() == Source.PERSON;
      priced = each.finding() == finding && says ? each : priced;
    }
    return priced;
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
  private boolean wasKnown(Evidence again, Evidence back) {
    Instant since = again.reference() == null ? null : charges.get(again.reference());
    return since != null && !since.isAfter(back.at());
  }

  /** Who says that it was done later than the one who is believed says it was refused, or null. */
  @Nullable Evidence doneAfterRefusal() {
    Evidence refused = strongest(null);
    return refused == null || refused.finding() != Finding.REFUSED
        ? null
        : kept.values().stream()
            .filter(each -> each.finding() == Finding.DONE && each.at().isAfter(refused.at()))
            .findFirst()
            .orElse(null);
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
    return kept.values() + " " + seen + " " + reversals + " " + charges + " " + overtaken;
  }
}
