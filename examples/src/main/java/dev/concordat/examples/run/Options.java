package dev.concordat.examples.run;

import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.Scenario;
import dev.concordat.examples.Transfer3pcScenario;
import dev.concordat.examples.outside.Fault;
import dev.concordat.examples.peers.Instructions;
import dev.concordat.examples.peers.StandStill;
import dev.concordat.examples.threephase.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * How a scenario is run.
 *
 * @param runs how many instances
 * @param fail the step that is refused, if one is to be
 * @param killAt the moment at which the worker is killed, if it is to be; see {@link #moments}
 * @param unluckyEvery every how many instances one is of the kind that the business refuses; 0 for
 *     none
 * @param lease how long the instances of a killed worker wait for another, at most
 * @param messages what concerns those whose services talk over a broker
 * @param databases what concerns those whose databases change together
 * @param threePhase what concerns three-phase commit
 * @param gateway how the outside system misbehaves, if it is to
 */
public record Options(
    int runs,
    Optional<String> fail,
    Optional<String> killAt,
    int unluckyEvery,
    Duration lease,
    Messages messages,
    Databases databases,
    ThreePhase threePhase,
    Optional<Fault> gateway) {

  /** What stands before a step's name when its compensation is meant. */
  public static final String COMPENSATE = StandStill.COMPENSATE;

  /** The most runs. */
  public static final int MAX_RUNS = 100_000;

  private static final Duration LEASE = Duration.ofSeconds(2);

  /**
   * What concerns services that talk over a broker.
   *
   * @param stopBroker how long the broker is down in the middle of the runs, if it is to be
   * @param stall the step that does not react to its event, if one is not to
   * @param timeout how long a flow may take
   */
  public record Messages(Optional<Duration> stopBroker, Optional<String> stall, Duration timeout) {
    private static final Messages USUAL =
        new Messages(Optional.empty(), Optional.empty(), Duration.ofMinutes(5));
  }

  /**
   * What concerns databases that change together.
   *
   * @param kill the one whose server is killed in the middle of the runs, if one is to be
   * @param cut the one that the network to is cut in the middle of the runs, if one is to be
   */
  public record Databases(Optional<String> kill, Optional<String> cut) {
    private static final Databases USUAL = new Databases(Optional.empty(), Optional.empty());

    boolean isTroubled() {
      return kill.isPresent() || cut.isPresent();
    }
  }

  /**
   * What concerns three-phase commit.
   *
   * @param cut the phase at which the network is cut, if it is to be
   * @param unsafe whether the textbook's rule ends what the coordinator leaves
   */
  public record ThreePhase(Optional<String> cut, boolean unsafe) {
    private static final ThreePhase USUAL = new ThreePhase(Optional.empty(), false);
  }

  /** Checks the numbers. */
  public Options {
    if (runs < 1 || runs > MAX_RUNS) {
      throw new IllegalArgumentException(
          "The number of runs is 1 to " + MAX_RUNS + ", not " + runs + ".");
    }
  }

  /** That many instances that all succeed. */
  public static Options runs(int runs) {
    return new Options(
        runs,
        Optional.empty(),
        Optional.empty(),
        0,
        LEASE,
        Messages.USUAL,
        Databases.USUAL,
        ThreePhase.USUAL,
        Optional.empty());
  }

  /** The same with that step refused. */
  public Options failing(String step) {
    return new Options(
        runs,
        Optional.of(step),
        killAt,
        unluckyEvery,
        lease,
        messages,
        databases,
        threePhase,
        gateway);
  }

  /** The same with the worker killed at that moment. */
  public Options killedAt(String moment) {
    return new Options(
        runs,
        fail,
        Optional.of(moment),
        unluckyEvery,
        lease,
        messages,
        databases,
        threePhase,
        gateway);
  }

  /** The same with one in that many refused by the business. */
  public Options unluckyEvery(int every) {
    if (every < 1) {
      throw new IllegalArgumentException(
          "Every how many one fails is 1 or more, not " + every + ".");
    }
    return new Options(runs, fail, killAt, every, lease, messages, databases, threePhase, gateway);
  }

  /** The same with that lease. */
  public Options lease(Duration newLease) {
    return new Options(
        runs, fail, killAt, unluckyEvery, newLease, messages, databases, threePhase, gateway);
  }

  /** The same with the broker killed in the middle of the runs, and started again so much later. */
  public Options stoppingBroker(Duration down) {
    positive("The broker is down for", down);
    return with(new Messages(Optional.of(down), messages.stall(), messages.timeout()));
  }

  /** The same with a step whose service does not react to the event that asks for it. */
  public Options stalling(String step) {
    return with(new Messages(messages.stopBroker(), Optional.of(step), messages.timeout()));
  }

  /** The same with flows that may take so long; five minutes unless said. */
  public Options timeout(Duration timeout) {
    positive("A flow may take", timeout);
    return with(new Messages(messages.stopBroker(), messages.stall(), timeout));
  }

  /** The same with that database's server killed in the middle of the runs, and started again. */
  public Options killingDatabase(String database) {
    return with(new Databases(Optional.of(database), databases.cut()));
  }

  /** The same with the network to that database cut in the middle of the runs, and mended. */
  public Options cutting(String database) {
    return with(new Databases(databases.kill(), Optional.of(database)));
  }

  private Options with(Databases other) {
    return new Options(
        runs, fail, killAt, unluckyEvery, lease, messages, other, threePhase, gateway);
  }

  private static void positive(String what, Duration time) {
    if (!time.isPositive() || time.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          what + " between one second and one day, not " + time.toSeconds() + " seconds.");
    }
  }

  /** The same with an outside system that misbehaves so. */
  public Options misbehaving(String how) {
    return new Options(
        runs,
        fail,
        killAt,
        unluckyEvery,
        lease,
        messages,
        databases,
        threePhase,
        Optional.of(Fault.of(how)));
  }

  /** The same with the network cut at that phase. */
  public Options cutAt(String phase) {
    return with(new ThreePhase(Optional.of(phase), threePhase.unsafe()));
  }

  /** The same, ended by the textbook's rule; cut where that splits it, unless said otherwise. */
  public Options unsafe() {
    Optional<String> cut =
        killAt.isPresent()
            ? threePhase.cut()
            : threePhase.cut().or(() -> Optional.of(Phase.PRE_COMMIT_ONE.word()));
    return with(new ThreePhase(cut, true));
  }

  Optional<String> cut() {
    return threePhase.cut();
  }

  boolean isUnsafe() {
    return threePhase.unsafe();
  }

  /** Whether it is asked to show how the textbook's rule splits under a partition. */
  public boolean showsSplit() {
    return threePhase.unsafe()
        && fail.isEmpty()
        && threePhase.cut().filter(phase -> Phase.of(phase).splitsTheTextbook()).isPresent();
  }

  private Options with(ThreePhase other) {
    return new Options(
        runs, fail, killAt, unluckyEvery, lease, messages, databases, other, gateway);
  }

  private Options with(Messages other) {
    return new Options(
        runs, fail, killAt, unluckyEvery, lease, other, databases, threePhase, gateway);
  }

  Duration timeout() {
    return messages.timeout();
  }

  /**
   * The moments at which a worker can be killed: at a step, or at the compensation of one; a
   * coordinator between its phases.
   */
  public static List<String> moments(Scenario scenario) {
    if (scenario instanceof AtomicScenario) {
      return AtomicScenario.PHASES;
    }
    if (scenario instanceof Transfer3pcScenario transfer) {
      return transfer.phases();
    }
    if (scenario instanceof HoldScenario hold) {
      return hold.moments();
    }
    List<String> steps = scenario.steps();
    return Stream.concat(steps.stream(), steps.stream().map(COMPENSATE::concat)).toList();
  }

  /**
   * Looks whether the scenario has what is named here.
   *
   * @throws IllegalArgumentException if not, naming what it has
   */
  public void checkFor(Scenario scenario) {
    fail.ifPresent(step -> known(scenario, step, scenario.steps()));
    killAt.ifPresent(moment -> known(scenario, moment, moments(scenario)));
    checkCompensated(scenario);
    checkOutside(scenario);
    checkDatabases(scenario);
    checkNetwork(scenario);
    boolean overBroker = scenario instanceof PeerScenario;
    if (!overBroker && !messages.equals(Messages.USUAL)) {
      throw new IllegalArgumentException(
          "Scenario '" + scenario.name() + "' uses no broker: leave out what concerns one.");
    }
    if (scenario instanceof PeerScenario peers) {
      messages.stall().ifPresent(step -> checkStall(peers, step));
    }
  }

  private static void checkStall(PeerScenario scenario, String step) {
    Set<String> there = scenario.causes().keySet();
    if (there.isEmpty()) {
      throw new IllegalArgumentException(
          ("Scenario '%s' has no step '%s' that waits for an event, nor any other: leave --stall"
                  + " out.")
              .formatted(scenario.name(), step));
    }
    if (!there.contains(step)) {
      throw new IllegalArgumentException(
          "Scenario '%s' has no step '%s' that waits for an event. These do: %s."
              .formatted(scenario.name(), step, String.join(", ", new TreeSet<>(there))));
    }
  }

  /** Whether anything makes an instance be compensated, if a worker is to be killed at that. */
  private void checkCompensated(Scenario scenario) {
    boolean never =
        fail.isEmpty()
            && unluckyEvery == 0
            && messages.stall().isEmpty()
            && gateway.filter(Fault.REFUSE::equals).isEmpty();
    String moment = killAt.orElse("");
    boolean backward = scenario instanceof HoldScenario hold && hold.backward().contains(moment);
    if (never && (backward || moment.startsWith(COMPENSATE))) {
      throw new IllegalArgumentException(
          ("Nothing is compensated here, so no worker would come to '%s'. Say with --fail which"
                  + " later step is refused, or with --fail-every how many transactions the"
                  + " business refuses.")
              .formatted(moment));
    }
  }

  private void checkOutside(Scenario scenario) {
    boolean has = scenario instanceof HoldScenario hold && hold.outside().isPresent();
    if (gateway.isPresent() && !has) {
      throw new IllegalArgumentException(
          "Scenario '%s' asks no outside system: leave --gateway out.".formatted(scenario.name()));
    }
  }

  private void checkDatabases(Scenario scenario) {
    if (scenario instanceof AtomicScenario atomic) {
      databases.kill().ifPresent(database -> known(scenario, "server", database, atomic.mortal()));
      databases.cut().ifPresent(it -> known(scenario, "database", it, atomic.databases()));
    } else if (databases.isTroubled()) {
      throw new IllegalArgumentException(
          "Scenario '%s' has no databases that change together: leave out what concerns those."
              .formatted(scenario.name()));
    }
  }

  private static void known(Scenario scenario, String what, String wanted, List<String> there) {
    if (!there.contains(wanted)) {
      throw new IllegalArgumentException(
          "Scenario '%s' has no %s '%s' for this. There are: %s."
              .formatted(scenario.name(), what, wanted, String.join(", ", there)));
    }
  }

  private void checkNetwork(Scenario scenario) {
    if (scenario instanceof Transfer3pcScenario) {
      cut().ifPresent(phase -> known(scenario, phase, moments(scenario)));
      if (cut().isPresent() && killAt.isPresent()) {
        throw new IllegalArgumentException(
            "Say --kill-at or --cut: one run shows what one of them does.");
      }
    } else if (!threePhase.equals(ThreePhase.USUAL)) {
      throw new IllegalArgumentException(
          "Scenario '"
              + scenario.name()
              + "' has no network that can be cut so: leave --cut and --unsafe-timeout out.");
    }
  }

  private static void known(Scenario scenario, String wanted, List<String> there) {
    if (scenario instanceof AtomicScenario) {
      known(scenario, "step or phase", wanted, there);
    } else if (!there.contains(wanted)) {
      throw new IllegalArgumentException(
          "Scenario '%s' has no step '%s' for this. Its steps are: %s.%s"
              .formatted(
                  scenario.name(), wanted, String.join(", ", scenario.steps()), phases(scenario)));
    }
  }

  private static String phases(Scenario scenario) {
    if (scenario instanceof HoldScenario hold) {
      return " Its moments are: " + String.join(", ", hold.moments()) + ".";
    }
    return scenario instanceof Transfer3pcScenario transfer
        ? " Its phases are: " + String.join(", ", transfer.phases()) + "."
        : "";
  }

  /** What its services are told to do wrong. */
  Instructions instructions(PeerScenario scenario) {
    return new Instructions(
        fail.orElse(""),
        messages.stall().map(step -> scenario.causes().getOrDefault(step, "")).orElse(""),
        killAt.orElse(""));
  }
}
