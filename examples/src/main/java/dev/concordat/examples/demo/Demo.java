package dev.concordat.examples.demo;

import dev.concordat.examples.SagaScenario;
import dev.concordat.examples.Scenarios;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.run.Options;
import dev.concordat.examples.run.Result;
import dev.concordat.examples.run.SagaStage;
import dev.concordat.examples.run.Theatre;
import dev.concordat.examples.run.Watcher;
import dev.concordat.examples.screen.Screen;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Real orders cross real services in four acts: one succeeds, one is refused and compensated, one
 * loses its worker to SIGKILL, and two thousand are run at once.
 */
public final class Demo {

  private static final int MANY = 2000;
  private static final int ONE_IN = 10;

  private static final List<Act> ACTS =
      List.of(
          new Act(
              "An order succeeds",
              "Five steps cross three services, each with a database of its own. What came of a"
                  + " step is in the journal before the next one begins, so a crash in between"
                  + " loses nothing.",
              Options.runs(1)),
          new Act(
              "An order is refused, and what was done is undone",
              "The item is out of stock when the money is already held. The saga turns back and"
                  + " compensates in reverse order: the money is released, the order cancelled.",
              Options.runs(1).unluckyEvery(1)),
          new Act(
              "The worker is killed in the worst moment",
              "SIGKILL, after the money was taken and before anybody wrote that down. Another"
                  + " worker takes over when the lease ends, and asks again with the same"
                  + " idempotency key: the payment service knows it, and charges nothing twice.",
              Options.runs(1).killedAt("capture payment")),
          new Act(
              "Two thousand orders, of which one in ten is refused",
              "Thirty-two customers at a time. Every order must end whole, whatever happened to"
                  + " its neighbours; the services' own databases say whether it did.",
              Options.runs(MANY).unluckyEvery(ONE_IN)));

  private final Screen screen;
  private final List<Result> results = new ArrayList<>();

  /** A demonstration on that screen. */
  public Demo(Screen screen) {
    this.screen = screen;
  }

  /** Plays every act. */
  public void play(Theatre theatre) {
    SagaScenario<?> scenario = Scenarios.saga("order");
    SagaStage stage = theatre.stage(scenario, screen);
    for (int i = 0; i < ACTS.size(); i++) {
      play(stage, i + 1, ACTS.get(i));
    }
    screen.line("");
    screen.line(
        isGood()
            ? screen.ink().green("Every order ended whole.")
            : screen.ink().red("Not every order ended whole: see above."));
  }

  private void play(SagaStage stage, int number, Act act) {
    screen.line("");
    screen.line(screen.ink().bold(number + ". " + act.title()));
    wrapped(act.why());
    Result result = stage.run(act.options(), watcher());
    results.add(result);
    result.instances().forEach(screen::timeline);
    if (result.killed()) {
      charges(stage, result.instances().getFirst().row().id());
    }
    if (result.runs() > 1) {
      screen.summary(result);
      screen.laws(result);
    } else {
      screen.lawsInShort(result);
    }
  }

  /** What happens to the worker is part of the play, not news beside it. */
  private Watcher watcher() {
    return new Watcher() {
      @Override
      public void progress(int ended, int runs) {
        screen.progress(ended, runs);
      }

      @Override
      public void killed(Killing killing) {
        screen.timeline(killing.story());
        screen.line(
            screen.ink().red("  SIGKILL: worker " + killing.pid() + " is gone.")
                + " Worker "
                + killing.successor()
                + " waits for its lease to end.");
      }
    };
  }

  private void charges(SagaStage stage, String order) {
    DataSource payments = stage.databases().get("payments");
    if (payments == null) {
      return;
    }
    String sql = "SELECT order_id, amount FROM charge WHERE order_id = ?";
    try (Connection connection = payments.getConnection()) {
      List<String> rows = Sql.rows(connection, sql, order);
      screen.line("");
      screen.line("  payments=> " + sql.replace("?", "'" + order + "'"));
      rows.forEach(row -> screen.line("  " + row));
      screen.line("  (" + rows.size() + (rows.size() == 1 ? " row)" : " rows)"));
    } catch (SQLException e) {
      throw new IllegalStateException("cannot ask the payments database: " + e.getMessage(), e);
    }
  }

  private void wrapped(String text) {
    StringBuilder line = new StringBuilder("  ");
    for (String word : text.split(" ")) {
      if (line.length() + word.length() > 88) {
        screen.line(screen.ink().dim(line.toString().stripTrailing()));
        line = new StringBuilder("  ");
      }
      line.append(word).append(' ');
    }
    screen.line(screen.ink().dim(line.toString().stripTrailing()));
  }

  /** Whether every order of every act ended, and every law holds. */
  public boolean isGood() {
    return results.size() == ACTS.size() && results.stream().allMatch(Result::isGood);
  }

  /** All of it as one JSON document. */
  public String toJson() {
    List<Map<String, Object>> acts = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Map<String, Object> act = new LinkedHashMap<>();
      act.put("act", ACTS.get(i).title());
      act.putAll(results.get(i).toMap());
      acts.add(act);
    }
    return JsonMapper.shared()
        .writerWithDefaultPrettyPrinter()
        .writeValueAsString(Map.of("acts", acts));
  }
}
