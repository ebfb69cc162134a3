package dev.concordat.test;

import dev.concordat.core.Status;
import dev.concordat.engine.EngineConfig;
import dev.concordat.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a crash test is told, whatever it is about; and the running of its cases. */
final class Exploration {

  private record Check(@Nullable Status when, String law, BooleanSupplier holds) {}

  private static final Duration LEASE = Duration.ofSeconds(60);

  private final List<Check> checks = new ArrayList<>();
  private final Map<String, Situation> situations = new LinkedHashMap<>();
  World world = World.NOTHING;
  Ground ground = new Ground.Memory();
  boolean pairs;
  boolean crashesOnly;
  boolean runs;
  boolean eachStepFails = true;
  Duration patience = Duration.ofSeconds(5);
  UnaryOperator<Store> outside = UnaryOperator.identity();
  Beside beside = Beside.NOTHING;
  @Nullable String only;

  void crashesOnly() {
    crashesOnly = true;
    eachStepFails = false;
  }

  void alsoWhen(String step, FailureMode mode) {
    Situation situation = Situation.failing(step, mode);
    situations.put(situation.toString(), situation);
  }

  /** A law that holds when the instance ended with that status, or always if that is null. */
  void check(@Nullable Status when, String law, BooleanSupplier holds) {
    checks.add(new Check(when, law, holds));
  }

  CrashReport explore(Subject subject) {
    CrashPlan plan = new CrashPlan(subject, world, config(), outside, runs, beside);
    Explorer explorer = new Explorer(plan, ground, this::broken, crashesOnly);
    if (only != null) {
      Case wanted = Case.parse(only);
      explorer.run(Case.without(wanted.situation()));
      explorer.run(wanted);
      return explorer.report();
    }
    List<Situation> enumerated = new ArrayList<>(List.of(Situation.FINE));
    enumerated.addAll(situations.values());
    for (Situation situation : enumerated) {
      explorer.enumerate(situation, pairs);
    }
    if (eachStepFails) {
      failEachStep(explorer, subject);
    }
    return explorer.report();
  }

  private static void failEachStep(Explorer explorer, Subject subject) {
    for (String step : subject.steps()) {
      for (FailureMode mode : FailureMode.values()) {
        explorer.run(Case.without(Situation.failing(step, mode)));
      }
    }
  }

  private EngineConfig config() {
    return EngineConfig.DEFAULT
        .withLease(LEASE)
        .withPoll(ground.poll())
        .withPatience(patience)
        // Progress must not depend on hearing of work.
        .withListens(false);
  }

  private List<String> broken(@Nullable Status status) {
    List<String> broken = new ArrayList<>();
    for (Check check : checks) {
      if ((check.when() == null || check.when() == status) && !check.holds().getAsBoolean()) {
        broken.add(check.law() + ": it does not hold for an instance that is " + status);
      }
    }
    return broken;
  }
}
