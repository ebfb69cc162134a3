package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the store in memory and the one on PostgreSQL cannot be told apart (P3, P6, P11). Method:
 * the same random calls to both, every answer compared; a difference is shrunk and printed.
 */
class DifferentialTest {

  private static final int SEQUENCES = 300;
  private static final int CALLS = 60;
  private static final long SEED = Long.getLong("concordat.seed", 20250101L);

  private final Set<Write.Result> seen = EnumSet.noneOf(Write.Result.class);
  private int claims;
  private int accepted;

  /** The calls that were made, and what differed after the last of them. */
  private record Difference(List<Gen.Call> calls, String what) {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      calls.forEach(call -> text.append(call).append('\n'));
      return text.append(what).toString();
    }
  }

  @Test
  void bothStoresGiveTheSameAnswers() {
    firstDifference(StoreWorld.Kind.POSTGRES::open)
        .ifPresent(difference -> fail("seed %d, shrunk:\n%s", SEED, difference));

    // One thread never meets a transaction that is still open, which is what BUSY is for.
    assertThat(seen)
        .containsExactlyInAnyOrder(Write.Result.ACCEPTED, Write.Result.STALE, Write.Result.EXISTS);
    assertThat(claims).isGreaterThan(SEQUENCES);
    assertThat(accepted).isGreaterThan(SEQUENCES * 5);
  }

  /** The checker is checked: a store that overlooks letters when it lets go of an instance. */
  @Test
  void aPlantedDifferenceIsFoundAndShrunk() {
    Difference found = firstDifference(OverlookingWorld::new).orElseThrow();

    assertThat(found.calls()).hasSizeLessThan(8);
    assertThat(found.toString()).contains("post", "release");
  }

  private Optional<Difference> firstDifference(Supplier<StoreWorld> other) {
    Random seeds = new Random(SEED);
    for (int i = 0; i < SEQUENCES; i++) {
      List<Long> sequence = Stream.generate(seeds::nextLong).limit(CALLS).toList();
      if (run(sequence, other).isPresent()) {
        return Optional.of(shrunk(sequence, other));
      }
    }
    return Optional.empty();
  }

  /** Leaves out one call after the other for as long as the stores still differ. */
  private Difference shrunk(List<Long> sequence, Supplier<StoreWorld> other) {
    List<Long> left = new ArrayList<>(sequence);
    for (int i = left.size() - 1; i >= 0; i--) {
      List<Long> fewer = new ArrayList<>(left);
      fewer.remove(i);
      if (run(fewer, other).isPresent()) {
        left = fewer;
        i = Math.min(i, left.size());
      }
    }
    return run(left, other).orElseThrow();
  }

  private Optional<Difference> run(List<Long> sequence, Supplier<StoreWorld> other) {
    StoreWorld memory = StoreWorld.Kind.MEMORY.open();
    StoreWorld second = other.get();
    List<Gen.Call> calls = new ArrayList<>();
    for (long seed : sequence) {
      Gen.Call call = new Gen(seed, memory.store()).call();
      calls.add(call);
      Object expected = answer(call, memory);
      Object given = answer(call, second);
      if (!expected.equals(given)) {
        return Optional.of(new Difference(calls, different(expected, given)));
      }
      count(call, given);
    }
    List<String> expected = Shown.all(memory);
    List<String> given = Shown.all(second);
    return expected.equals(given)
        ? Optional.empty()
        : Optional.of(
            new Difference(
                calls, different(String.join("\n", expected), String.join("\n", given))));
  }

  private static String different(Object memory, Object second) {
    return "memory:\n" + memory + "\nthe other:\n" + second;
  }

  private static Object answer(Gen.Call call, StoreWorld world) {
    try {
      return call.action().on(world);
    } catch (Exception e) {
      return e.getClass() + ": " + e.getMessage();
    }
  }

  private void count(Gen.Call call, Object given) {
    if (given instanceof List<?> list) {
      for (Object one : list) {
        if (one instanceof Write.Result result) {
          seen.add(result);
          accepted += result == Write.Result.ACCEPTED ? 1 : 0;
        } else if (call.text().contains("claims")) {
          claims++;
        }
      }
    }
  }
}
