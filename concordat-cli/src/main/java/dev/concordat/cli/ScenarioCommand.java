package dev.concordat.cli;

import dev.concordat.core.ConcordatException;
import dev.concordat.examples.AtomicScenario;
import dev.concordat.examples.HoldScenario;
import dev.concordat.examples.PeerScenario;
import dev.concordat.examples.SagaScenario;
import dev.concordat.examples.Scenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.Transfer3pcScenario;
import dev.concordat.examples.TransferScenario;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Stage;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.screen.Screen;
import dev.concordat.local.LocalServerException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** {@code concordat scenario}: a business case over real services, and whether its laws hold. */
@Command(
    name = "scenario",
    description = {
      "Runs a business case over real services and checks what must hold.",
      "Without a name: lists them."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit status: 0 every instance ended and every law holds; 1 not so; 2 wrong usage;",
      "9 the broker, or the MariaDB, that the environment names cannot be reached.",
      "",
      "Examples:",
      "  concordat scenario order --fail \"reserve stock\"",
      "  concordat scenario order --kill-at \"capture payment\"",
      "  concordat scenario travel --runs 500 --fail-every 10 --json",
      "  concordat scenario transfer --kill-at \"after prepare\"",
      "  concordat scenario transfer --xa --runs 200 --kill-database ledger",
      "  concordat scenario payment-gateway --gateway lies --runs 20",
      "  concordat scenario withdrawal-outbox --broker nats --runs 200 --stop-broker 5"
    })
public final class ScenarioCommand implements Callable<Integer> {

  private static final int GOOD = 0;
  private static final int BROKEN = 1;
  private static final int USAGE = 2;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Which one.")
  private @Nullable String name;

  @Option(names = "--runs", paramLabel = "N", description = "How many transactions; 1 unless said.")
  private int runs = 1;

  @Option(
      names = "--fail",
      paramLabel = "STEP",
      description =
          "Makes that step be refused. After the pivot the instance then waits for a person, whose"
              + " part is played.")
  private @Nullable String fail;

  @Option(
      names = "--kill-at",
      paramLabel = "STEP",
      description = {
        "Kills the worker after that step took effect and before that is recorded; another one"
            + " recovers. \"compensate STEP\" means the step's compensation. For transfer: "
            + "\"before prepare\", \"between prepares\", \"after prepare\", \"after decision\""
            + " or \"between commits\"."
      })
  private @Nullable String killAt;

  @Option(
      names = "--fail-every",
      paramLabel = "N",
      description = "Makes one in N a transaction that the business refuses.")
  private @Nullable Integer failEvery;

  @Option(
      names = "--broker",
      paramLabel = "NAME",
      description = "Over which broker services talk: kafka, rabbitmq or nats.")
  private @Nullable String broker;

  @Option(
      names = "--stop-broker",
      paramLabel = "SECONDS",
      description =
          "Kills the broker in the middle of the runs, and starts it again so much later.")
  private @Nullable Integer stopBroker;

  @Option(
      names = "--stall",
      paramLabel = "STEP",
      description = "Makes the service of that step not react to the event that asks for it.")
  private @Nullable String stall;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long a flow of events may take; 300 unless said.")
  private @Nullable Integer timeout;

  @Option(
      names = "--kill-database",
      paramLabel = "NAME",
      description =
          "Kills the server of that database in the middle of the runs, and starts it" + " again.")
  private @Nullable String killDatabase;

  @Option(
      names = "--cut",
      paramLabel = "WHERE",
      description = {
        "transfer: cuts the network between the coordinator and that database in the middle of the"
            + " runs. transfer-3pc: cuts it at that phase, between coordinator and debit and the"
            + " others. Its phases, also of --kill-at: can-commit, votes, pre-commit-one,"
            + " pre-commit or commit-one."
      })
  private @Nullable String cut;

  @Option(
      names = "--unsafe-timeout",
      description =
          "Three-phase commit: ends by the textbook's timeouts, and shows how a partition splits"
              + " it: exit status 0 means that it did.")
  private boolean unsafeTimeout;

  @Option(
      names = "--gateway",
      paramLabel = "FAULT",
      description = {
        "atm, payment-gateway, shipping: how the outside system misbehaves. late: it answers after"
            + " its caller has given up; twice: it acts once and calls back twice; silent: it acts"
            + " and never answers; refuse: it refuses; lies: it acts, answers that it failed, and"
            + " for a while knows nothing of it."
      })
  private @Nullable String gateway;

  @Option(
      names = "--xa",
      description = "transfer: with a MariaDB as one of the databases; the same as transfer-xa.")
  private boolean xa;

  @Option(names = "--json", description = "Prints one JSON document.")
  private boolean json;

  /** Runs it, or lists what there is. */
  @Override
  public Integer call() {
    if (name == null) {
      list();
      return GOOD;
    }
    Scenario scenario;
    Options options;
    try {
      scenario = scenario(name);
      options = options(scenario);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      return USAGE;
    }
    return run(scenario, options);
  }

  private Scenario scenario(String wanted) {
    Scenario scenario = Scenarios.named(wanted);
    if (!xa || scenario.equals(TransferScenario.xa())) {
      return scenario;
    }
    if (scenario.equals(TransferScenario.plain())) {
      return TransferScenario.xa();
    }
    throw new IllegalArgumentException(
        "Scenario '" + wanted + "' has no variant with XA: leave --xa out.");
  }

  private Options options(Scenario scenario) {
    Options options = Options.runs(runs);
    options = failEvery == null ? options : options.unluckyEvery(failEvery);
    options = fail == null ? options : options.failing(fail);
    options = killAt == null ? options : options.killedAt(killAt);
    options = stopBroker == null ? options : options.stoppingBroker(seconds(stopBroker));
    options = stall == null ? options : options.stalling(stall);
    options = timeout == null ? options : options.timeout(seconds(timeout));
    options = killDatabase == null ? options : options.killingDatabase(killDatabase);
    options = cut == null ? options : cut(options, scenario, cut);
    options = unsafeTimeout ? options.unsafe() : options;
    options = gateway == null ? options : options.misbehaving(gateway);
    options.checkFor(scenario);
    if (scenario instanceof PeerScenario peers) {
      broker(peers);
    } else if (broker != null) {
      throw new IllegalArgumentException(
          "Scenario '" + scenario.name() + "' uses no broker: leave --broker out.");
    }
    return options;
  }

  private static Options cut(Options options, Scenario scenario, String where) {
    return scenario instanceof AtomicScenario ? options.cutting(where) : options.cutAt(where);
  }

  private static Duration seconds(int number) {
    return Duration.ofSeconds(number);
  }

  private BrokerKind broker(PeerScenario scenario) {
    List<BrokerKind> kinds = scenario.brokers();
    return broker == null ? kinds.getFirst() : BrokerKind.of(broker, kinds);
  }

  private Stage stage(Theatre theatre, Scenario scenario, Screen screen) {
    return switch (scenario) {
      case SagaScenario<?> saga -> theatre.stage(saga, screen);
      case PeerScenario peers -> theatre.stage(peers, broker(peers), screen);
      case AtomicScenario atomic -> theatre.stage(atomic, screen);
      case Transfer3pcScenario transfer -> theatre.stage(transfer, screen);
      case HoldScenario hold -> theatre.stage(hold, screen);
    };
  }

  private int run(Scenario scenario, Options options) {
    Screen screen = json ? Screen.besideDocument() : Screen.standard();
    requireServer(scenario);
    try (Theatre theatre = Theatre.open()) {
      int exit = run(scenario, options, theatre, screen);
      if (exit != GOOD && !Interrupt.came()) {
        System.err.println("What its processes said is kept in " + theatre.keepLogs() + ".");
      }
      return exit;
    } catch (LocalServerException e) {
      return brokeOff(e);
    }
  }

  private void requireServer(Scenario scenario) {
    if (scenario instanceof PeerScenario peers) {
      NamedServer server =
          switch (broker(peers)) {
            case KAFKA -> NamedServer.KAFKA;
            case RABBITMQ -> NamedServer.RABBITMQ;
            case NATS -> NamedServer.NATS;
          };
      server.requireListening(System.getenv());
    } else if (scenario.equals(TransferScenario.xa())) {
      NamedServer.MARIADB.requireListening(System.getenv());
    }
  }

  private int run(Scenario scenario, Options options, Theatre theatre, Screen screen) {
    try {
      Stage stage = stage(theatre, scenario, screen);
      Result result = stage.run(options, screen);
      boolean spared = options.killAt().isPresent() && !result.killed();
      if (spared) {
        notKilled(options);
      }
      print(screen, result);
      if (options.showsSplit()) {
        return shown(screen, result);
      }
      return result.isGood() && !spared ? GOOD : BROKEN;
    } catch (IllegalStateException | LocalServerException | ConcordatException e) {
      return brokeOff(e);
    }
  }

  private static int brokeOff(RuntimeException e) {
    Interrupt.brokeOff("The scenario broke off, and says nothing about its laws", e);
    return BROKEN;
  }

  /** The textbook's rule was asked to split, so here it is good if it did. */
  private static int shown(Screen screen, Result result) {
    boolean split =
        result.laws().stream()
            .anyMatch(law -> law.name().equals(Transfer3pcScenario.AGREEMENT) && !law.holds());
    screen.line("");
    screen.line(
        split
            ? "  The partition split it, as the textbook's timeouts must: one side committed and"
                + " the other aborted. That was to be shown, and only therefore is the exit status"
                + " 0. Without --unsafe-timeout the same cut splits nothing."
            : "  The partition did not split it, though it was to: see above.");
    return split ? GOOD : BROKEN;
  }

  private static void notKilled(Options options) {
    String moment = options.killAt().orElse("");
    System.err.println(
        "No worker was killed: no instance came to '%s'.%s"
            .formatted(
                moment,
                moment.startsWith(Options.COMPENSATE)
                    ? " Say with --fail which later step is refused, so that it is compensated."
                    : ""));
  }

  private void print(Screen screen, Result result) {
    if (json) {
      System.out.println(result.toJson());
      return;
    }
    if (result.runs() == 1) {
      result.instances().forEach(screen::timeline);
      result.told().forEach(screen::timeline);
    } else {
      screen.summary(result);
    }
    screen.laws(result);
  }

  private void list() {
    if (json) {
      List<Map<String, Object>> all = Scenarios.all().stream().map(ScenarioCommand::told).toList();
      System.out.println(JsonMapper.shared().writeValueAsString(all));
      return;
    }
    for (Scenario scenario : Scenarios.all()) {
      System.out.printf("%-18s %s%n", scenario.name(), scenario.sentence());
      System.out.printf("%-18s steps: %s%n", "", String.join(", ", scenario.steps()));
    }
  }

  private static Map<String, Object> told(Scenario scenario) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("scenario", scenario.name());
    told.put("pattern", scenario.pattern());
    told.put("what", scenario.sentence());
    told.put("steps", scenario.steps());
    if (scenario instanceof AtomicScenario atomic) {
      told.put("phases", AtomicScenario.PHASES);
      told.put("databases", atomic.databases());
    }
    if (scenario instanceof HoldScenario hold) {
      told.put("moments", hold.moments());
    }
    if (scenario instanceof PeerScenario peers) {
      told.put("brokers", peers.brokers().stream().map(BrokerKind::word).toList());
    }
    return told;
  }
}
