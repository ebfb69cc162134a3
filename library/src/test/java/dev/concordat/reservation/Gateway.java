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
  boolean captured;
  int events;
  final Map<String, Integer> refunds = new TreeMap<>();
  final List<Evidence> callbacks = new ArrayList<>();

  Gateway copy() {
    Gateway copy = new Gateway();
    copy.charge = charge;
    copy.moved = moved;
    copy.taken = taken;
    copy.given = given;
    copy.captured = captured;
    copy.events = events;
    copy.refunds.putAll(refunds);
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
    events++;
    callbacks.add(
        new Evidence(
            Evidence.Source.CALLBACK,
            finding,
            finding == Finding.REFUSED ? null : moved,
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

  Finding standing() {
    return switch (charge) {
      case NONE -> Finding.NOT_FOUND;
      case PENDING -> Finding.PENDING;
      case DONE -> Finding.DONE;
      case REFUSED, TOMBSTONE -> Finding.REFUSED;
      case VOIDED -> Finding.REVERSED;
    };
  }

  @Nullable Money amount() {
    return charge == Charge.DONE ? moved : null;
  }

  String key() {
    return charge
        + ""
        + moved.minor()
        + " "
        + taken
        + given
        + captured
        + refunds
        + callbacks.stream().map(e -> e.finding() + "" + e.reference()).sorted().toList();
  }
}
