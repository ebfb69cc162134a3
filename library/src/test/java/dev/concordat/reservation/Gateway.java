package dev.concordat.reservation;

import dev.concordat.reservation.Evidence.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The outside system in a search: it honours keys, as long as it remembers them. */
final class Gateway {

  static final Money ALL = new Money(100, "EUR");
  static final Money PART = new Money(60, "EUR");

  enum Charge {
    NONE,
    PENDING,
    DONE,
    REFUSED,
    /** A void came first: whatever comes later is refused. */
    TOMBSTONE,
    /** Done, and taken back. */
    VOIDED
  }

  Charge charge = Charge.NONE;
  Money moved = ALL;

  /** How often money was taken, and given back. */
  int taken;

  int given;

  /** Whether only a part of it was taken back so far, and whether by a refund of ours. */
  boolean partBack;

  boolean partRefunded;
  boolean captured;
  int events;
  final Map<String, Integer> refunds = new TreeMap<>();

  /** When the first refund of each key came. */
  final Map<String, Long> refundedAt = new TreeMap<>();

  final List<Evidence> callbacks = new ArrayList<>();

  Gateway copy() {
    Gateway copy = new Gateway();
    copy.charge = charge;
    copy.moved = moved;
    copy.taken = taken;
    copy.given = given;
    copy.partBack = partBack;
    copy.partRefunded = partRefunded;
    copy.captured = captured;
    copy.events = events;
    copy.refunds.putAll(refunds);
    copy.refundedAt.putAll(refundedAt);
    copy.callbacks.addAll(callbacks);
    return copy;
  }

  void request(boolean forgotten, World world) {
    if (charge == Charge.NONE || (forgotten && charge != Charge.REFUSED)) {
      done(world);
    }
  }

  void done(World world) {
    charge = Charge.DONE;
    taken++;
    tell(world, Finding.DONE, "charge");
  }

  void tell(World world, Finding finding, String reference) {
    tell(world, finding, moved, reference);
  }

  private void tell(World world, Finding finding, Money amount, String reference) {
    events++;
    callbacks.add(
        new Evidence(
            Evidence.Source.CALLBACK,
            finding,
            finding == Finding.REFUSED ? null : amount,
            reference,
            "callback-" + finding + reference,
            world.now(),
            "called back"));
  }

  void takenBack(World world, String reference) {
    charge = Charge.VOIDED;
    given++;
    tell(world, Finding.REVERSED, reference);
  }

  void partTakenBack(World world, String reference) {
    partBack = true;
    tell(world, Finding.REVERSED, PART, reference);
  }

  /** Refunds once for each key, for as long as it remembers it. */
  void refund(World world, String key, int keyLifetime) {
    Long first = refundedAt.putIfAbsent(key, world.clock);
    if (first == null || world.clock >= first + keyLifetime) {
      refunds.merge(key, 1, Integer::sum);
      takenBack(world, key);
    }
  }

  Finding standing() {
    return switch (charge) {
      case NONE -> Finding.NOT_FOUND;
      case PENDING -> Finding.PENDING;
      case DONE -> partBack ? Finding.REVERSED : Finding.DONE;
      case REFUSED, TOMBSTONE -> Finding.REFUSED;
      case VOIDED -> Finding.REVERSED;
    };
  }

  @Nullable Money amount() {
    return charge != Charge.DONE ? null : partBack ? PART : moved;
  }

  private static long age(World world, long since) {
    return Math.min(9, world.clock - since);
  }

  String key(World world) {
    return charge
        + ""
        + moved.minor()
        + " "
        + taken
        + given
        + captured
        + partBack
        + partRefunded
        + refunds
        + refundedAt.values().stream().map(since -> age(world, since)).toList()
        + callbacks.stream().map(e -> e.finding() + "" + e.reference()).sorted().toList();
  }
}
