package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person at the command line sees every instance and can do every verb. The real command on a
 * real PostgreSQL, with a worker in this process that knows nothing of the command.
 */
class OperatorPgTest {

  record Order(String id, String hold) {}

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> BROKEN = ConcurrentHashMap.newKeySet();
  private static final RetryPolicy ONCE = RetryPolicy.never();

  private static LocalPostgres postgres;
  private static HikariDataSource pool;
  private static Saga<Order> saga;
  private static Saga<Order> undoing;
  private static Saga<Order> waiting;
  private static Concordat worker;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void aWorker() {
    postgres = LocalPostgres.start();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    pool = new HikariDataSource(config);
    saga =
        Saga.named("place-order", Order.class)
            .attribute("customer", order -> "customer of " + order.id())
            .step("reserve", (order, call) -> fickle(order, "reserve"))
            .retry(ONCE)
            .compensate((order, call) -> fickle(order, "release"))
            .compensationRetry(ONCE)
            .pivot("confirm", (order, call) -> order)
            .build();
    undoing =
        Saga.named("undoing", Order.class)
            .local("reserve", (tx, order) -> order)
            .compensate((tx, order) -> fickle(order, "release"))
            .compensationRetry(ONCE)
            .step(
                "pay",
                (order, call) -> {
                  throw new RefusedException("no money");
                })
            .noCompensation("it never happens")
            .build();
    waiting =
        Saga.named("waiting", Order.class)
            .awaitSignal("go", String.class, (order, go) -> order)
            .build();
    worker = Concordat.on(pool).sagas(saga, undoing, waiting).start();
  }

  @AfterAll
  static void nothingIsLeft() {
    worker.close();
    pool.close();
    postgres.close();
  }

  private static Order fickle(Order order, String what) {
    if (BROKEN.contains(order.id() + "/" + what)) {
      throw new IllegalStateException(what + " is broken");
    }
    return order;
  }

  private int run(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--jdbc-url");
    all.add(postgres.jdbcUrl() + "&password=geheim");
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    int exit =
        Main.command()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all.toArray(String[]::new));
    assertThat(out + "\n" + err).doesNotContain("geheim").doesNotContain("\tat ");
    return exit;
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private static SagaHandle<Order> start(Saga<Order> of, String id) {
    return worker.start(of, id, new Order(id, "none"));
  }

  /** An instance whose first step waits for a person. */
  private static SagaHandle<Order> parked(String id) {
    BROKEN.add(id + "/reserve");
    SagaHandle<Order> handle = start(saga, id);
    assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.NEEDS_ATTENTION);
    return handle;
  }

  /** An instance whose compensation waits for a person. */
  private static SagaHandle<Order> halfUndone(String id) {
    BROKEN.add(id + "/release");
    SagaHandle<Order> handle = start(undoing, id);
    assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.NEEDS_ATTENTION);
    return handle;
  }

  @Nested
  class Looking {

    @Test
    void showTellsTheStoryInWords() {
      parked("tell");

      assertThat(run("show", "tell")).isZero();

      assertThat(out.toString())
          .startsWith("tell  NEEDS_ATTENTION  place-order@1  accepted ")
          .contains("why       step 'reserve': ", "\nnext      ", "\ncustomer  customer of tell\n")
          .contains("\nstate     {\"id\":\"tell\"", "reserve is broken");
      assertThat(err.toString()).isEmpty();
    }

    @Test
    void showTellsTheStoryInJson() {
      parked("tell-json");

      assertThat(run("show", "tell-json", "--json")).isZero();

      assertThat(json().get("id").asString()).isEqualTo("tell-json");
      assertThat(json().get("status").asString()).isEqualTo("NEEDS_ATTENTION");
      assertThat(json().get("saga").asString()).isEqualTo("place-order");
      assertThat(json().get("version").asInt()).isEqualTo(1);
      assertThat(json().get("why").asString()).contains("reserve");
      assertThat(json().get("next").asString()).isNotBlank();
      assertThat(json().get("state").get("id").asString()).isEqualTo("tell-json");
      assertThat(json().get("events").get(0).get("type").asString()).isEqualTo("Started");
      assertThat(json().get("events").get(0).propertyNames())
          .contains("position", "at", "token", "type", "text");
    }

    @Test
    void listFindsByStatusNameAgeAndAttribute() {
      parked("seek");
      start(waiting, "seek-asleep");

      assertThat(run("list", "--attribute", "customer=customer of seek", "--json")).isZero();
      assertThat(json().get("instances")).hasSize(1);
      assertThat(json().get("instances").get(0).get("id").asString()).isEqualTo("seek");

      run("list", "--name", "waiting", "--json");
      assertThat(json().get("instances").valueStream().map(i -> i.get("saga").asString()))
          .isNotEmpty()
          .containsOnly("waiting");

      run("list", "--status", "needs_attention", "--limit", "1000", "--json");
      assertThat(json().get("instances").valueStream().map(i -> i.get("status").asString()))
          .isNotEmpty()
          .containsOnly("NEEDS_ATTENTION");

      assertThat(run("list", "--age", "7d")).isZero();
      assertThat(out.toString()).isEmpty();
      assertThat(err.toString()).contains("No instance is like that.");
    }

    @Test
    void listGoesOnWhereThePageEnded() {
      for (int i = 0; i < 5; i++) {
        start(waiting, "page-" + i);
      }

      run("list", "--name", "waiting", "--limit", "3", "--json");
      JsonNode first = json();
      run(
          "list",
          "--name",
          "waiting",
          "--limit",
          "3",
          "--before",
          first.get("before").asString(),
          "--json");

      List<String> ids = new ArrayList<>();
      first.get("instances").forEach(one -> ids.add(one.get("id").asString()));
      assertThat(ids).hasSize(3);
      assertThat(json().get("instances").valueStream().map(i -> i.get("id").asString()))
          .isNotEmpty()
          .doesNotContainAnyElementsOf(ids);
      assertThat(run("list", "--name", "waiting", "--limit", "1")).isZero();
      assertThat(out.toString().lines()).hasSize(2);
      assertThat(err.toString()).contains("There are more: --before ");
    }

    @Test
    void aTerminalIsNotAtTheMercyOfIds() {
      String id = "evil\u001b[2J\n\u202Eid";
      start(waiting, id);

      run("list", "--name", "waiting");
      assertThat(out.toString()).contains("evil").doesNotContain("\u001b").doesNotContain("\u202E");
      assertThat(run("show", id)).isZero();
      assertThat(out.toString()).doesNotContain("\u001b");
    }
  }

  @Nested
  class Verbs {

    @Test
    void retryTriesAgain() {
      SagaHandle<Order> order = parked("retry");
      BROKEN.remove("retry/reserve");

      assertThat(run("retry", "retry", "--by", "anna")).isZero();

      assertThat(out.toString()).isEqualTo("Done: trying 'reserve' again\n");
      assertThat(order.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      run("show", "retry");
      assertThat(out.toString()).contains("RETRY by anna\n");
    }

    @Test
    void skipLeavesAStepUncompensated() {
      SagaHandle<Order> order = halfUndone("skip");

      assertThat(run("skip", "skip", "--reason", "refunded by hand", "--yes", "--json")).isZero();

      assertThat(json().get("outcome").asString()).isEqualTo("DONE");
      assertThat(json().get("verb").asString()).isEqualTo("skip");
      assertThat(json().get("by").asString()).isEqualTo(System.getProperty("user.name"));
      assertThat(json().get("reason").asString()).isEqualTo("refunded by hand");
      assertThat(order.await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);
    }

    @Test
    void supplyGivesTheResult() {
      SagaHandle<Order> order = parked("supply");

      assertThat(
              run(
                  "supply",
                  "supply",
                  "--result",
                  "{\"hold\":\"h-17\"}",
                  "--reason",
                  "by phone",
                  "--yes"))
          .isZero();

      assertThat(order.await(PATIENCE).state()).isEqualTo(new Order("supply", "h-17"));
    }

    @Test
    void aResultThatIsNoJsonIsNotAskedFor() {
      assertThat(run("supply", "x", "--result", "{", "--reason", "y", "--yes")).isEqualTo(2);
      assertThat(err.toString()).contains("--result is no JSON");
    }

    @Test
    void forwardGoesOnIfNothingIsCompensated() {
      halfUndone("forward");

      assertThat(run("forward", "forward", "--reason", "money came", "--yes")).isZero();

      run("show", "forward");
      assertThat(out.toString()).contains("FORWARD by ", ": money came\n");
      parked("going");
      assertThat(run("forward", "going", "--reason", "hurry", "--yes")).isEqualTo(4);
      assertThat(err.toString()).contains("Refused, and nothing was changed: it is going forward");
    }

    @Test
    void cancelCompensates() {
      SagaHandle<Order> order = start(waiting, "cancel");

      assertThat(run("cancel", "cancel", "--reason", "customer called", "--yes")).isZero();

      assertThat(order.await(PATIENCE).status()).isEqualTo(Status.COMPENSATED);
    }

    @Test
    void pauseAndResume() {
      start(waiting, "pause");

      assertThat(run("pause", "pause", "--reason", "audit")).isZero();
      run("list", "--name", "waiting", "--json");
      assertThat(json().toString()).contains("\"paused\":true");
      assertThat(run("pause", "pause", "--json")).isEqualTo(4);
      assertThat(json().get("outcome").asString()).isEqualTo("REFUSED");
      assertThat(run("resume", "pause")).isZero();
      assertThat(run("resume", "pause")).isEqualTo(4);
      assertThat(err.toString()).contains("Refused, and nothing was changed: it is not paused");
    }

    @Test
    void withoutYesItOnlyShowsWhatItWouldDo() {
      SagaHandle<Order> order = start(waiting, "unsure");

      assertThat(run("cancel", "unsure", "--reason", "a whim")).isEqualTo(2);
      assertThat(err.toString())
          .contains("unsure is RUNNING: ", "`cancel` would do: turns back", "Nothing was done");
      assertThat(out.toString()).isEmpty();
      assertThat(run("cancel", "unsure", "--yes", "--json")).isEqualTo(2);
      assertThat(json().get("outcome").asString()).isEqualTo("PREVIEW");
      assertThat(order.now().status()).isEqualTo(Status.RUNNING);
    }

    @Test
    void whatHasEndedIsRefused() {
      start(saga, "ended").await(PATIENCE);

      assertThat(run("cancel", "ended", "--reason", "late", "--yes")).isEqualTo(4);
      assertThat(err.toString()).contains("it has ended COMPLETED");
    }

    @Test
    void anInstanceThatNobodyRunsIsAskedButNotAnswered() {
      Saga<Order> foreign =
          Saga.named("foreign", Order.class)
              .awaitSignal("go", String.class, (order, go) -> order)
              .build();
      try (Concordat other = Concordat.on(pool).sagas(foreign).start()) {
        other.start(foreign, "foreign", new Order("foreign", ""));
      }

      assertThat(run("pause", "foreign", "--wait", "200ms", "--json")).isEqualTo(5);
      assertThat(json().get("outcome").asString()).isEqualTo("PENDING");
      assertThat(run("show", "foreign")).isZero();
    }
  }

  @Nested
  class Trouble {

    @Test
    void anUnknownIdHasAStatusOfItsOwn() {
      for (String verb : List.of("show", "retry", "pause", "resume")) {
        assertThat(run(verb, "nobody")).isEqualTo(3);
      }
      for (String verb : List.of("skip", "cancel", "forward")) {
        assertThat(run(verb, "nobody", "--reason", "x", "--yes")).isEqualTo(3);
      }
      assertThat(err.toString()).contains("There is no instance 'nobody'");
      assertThat(out.toString()).isEmpty();
    }

    @Test
    void aSchemaThatIsNotThereIsRefused() {
      assertThat(run("list", "--schema", "elsewhere")).isEqualTo(4);
      assertThat(err.toString()).contains("elsewhere").hasLineCount(1);
    }

    @Test
    void wordsItDoesNotKnowAreUsage() {
      assertThat(run("lsit")).isEqualTo(2);
      assertThat(err.toString()).contains("Did you mean: concordat list?");
      assertThat(run("list", "--status", "DEAD")).isEqualTo(2);
      assertThat(run("list", "--age", "soon")).isEqualTo(2);
      assertThat(err.toString()).contains("write 500ms, 30s, 10m, 2h, 7d");
      assertThat(run("list", "--limit", "0")).isEqualTo(2);
    }

    @Test
    void aDatabaseThatIsDownIsSaidInOneSentence() {
      String url;
      try (LocalPostgres down = LocalPostgres.start()) {
        url = down.jdbcUrl();
      }
      int exit =
          Main.command()
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(err))
              .execute("list", "--jdbc-url", url + "&password=geheim", "--verbose");

      assertThat(exit).isEqualTo(9);
      assertThat(err.toString())
          .startsWith("The database cannot be reached, so nothing was done: ")
          .contains("\tat ")
          .doesNotContain("geheim");
      assertThat(out.toString()).isEmpty();
    }
  }
}
