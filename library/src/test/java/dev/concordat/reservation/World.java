package dev.concordat.reservation;

import dev.concordat.core.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Everything there is at one moment of a search. The first part is the reservation. */
final class World {

  /** What the books say of the money. */
  enum Books {
    UNTOUCHED,
    HELD,
    CONFIRMED,
    RELEASED,
    REVERSED
  }

  static final Payload DATA = new Payload("{}", true);

  final List<Part> parts = new ArrayList<>();
  Gateway gateway = new Gateway();
  Books books = Books.UNTOUCHED;
  long clock;

  /** Requests in the network: until when each may still arrive. */
  final List<Long> late = new ArrayList<>();

  boolean lied;
  boolean chargedBack;
  boolean personDecided;
  int crashes;
  int faults;
  int partial;
  int lies;
  int chargebacks;
  int partBacks;
  int cancels;
  int duplicates;

  World copy() {
    World copy = new World();
    parts.forEach(part -> copy.parts.add(part.copy()));
    copy.gateway = gateway.copy();
    copy.books = books;
    copy.clock = clock;
    copy.late.addAll(late);
    copy.lied = lied;
    copy.chargedBack = chargedBack;
    copy.personDecided = personDecided;
    copy.crashes = crashes;
    copy.faults = faults;
    copy.partial = partial;
    copy.lies = lies;
    copy.chargebacks = chargebacks;
    copy.partBacks = partBacks;
    copy.cancels = cancels;
    copy.duplicates = duplicates;
    return copy;
  }

  Instant now() {
    return Instant.ofEpochSecond(clock);
  }

  Part first() {
    return parts.get(0);
  }

  String key() {
    String all = parts.stream().map(part -> part.key(now())).collect(Collectors.joining("|"));
    String network =
        late.stream().map(until -> Long.toString(Math.max(0, until - clock))).toList().toString();
    return all
        + gateway.key(this)
        + books
        + network
        + lied
        + chargedBack
        + personDecided
        + crashes
        + faults
        + partial
        + lies
        + chargebacks
        + partBacks
        + cancels
        + duplicates;
  }
}
