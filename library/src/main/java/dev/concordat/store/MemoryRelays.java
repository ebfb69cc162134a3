package dev.concordat.store;

import dev.concordat.core.Cursor;
import dev.concordat.core.DueMessage;
import dev.concordat.core.MessageKey;
import dev.concordat.core.Parking;
import dev.concordat.core.Portion;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Relays in memory. */
final class MemoryRelays implements Relays {

  private final MemoryTables tables;
  private final MemoryOutbox outbox;
  private final Map<String, List<Lane>> relays = new TreeMap<>();

  MemoryRelays(MemoryTables tables, MemoryOutbox outbox) {
    this.tables = tables;
    this.outbox = outbox;
  }

  private static final class Lane {
    private long epoch;
    private Cursor cursor = Cursor.START;
    private Instant leaseUntil = Instant.MIN;
    private final TreeMap<Long, Held> parked = new TreeMap<>();
  }

  private record Held(Parking parking, int attempts, Instant parkedAt) {

    boolean isOf(@Nullable MessageKey key) {
      return key != null
          && parking.state() != Parking.State.DELAYED
          && key.equals(MessageKey.of(parking.message()));
    }

    Held due(@Nullable Instant when) {
      return as(parking.state(), when);
    }

    Held as(Parking.State state, @Nullable Instant when) {
      return new Held(
          new Parking(parking.message(), state, parking.reason(), when), attempts, parkedAt);
    }
  }

  @Override
  public void enter(String relay, int lanes) {
    tables.alone(() -> {
      List<Lane> known =
          relays.computeIfAbsent(
              relay, name -> Stream.generate(Lane::new).limit(lanes).collect(Collectors.toList()));
      if (known.size() != lanes) {
        throw new RefusedException("relay '" + relay + "' has " + known.size() + " lanes");
      }
    });
  }

  @Override
  public boolean forget(String relay) {
    return locked(() -> {
      if (lanes(relay).stream().anyMatch(lane -> !lane.leaseUntil.isBefore(tables.now()))) {
        throw Relays.inUse(relay);
      }
      return relays.remove(relay) != null;
    });
  }

  private <T> T locked(Supplier<T> work) {
    return tables.locked(work);
  }

  private List<Lane> lanes(String relay) {
    return relays.getOrDefault(relay, List.of());
  }

  @Override
  public Optional<Claim> claim(String relay, Duration lease) {
    return locked(() -> {
      List<Lane> lanes = lanes(relay);
      for (int i = 0; i < lanes.size(); i++) {
        Lane lane = lanes.get(i);
        if (lane.leaseUntil.isBefore(tables.now())) {
          lane.epoch++;
          lane.leaseUntil = tables.now().plus(lease);
          return Optional.of(new Claim(i, lane.epoch, lane.cursor, keys(lane)));
        }
      }
      return Optional.empty();
    });
  }

  private static Set<MessageKey> keys(Lane lane) {
    return lane.parked.values().stream()
        .filter(held -> held.parking().state() != Parking.State.DELAYED)
        .flatMap(held -> Optional.ofNullable(MessageKey.of(held.parking().message())).stream())
        .collect(Collectors.toSet());
  }

  private @Nullable Lane ours(String relay, int lane, long epoch) {
    Lane found = lanes(relay).get(lane);
    return found.epoch == epoch ? found : null;
  }

  @Override
  public boolean checkpoint(
      String relay, int lane, long epoch, Cursor cursor, List<Parking> parkings, Duration lease) {
    return locked(() -> {
      Lane ours = ours(relay, lane, epoch);
      if (ours == null) {
        return false;
      }
      ours.cursor = cursor;
      ours.leaseUntil = tables.now().plus(lease);
      parkings.forEach(parking -> put(ours, parking));
      return true;
    });
  }

  private void put(Lane lane, Parking parking) {
    lane.parked.merge(
        parking.message().position(),
        new Held(parking, 0, tables.now()),
        (old, now) ->
            old.parking().state() == Parking.State.DISCARDED
                    || parking.state() == Parking.State.BEHIND
                ? old
                : new Held(parking, old.attempts() + 1, old.parkedAt()));
  }

  @Override
  public List<DueMessage> due(String relay, int lane, Portion most) {
    return locked(() ->
        most.firstOf(
            lanes(relay).get(lane).parked.values().stream()
                .filter(held -> isDue(held.parking().due()))
                .map(held ->
                    new DueMessage(
                        held.parking().message(), held.attempts(), held.parking().state())),
            DueMessage::message));
  }

  private boolean isDue(@Nullable Instant due) {
    return due != null && !due.isAfter(tables.now());
  }

  @Override
  public Optional<Set<MessageKey>> settle(
      String relay, int lane, long epoch, List<StoredMessage> messages) {
    return locked(
        () -> Optional.ofNullable(ours(relay, lane, epoch)).map(l -> settle(l, messages)));
  }

  private Set<MessageKey> settle(Lane lane, List<StoredMessage> messages) {
    messages.forEach(message -> lane.parked.remove(message.position()));
    return messages.stream()
        .flatMap(message -> Optional.ofNullable(MessageKey.of(message)).stream())
        .filter(key -> !makeNextDue(lane, key))
        .collect(Collectors.toSet());
  }

  private boolean makeNextDue(Lane lane, MessageKey key) {
    Optional<Map.Entry<Long, Held>> next =
        lane.parked.entrySet().stream().filter(entry -> entry.getValue().isOf(key)).findFirst();
    next.ifPresent(entry -> entry.setValue(entry.getValue().due(tables.now())));
    return next.isPresent();
  }

  @Override
  public boolean park(String relay, int lane, long epoch, List<Parking> parkings) {
    return locked(() -> {
      Lane ours = ours(relay, lane, epoch);
      if (ours != null) {
        parkings.forEach(parking -> put(ours, parking));
      }
      return ours != null;
    });
  }

  @Override
  public void release(String relay, int lane, long epoch) {
    tables.alone(() -> {
      Lane ours = ours(relay, lane, epoch);
      if (ours != null) {
        ours.leaseUntil = Instant.MIN;
      }
    });
  }

  @Override
  public List<DeadLetter> deadLetters(String relay, int most) {
    return listed(relay, Parking.State.PARKED, most);
  }

  @Override
  public List<DeadLetter> held(String relay, int most) {
    return listed(relay, Parking.State.HELD, most);
  }

  private List<DeadLetter> listed(String relay, Parking.State state, int most) {
    return locked(() ->
        lanes(relay).stream()
            .flatMap(lane ->
                lane.parked.values().stream()
                    .filter(held -> held.parking().state() == state)
                    .map(held -> dead(lane, held)))
            .sorted(Comparator.comparingLong((DeadLetter dead) -> dead.message().position()))
            .limit(most)
            .toList());
  }

  private static DeadLetter dead(Lane lane, Held held) {
    Parking parking = held.parking();
    MessageKey key = MessageKey.of(parking.message());
    long behind =
        lane.parked.tailMap(parking.message().position(), false).values().stream()
            .filter(other -> other.isOf(key) && other.parking().state() == Parking.State.BEHIND)
            .count();
    return new DeadLetter(
        parking.message(), parking.reason(), Math.toIntExact(behind), held.parkedAt());
  }

  @Override
  public List<Stuck> stuck(String header, String value, int most) {
    return locked(() ->
        relays.entrySet().stream()
            .flatMap(relay ->
                relay.getValue().stream()
                    .flatMap(lane -> lane.parked.values().stream())
                    .filter(held -> value.equals(held.parking().message().headers().get(header)))
                    .flatMap(held -> stuck(relay.getKey(), held).stream()))
            .sorted(Comparator.comparing(Stuck::since))
            .limit(most)
            .toList());
  }

  private static Optional<Stuck> stuck(String relay, Held held) {
    Parking parking = held.parking();
    StoredMessage message = parking.message();
    Stuck.@Nullable Standing standing =
        switch (parking.state()) {
          case PARKED -> Stuck.Standing.DEAD;
          case HELD -> Stuck.Standing.RETRYING;
          case BEHIND -> Stuck.Standing.BEHIND;
          case DELAYED, DISCARDED -> null;
        };
    return Optional.ofNullable(standing)
        .map(how ->
            new Stuck(
                Stuck.Place.RELAY,
                relay,
                message.position(),
                how,
                message.topic(),
                message.type(),
                parking.reason(),
                held.parkedAt()));
  }

  @Override
  public boolean replay(String relay, long position) {
    return change(relay, position, false);
  }

  @Override
  public boolean discard(String relay, long position) {
    return change(relay, position, true);
  }

  private boolean change(String relay, long position, boolean gone) {
    return locked(() -> {
      for (Lane lane : lanes(relay)) {
        Held held = lane.parked.get(position);
        if (held != null && isForPeople(held.parking().state())) {
          Parking.State state = gone ? Parking.State.DISCARDED : held.parking().state();
          lane.parked.put(position, held.as(state, tables.now()));
          return true;
        }
      }
      return false;
    });
  }

  private static boolean isForPeople(Parking.State state) {
    return state == Parking.State.PARKED || state == Parking.State.HELD;
  }

  @Override
  public Optional<Progress> progress(String relay, int lane) {
    return progress().stream()
        .filter(one -> one.relay().equals(relay) && one.lane() == lane)
        .findFirst();
  }

  @Override
  public List<Progress> progress() {
    return locked(() -> {
      List<Progress> all = new ArrayList<>();
      relays.forEach((relay, lanes) -> {
        for (int i = 0; i < lanes.size(); i++) {
          all.add(progress(relay, i, lanes.get(i)));
        }
      });
      return all;
    });
  }

  private Progress progress(String relay, int number, Lane lane) {
    long parked =
        lane.parked.values().stream()
            .filter(held -> held.parking().state() != Parking.State.DELAYED)
            .count();
    return new Progress(
        relay, number, !lane.leaseUntil.isBefore(tables.now()), outbox.beyond(lane.cursor), parked);
  }
}
