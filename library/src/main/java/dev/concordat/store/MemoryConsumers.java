package dev.concordat.store;

import dev.concordat.core.Bytes;
import dev.concordat.core.MessageKey;
import dev.concordat.core.ParkedMessage;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Consumers in memory. */
final class MemoryConsumers implements Consumers {

  private final MemoryTables tables;
  private final Inbox inbox;
  private final Map<String, Boolean> known = new TreeMap<>();
  private final Map<MessageKey, Lane> lanes = new HashMap<>();
  private final TreeMap<Long, Held> parked = new TreeMap<>();
  private final Set<Long> locked = new HashSet<>();
  private long last;

  private static final class Lane {
    private long epoch;
    private OptionalLong next = OptionalLong.empty();
  }

  private record Held(
      String consumer,
      ReceivedMessage message,
      State state,
      @Nullable String reason,
      int attempts,
      @Nullable Instant due,
      Instant parkedAt) {

    boolean isOf(String other, @Nullable MessageKey key) {
      return key != null && consumer.equals(other) && key.equals(message.ordering());
    }

    Held as(State newState, @Nullable String why, int made, @Nullable Instant when) {
      return new Held(consumer, message, newState, why, made, when, parkedAt);
    }
  }

  MemoryConsumers(MemoryTables tables, Inbox inbox) {
    this.tables = tables;
    this.inbox = inbox;
  }

  @Override
  public void enter(String consumer, boolean keepsOffsets) {
    tables.alone(() -> {
      if (known.computeIfAbsent(consumer, name -> keepsOffsets) != keepsOffsets) {
        throw new RefusedException("consumer '" + consumer + "' is known to do otherwise");
      }
    });
  }

  @Override
  public List<Reception> accept(Connection connection, String consumer, List<Arrival> arrivals) {
    Map<String, Bytes> here = new HashMap<>();
    List<Reception> all = new ArrayList<>();
    for (Arrival arrival : arrivals) {
      all.add(tables.locked(() -> reception(connection, consumer, arrival, here)));
    }
    return all;
  }

  private Reception reception(
      Connection connection, String consumer, Arrival arrival, Map<String, Bytes> here) {
    if (queue(consumer, arrival.key()).findAny().isPresent()) {
      return Reception.BEHIND;
    }
    Bytes before = here.putIfAbsent(arrival.id(), arrival.hash());
    if (before != null) {
      return before.equals(arrival.hash()) ? Reception.KNOWN : Reception.DIFFERENT;
    }
    return switch (inbox.note(connection, consumer, arrival.id(), arrival.hash())) {
      case NEW -> Reception.NEW;
      case KNOWN -> Reception.KNOWN;
      case DIFFERENT -> Reception.DIFFERENT;
    };
  }

  private Stream<Map.Entry<Long, Held>> queue(String consumer, @Nullable MessageKey key) {
    return parked.entrySet().stream().filter(entry -> entry.getValue().isOf(consumer, key));
  }

  @Override
  public Set<MessageKey> parked(Connection connection, String consumer, Set<MessageKey> keys) {
    return tables.locked(() ->
        keys.stream()
            .filter(key -> queue(consumer, key).findAny().isPresent())
            .collect(Collectors.toSet()));
  }

  @Override
  public boolean park(
      Connection connection,
      String consumer,
      ReceivedMessage message,
      State state,
      @Nullable String reason,
      @Nullable Duration wait) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      if (isParked(consumer, message)) {
        return true;
      }
      boolean behind = queue(consumer, message.ordering()).findAny().isPresent();
      if (state == State.BEHIND && !behind) {
        return false;
      }
      int attempts = state == State.BEHIND ? 0 : 1;
      Held held =
          new Held(
              consumer,
              message,
              behind ? State.BEHIND : state,
              reason,
              attempts,
              behind ? null : due(wait),
              tables.now());
      transaction.onCommit(() -> parked.put(++last, held));
      return true;
    });
  }

  private boolean isParked(String consumer, ReceivedMessage message) {
    return parked.values().stream()
        .anyMatch(held ->
            held.consumer().equals(consumer)
                && held.message().id().equals(message.id())
                && held.message().payload().equals(message.payload()));
  }

  private @Nullable Instant due(@Nullable Duration wait) {
    return wait == null ? null : tables.now().plus(wait);
  }

  @Override
  public void parkAgain(
      Connection connection, long no, State state, String reason, @Nullable Duration wait) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() ->
            parked.computeIfPresent(
                no,
                (n, held) ->
                    held.state() == State.DISCARDED
                        ? held
                        : held.as(state, reason, held.attempts() + 1, due(wait)))));
  }

  @Override
  public void postpone(Connection connection, long no, Duration wait) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() ->
            parked.computeIfPresent(
                no,
                (n, held) -> held.as(held.state(), held.reason(), held.attempts(), due(wait)))));
  }

  @Override
  public Optional<ParkedMessage> takeDue(Connection connection, String consumer) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      Optional<Map.Entry<Long, Held>> found =
          parked.entrySet().stream()
              .filter(entry -> entry.getValue().consumer().equals(consumer))
              .filter(entry -> !locked.contains(entry.getKey()))
              .filter(entry -> isDue(entry.getValue().due()))
              .findFirst();
      found.ifPresent(entry -> {
        locked.add(entry.getKey());
        transaction.onEnd(() -> locked.remove(entry.getKey()));
      });
      return found.map(entry -> shown(entry.getKey(), entry.getValue()));
    });
  }

  private ParkedMessage shown(long no, Held held) {
    return new ParkedMessage(
        no,
        held.message(),
        held.attempts(),
        Duration.between(held.parkedAt(), tables.now()),
        held.state() == State.DISCARDED);
  }

  private boolean isDue(@Nullable Instant due) {
    return due != null && !due.isAfter(tables.now());
  }

  @Override
  public void settle(Connection connection, String consumer, ParkedMessage message) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    tables.alone(() ->
        transaction.onCommit(() -> {
          parked.remove(message.no());
          queue(consumer, message.message().ordering())
              .findFirst()
              .filter(next -> next.getValue().state() == State.BEHIND)
              .ifPresent(next -> next.setValue(ready(next.getValue())));
        }));
  }

  private Held ready(Held held) {
    return held.as(held.state(), held.reason(), held.attempts(), tables.now());
  }

  @Override
  public Claim claim(String consumer, String lane) {
    return tables.locked(() -> {
      Lane ours = lanes.computeIfAbsent(new MessageKey(consumer, lane), key -> new Lane());
      ours.epoch++;
      return new Claim(ours.epoch, ours.next);
    });
  }

  @Override
  public OptionalLong advance(
      Connection connection, String consumer, String lane, long epoch, long next) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      Lane ours = lanes.get(new MessageKey(consumer, lane));
      if (ours == null || ours.epoch != epoch) {
        return OptionalLong.empty();
      }
      transaction.onCommit(() -> {
        if (ours.epoch != epoch) {
          throw new IllegalStateException("the lane was claimed by another meanwhile");
        }
        ours.next = OptionalLong.of(Math.max(next, ours.next.orElse(next)));
      });
      return OptionalLong.of(ours.next.orElse(-1));
    });
  }

  @Override
  public List<DeadLetter> deadLetters(String consumer, int most) {
    return listed(consumer, State.DEAD, most);
  }

  @Override
  public List<DeadLetter> retrying(String consumer, int most) {
    return listed(consumer, State.RETRY, most);
  }

  private List<DeadLetter> listed(String consumer, State state, int most) {
    return tables.locked(() ->
        parked.entrySet().stream()
            .filter(entry -> entry.getValue().consumer().equals(consumer))
            .filter(entry -> entry.getValue().state() == state)
            .limit(most)
            .map(entry -> dead(entry.getKey(), entry.getValue()))
            .toList());
  }

  private DeadLetter dead(long no, Held held) {
    long behind =
        queue(held.consumer(), held.message().ordering())
            .filter(entry -> entry.getKey() > no)
            .count();
    return new DeadLetter(
        no,
        held.message(),
        held.reason(),
        held.attempts(),
        Math.toIntExact(behind),
        held.parkedAt());
  }

  @Override
  public List<Stuck> stuck(String header, String value, int most) {
    return tables.locked(() ->
        parked.entrySet().stream()
            .filter(entry -> value.equals(entry.getValue().message().headers().get(header)))
            .flatMap(entry -> stuck(entry.getKey(), entry.getValue()).stream())
            .sorted(Comparator.comparing(Stuck::since))
            .limit(most)
            .toList());
  }

  private static Optional<Stuck> stuck(long no, Held held) {
    Stuck.@Nullable Standing standing =
        switch (held.state()) {
          case DEAD -> Stuck.Standing.DEAD;
          case RETRY -> Stuck.Standing.RETRYING;
          case BEHIND -> Stuck.Standing.BEHIND;
          case DISCARDED -> null;
        };
    return Optional.ofNullable(standing)
        .map(how ->
            new Stuck(
                Stuck.Place.CONSUMER,
                held.consumer(),
                no,
                how,
                held.message().topic(),
                held.message().type(),
                held.reason(),
                held.parkedAt()));
  }

  @Override
  public boolean replay(String consumer, long no) {
    return revive(consumer, no, State.RETRY);
  }

  @Override
  public boolean discard(String consumer, long no) {
    return revive(consumer, no, State.DISCARDED);
  }

  private boolean revive(String consumer, long no, State state) {
    return tables.locked(() -> {
      Held held = parked.get(no);
      if (held == null || !held.consumer().equals(consumer) || !isForPeople(held.state())) {
        return false;
      }
      parked.put(no, held.as(state, held.reason(), held.attempts(), tables.now()));
      return true;
    });
  }

  private static boolean isForPeople(State state) {
    return state == State.DEAD || state == State.RETRY;
  }

  @Override
  public List<Standing> standings() {
    return tables.locked(() ->
        known.entrySet().stream()
            .map(entry -> standing(entry.getKey(), Objects.requireNonNull(entry.getValue())))
            .toList());
  }

  private Standing standing(String consumer, boolean keepsOffsets) {
    Map<Boolean, Long> counts =
        parked.values().stream()
            .filter(held -> held.consumer().equals(consumer))
            .collect(
                Collectors.partitioningBy(
                    held -> held.state() == State.DEAD, Collectors.counting()));
    return new Standing(
        consumer, keepsOffsets, counts.getOrDefault(true, 0L), counts.getOrDefault(false, 0L));
  }
}
