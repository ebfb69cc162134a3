package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.PeerStage;
import dev.concordat.examples.run.Watcher;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: no law holds whatever happens. Method: each is broken on purpose, in a transaction that is
 * rolled back afterwards, and must say so.
 */
class PeerLawTest {

  private static final Set<String> OF_JOURNALS =
      Set.of(Journals.undoneInReverse().name(), Journals.doneOnce().name());

  /** What breaks a law. */
  record Plant(String scenario, String law, String database, String sql) {
    @Override
    public String toString() {
      return scenario + ": " + law;
    }
  }

  @AfterAll
  static void close() {
    PeerStages.close();
  }

  static Stream<Plant> plants() {
    return Stream.of(withdrawal(), messages(), order(), experiment(), pipeline())
        .flatMap(plants -> plants);
  }

  private static Stream<Plant> withdrawal() {
    String name = "withdrawal-outbox";
    return Stream.of(
        new Plant(name, "money is", "accounts", "UPDATE account SET balance = balance + 1"),
        new Plant(name, "a payment is", "payments", "DELETE FROM payment"),
        new Plant(name, "a message has", "payments", copy("payment", "withdrawal, amount")));
  }

  private static Stream<Plant> messages() {
    String name = "order-messages";
    String handled = copy("handled", "saga, moment");
    return Stream.concat(
        business(name),
        Stream.of(
            new Plant(name, "every instance has", "orders", unended()),
            new Plant(name, "no command is lost", "payments", "DELETE FROM handled"),
            new Plant(name, "no command is lost", "inventory", "UPDATE handled SET moment = 'no'"),
            new Plant(name, "no command is handled twice", "payments", handled),
            new Plant(name, "no command is handled twice", "inventory", handled)));
  }

  private static String unended() {
    return "UPDATE concordat.instance SET status = 'NEEDS_ATTENTION'";
  }

  private static Stream<Plant> business(String name) {
    return Stream.of(
        new Plant(name, "money is", "payments", "UPDATE account SET balance = balance + 1"),
        new Plant(name, "stock is", "inventory", "UPDATE stock SET on_hand = on_hand - 1"),
        new Plant(name, "an order is confirmed", "orders", "DELETE FROM orders"),
        new Plant(name, "nobody is charged", "payments", copy("charge", "order_id, amount")),
        new Plant(name, "every order is", "payments", "UPDATE charge SET amount = amount + 1"),
        new Plant(name, "no hold is left", "payments", "UPDATE hold SET status = 'HELD'"),
        new Plant(name, "no order is left", "orders", "UPDATE orders SET status = 'CREATED'"));
  }

  private static Stream<Plant> order() {
    String name = "order-choreography";
    return Stream.concat(business(name), tracked(name));
  }

  private static Stream<Plant> tracked(String name) {
    return Stream.of(
        new Plant(
            name, "every flow has", "tracker", "UPDATE concordat.flow SET status = 'RUNNING'"),
        new Plant(
            name, "the tracker knows each confirmed", "tracker", "DELETE FROM concordat.flow"),
        new Plant(
            name,
            "the tracker knows each cancelled",
            "orders",
            "UPDATE orders SET status = 'CANCELLED'"));
  }

  private static Stream<Plant> experiment() {
    String name = "experiment";
    return Stream.of(
        new Plant(name, "no allocation without", "experiments", "DELETE FROM experiment"),
        new Plant(name, "metrics are there", "metrics", "DELETE FROM metrics"),
        new Plant(name, "a user was told", "users", "DELETE FROM notification"),
        new Plant(name, "nobody was told", "users", copy("notification", "experiment, recipient")),
        new Plant(name, "machines are", "resources", "UPDATE pool SET free = free + 1"),
        new Plant(name, "saga.completed or", "tracker", "DELETE FROM witnessed"),
        new Plant(
            name, "every flow has", "tracker", "UPDATE concordat.flow SET status = 'RUNNING'"),
        new Plant(
            name, "the tracker knows each experiment", "tracker", "DELETE FROM concordat.flow"),
        new Plant(
            name,
            "the tracker knows each deleted",
            "experiments",
            "UPDATE experiment SET status = 'DELETED'"));
  }

  private static Stream<Plant> pipeline() {
    String name = "kafka-eos";
    return Stream.of(
        new Plant(name, "the output has each", "reader", "DELETE FROM output"),
        new Plant(name, "the output has no", "reader", copy("output", "id, amount, topic")));
  }

  private static String copy(String table, String columns) {
    return "INSERT INTO %s (%s) SELECT %s FROM %s".formatted(table, columns, columns, table);
  }

  static List<PeerScenario> scenarios() {
    return Scenarios.overBrokers();
  }

  @ParameterizedTest
  @MethodSource("plants")
  void aBrokenLawIsReported(Plant plant) throws SQLException {
    PeerScenario scenario = Scenarios.overBroker(plant.scenario());
    Map<String, DataSource> databases = databases(scenario);
    DataSource real = databases.get(plant.database());
    Law law = law(scenario, plant.law());

    assertThat(real).isNotNull();
    List<Story> stories = scenario.stories(new Evidence(databases, List.of()));
    assertThat(law.check(new Evidence(databases, stories)).holds()).isTrue();
    try (Connection connection = real.getConnection()) {
      connection.setAutoCommit(false);
      try (var statement = connection.createStatement()) {
        assertThat(statement.executeUpdate(plant.sql())).isPositive();
      }
      databases.put(plant.database(), new Uncommitted(connection));

      Law.Finding finding = law.check(new Evidence(databases, stories));

      connection.rollback();
      assertThat(finding.holds()).isFalse();
      assertThat(finding.violations()).isNotEmpty();
    }
  }

  /** Of a scenario that was run once, honestly. */
  private static Map<String, DataSource> databases(PeerScenario scenario) {
    BrokerKind broker = scenario.brokers().getFirst();
    PeerStage stage = PeerStages.of(scenario, broker);
    if (!PeerStages.hasRun(stage)) {
      assertThat(stage.run(Options.runs(1), Watcher.NOBODY).isGood()).isTrue();
    }
    return new LinkedHashMap<>(stage.databases());
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noLawOfAScenarioIsForgottenHere(PeerScenario scenario) {
    List<String> broken =
        plants().filter(p -> p.scenario().equals(scenario.name())).map(Plant::law).toList();

    assertThat(scenario.laws())
        .filteredOn(law -> !OF_JOURNALS.contains(law.name()))
        .allMatch(law -> broken.stream().anyMatch(law.name()::startsWith));
  }

  /** What no row can break without making the journal unreadable. */
  @Test
  void aJournalThatIsAlteredIsReported() {
    PeerScenario scenario = Scenarios.overBroker("order-messages");
    Map<String, DataSource> databases = databases(scenario);
    List<Story> stories = scenario.stories(new Evidence(databases, List.of()));
    assertThat(stories).hasSize(1);
    Story honest = stories.getFirst();
    List<Story.Moment> unanswered = new ArrayList<>(honest.moments());
    unanswered.removeIf(moment -> moment.event() instanceof SagaEvent.ReplyReceived);
    List<Story.Moment> twice = new ArrayList<>(honest.moments());
    twice.addAll(honest.moments());
    List<Story.Moment> undone = new ArrayList<>(honest.moments());
    Story.Moment last = honest.moments().getLast();
    undone.add(
        new Story.Moment(
            last.position(),
            last.at(),
            last.token(),
            new SagaEvent.CompensationDone("reserve funds", 1)));

    assertThat(violations(scenario, "no command is lost", databases, honest, unanswered))
        .anyMatch(violation -> violation.endsWith("'reserve funds' was sent and never answered"))
        .anyMatch(
            violation -> violation.endsWith("'reserve funds' is done, and no answer says so"));
    assertThat(violations(scenario, "no step is recorded", databases, honest, twice)).hasSize(5);
    assertThat(violations(scenario, "what was done is", databases, honest, undone)).hasSize(1);
  }

  private static List<String> violations(
      PeerScenario scenario,
      String law,
      Map<String, DataSource> databases,
      Story honest,
      List<Story.Moment> moments) {
    Story told = new Story(honest.row(), moments, honest.why(), honest.next(), honest.state());
    return law(scenario, law).check(new Evidence(databases, List.of(told))).violations();
  }

  private static Law law(PeerScenario scenario, String begin) {
    return scenario.laws().stream()
        .filter(law -> law.name().startsWith(begin))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no law begins with '" + begin + "'"));
  }
}
