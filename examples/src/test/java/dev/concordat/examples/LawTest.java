package dev.concordat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.Watcher;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: no law holds whatever happens. Method: each is broken on purpose, in a transaction that is
 * rolled back afterwards, and must say so.
 */
class LawTest {

  /** What breaks a law. */
  record Plant(String scenario, String law, String database, String sql) {
    @Override
    public String toString() {
      return scenario + ": " + law;
    }
  }

  private static Stream<Plant> plants() {
    return Stream.of(order(), travel(), withdrawalLocal(), withdrawalSaga()).flatMap(s -> s);
  }

  private static Stream<Plant> order() {
    return Stream.of(
        new Plant("order", "money is", "payments", "UPDATE account SET balance = balance + 1"),
        new Plant("order", "stock is", "inventory", "UPDATE stock SET on_hand = on_hand - 1"),
        new Plant("order", "an order is confirmed", "orders", "DELETE FROM orders"),
        new Plant("order", "nobody is charged", "payments", copy("charge", "order_id, amount")),
        new Plant("order", "every order is", "payments", "UPDATE charge SET amount = amount + 1"),
        new Plant("order", "no hold is left", "payments", "UPDATE hold SET status = 'HELD'"),
        new Plant("order", "no order is left", "orders", "UPDATE orders SET status = 'CREATED'"),
        new Plant("order", "every instance has", "concordat", unended()));
  }

  private static Stream<Plant> travel() {
    String lost = "DELETE FROM booking";
    String more = "UPDATE place SET free = free + 1";
    return Stream.of(
        new Plant("travel", "a trip has", "cars", lost),
        new Plant("travel", "seats are", "flights", more),
        new Plant("travel", "rooms are", "hotels", more),
        new Plant("travel", "cars are", "cars", more),
        new Plant("travel", "every instance has", "concordat", unended()));
  }

  private static Stream<Plant> withdrawalLocal() {
    String untouched = "UPDATE account SET touched_at = '-infinity'";
    String local = "withdrawal-local";
    return Stream.of(
        new Plant(local, "no balance is", "bank", "UPDATE account SET balance = -1"),
        new Plant(local, "a withdrawal is", "bank", "DELETE FROM withdrawal"),
        new Plant(local, "nothing is", "bank", copy("withdrawal", "id, account, amount")),
        new Plant(local, "no account was", "bank", untouched),
        new Plant(local, "every instance has", "bank", unended()));
  }

  private static Stream<Plant> withdrawalSaga() {
    String saga = "withdrawal-saga";
    return Stream.of(
        new Plant(saga, "what is deducted", "gateway", "DELETE FROM payment"),
        new Plant(saga, "money is", "accounts", "UPDATE account SET balance = balance + 1"),
        new Plant(saga, "nothing is paid", "gateway", copy("payment", "withdrawal, amount")),
        new Plant(saga, "the last e-mail", "mail", "UPDATE mail SET subject = 'correction'"),
        new Plant(saga, "no e-mail is", "mail", copy("mail", "withdrawal, recipient, subject")),
        new Plant(saga, "every instance has", "concordat", unended()));
  }

  private static String copy(String table, String columns) {
    return "INSERT INTO %s (%s) SELECT %s FROM %s".formatted(table, columns, columns, table);
  }

  private static String unended() {
    return "UPDATE concordat.instance SET status = 'NEEDS_ATTENTION'";
  }

  static Stream<Arguments> scenarios() {
    return Scenarios.sagas().stream().map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("plants")
  void aBrokenLawIsReported(Plant plant) throws SQLException {
    SagaScenario<?> scenario = Scenarios.saga(plant.scenario());
    Result honest = Stages.of(scenario).run(Options.runs(1), Watcher.NOBODY);
    Law law = law(scenario, plant.law());
    Map<String, DataSource> databases = new LinkedHashMap<>(Stages.of(scenario).databases());
    DataSource real = databases.get(plant.database());

    assertThat(real).isNotNull();
    assertThat(law.check(new Evidence(databases, honest.instances())).holds()).isTrue();
    try (Connection connection = real.getConnection()) {
      connection.setAutoCommit(false);
      try (var statement = connection.createStatement()) {
        assertThat(statement.executeUpdate(plant.sql())).isPositive();
      }
      databases.put(plant.database(), new Uncommitted(connection));

      Law.Finding finding = law.check(new Evidence(databases, honest.instances()));

      connection.rollback();
      assertThat(finding.holds()).isFalse();
      assertThat(finding.violations()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noLawOfAScenarioIsForgottenHere(SagaScenario<?> scenario) {
    List<String> broken =
        plants().filter(p -> p.scenario().equals(scenario.name())).map(Plant::law).toList();

    assertThat(scenario.laws())
        .filteredOn(law -> !law.name().startsWith("what was done is compensated"))
        .filteredOn(law -> !law.name().startsWith("no step is recorded"))
        .allMatch(law -> broken.stream().anyMatch(law.name()::startsWith));
  }

  @Test
  void aJournalOutOfOrderIsReported() {
    SagaScenario<?> scenario = Scenarios.saga("order");
    Options options = Options.runs(1).failing("capture payment");
    Story story = Stages.of(scenario).run(options, Watcher.NOBODY).instances().getFirst();
    List<Story.Moment> swapped = new ArrayList<>(story.moments());
    List<Integer> undone = positions(swapped, SagaEvent.CompensationDone.class);
    Collections.swap(swapped, undone.get(0), undone.get(1));
    List<Story.Moment> missing = new ArrayList<>(story.moments());
    missing.remove((int) undone.get(0));

    assertThat(check(Journals.undoneInReverse(), story, story.moments())).isEmpty();
    assertThat(check(Journals.undoneInReverse(), story, swapped)).hasSize(1);
    assertThat(check(Journals.undoneInReverse(), story, missing)).hasSize(1);
  }

  @Test
  void aStepDoneTwiceIsReported() {
    SagaScenario<?> scenario = Scenarios.saga("order");
    Story story = Stages.of(scenario).run(Options.runs(1), Watcher.NOBODY).instances().getFirst();
    List<Story.Moment> twice = new ArrayList<>(story.moments());
    twice.add(twice.get(positions(twice, SagaEvent.StepDone.class).getFirst()));

    assertThat(check(Journals.doneOnce(), story, story.moments())).isEmpty();
    assertThat(check(Journals.doneOnce(), story, twice)).hasSize(1);
  }

  private static List<Integer> positions(List<Story.Moment> moments, Class<?> kind) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < moments.size(); i++) {
      if (kind.isInstance(moments.get(i).event())) {
        found.add(i);
      }
    }
    return found;
  }

  private static List<String> check(Law law, Story story, List<Story.Moment> moments) {
    Story told = new Story(story.row(), moments, story.why(), story.next(), story.state());
    return law.check(new Evidence(Map.of(), List.of(told))).violations();
  }

  private static Law law(SagaScenario<?> scenario, String begin) {
    return scenario.laws().stream()
        .filter(law -> law.name().startsWith(begin))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no law begins with '" + begin + "'"));
  }
}
