package dev.concordat.store;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the tests of each port have in common: an empty store of each kind, and short words. */
@ParameterizedClass
@EnumSource(StoreWorld.Kind.class)
abstract class StoreContract {

  static final Duration HOUR = Duration.ofHours(1);
  static final List<String> KNOWN = List.of(Writes.GREETING);
  static final String TAKEN_OVER = "[\"taken over\"]";

  @Parameter StoreWorld.Kind kind;
  StoreWorld world;
  Store store;

  @BeforeEach
  void open() {
    world = kind.open();
    store = world.store();
  }

  Write.Result append(Write write) {
    return store.journal().append(List.of(write)).get(0);
  }

  InstanceRow row(long no) {
    return store.instances().find(no).orElseThrow();
  }

  List<String> events(long no) {
    return store.journal().read(no).stream().map(Entry::events).toList();
  }

  long worker() {
    return store.leases().acquire(HOUR, KNOWN).worker();
  }

  List<Long> claimDue(long worker) {
    return numbers(store.instances().claimDue(worker, KNOWN, 100));
  }

  List<Long> claimAbandoned(long worker) {
    return numbers(store.instances().claimAbandoned(worker, KNOWN, 100, TAKEN_OVER));
  }

  List<Long> workers() {
    return store.leases().workers().stream().map(Leases.Worker::no).toList();
  }

  static List<Long> numbers(List<InstanceRow> rows) {
    return rows.stream().map(InstanceRow::no).toList();
  }
}
