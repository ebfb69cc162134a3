package dev.concordat.reservation;

import dev.concordat.core.RetryPolicy;
import dev.concordat.reservation.ReservationPlan.Can;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A small definition to search, and how much may go wrong.
 *
 * @param plan what the machine knows
 * @param quiescence how long requests may be under way, in seconds
 * @param keyLifetime how long the provider remembers keys, in seconds
 */
record Sketch(String name, ReservationPlan plan, int quiescence, int keyLifetime, Budget budget) {

  static final int FOR_EVER = 1_000_000;

  /** How often each kind of trouble comes. */
  record Budget(
      int crashes,
      int faults,
      int partial,
      int lies,
      int chargebacks,
      int cancels,
      int again,
      int partBacks) {
    Budget(
        int crashes, int faults, int partial, int lies, int chargebacks, int cancels, int again) {
      this(crashes, faults, partial, lies, chargebacks, cancels, again, 0);
    }
  }

  static final Budget FEW = new Budget(1, 2, 0, 0, 0, 0, 1);

  static List<Sketch> all() {
    Set<Can> every = Set.of(Can.ASK, Can.VOID, Can.REFUND, Can.REVERSE);
    return List.of(
        sketch("asks", Set.of(Can.ASK), FEW),
        sketch("asks and voids", Set.of(Can.ASK, Can.VOID), FEW),
        sketch("neither asks nor voids", Set.of(), FEW),
        sketch("voids without asking", Set.of(Can.VOID), FEW),
        sketch("is cancelled", Set.of(Can.ASK, Can.VOID), new Budget(1, 1, 0, 0, 0, 1, 0)),
        sketch("is cancelled, and cannot void", Set.of(Can.ASK), new Budget(1, 1, 0, 0, 0, 1, 0)),
        sketch("moves a part", every, new Budget(1, 1, 1, 0, 0, 0, 1)),
        sketch("late success", every, new Budget(1, 1, 0, 1, 0, 1, 1)),
        sketch(
            "late success that nobody refunds", Set.of(Can.ASK), new Budget(1, 1, 0, 1, 0, 0, 0)),
        sketch(
            "late success and refund by others",
            Set.of(Can.ASK, Can.REFUND),
            new Budget(1, 1, 0, 1, 1, 0, 0)),
        sketch("charged back", every, new Budget(1, 1, 0, 0, 1, 0, 1)),
        sketch("charged back, nothing reverses", Set.of(Can.ASK), new Budget(1, 0, 0, 0, 1, 0, 0)),
        sketch("gives a part back", every, new Budget(1, 1, 0, 0, 1, 1, 0, 1)),
        sketch("refunds a part", Set.of(Can.ASK, Can.REFUND), new Budget(1, 1, 1, 1, 0, 0, 0)),
        forgetful("forgets keys", Set.of(Can.ASK), FEW),
        forgetful("forgets refunds", Set.of(Can.ASK, Can.REFUND), new Budget(2, 1, 0, 1, 0, 0, 0)),
        forgetful("forgets keys, is not asked", Set.of(Can.VOID), FEW),
        expiring("has a deadline", Set.of(Can.ASK, Can.VOID), new Budget(1, 2, 0, 0, 0, 0, 0)));
  }

  private static Sketch sketch(String name, Set<Can> can, Budget budget) {
    return of(name, can, budget, Optional.empty(), Optional.empty());
  }

  private static Sketch forgetful(String name, Set<Can> can, Budget budget) {
    return of(name, can, budget, Optional.of(Duration.ofSeconds(6)), Optional.empty());
  }

  private static Sketch expiring(String name, Set<Can> can, Budget budget) {
    return of(name, can, budget, Optional.empty(), Optional.of(Duration.ofSeconds(2)));
  }

  private static Sketch of(
      String name,
      Set<Can> can,
      Budget budget,
      Optional<Duration> keyLifetime,
      Optional<Duration> deadline) {
    RetryPolicy second =
        RetryPolicy.exponential(Duration.ofSeconds(1)).growingBy(1).withoutJitter();
    ReservationPlan plan =
        new ReservationPlan(
            name,
            1,
            "bank",
            second.attempts(2),
            second.unlimited(),
            second.attempts(2),
            keyLifetime,
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            deadline,
            can);
    int lifetime = keyLifetime.map(time -> (int) time.toSeconds()).orElse(FOR_EVER);
    return new Sketch(name, plan, 2, lifetime, budget);
  }

  Sketch with(ReservationPlan other) {
    return new Sketch(name, other, quiescence, keyLifetime, budget);
  }

  World world() {
    World world = new World();
    world.crashes = budget.crashes();
    world.faults = budget.faults();
    world.partial = budget.partial();
    world.lies = budget.lies();
    world.chargebacks = budget.chargebacks();
    world.partBacks = budget.partBacks();
    world.cancels = budget.cancels();
    world.duplicates = budget.again();
    return world;
  }
}
