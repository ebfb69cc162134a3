package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseState;
import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.Outcome;
import dev.concordat.core.RefusedException;
import dev.concordat.http.ThreePhaseHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: whatever is lost, and whoever dies, all participants of a three-phase commit do their share
 * once, or none does (P7, P11). Method: three participants, each with a PostgreSQL database and an
 * HTTP server of its own, which loses requests or answers as told.
 */
class ThreePhaseCommitTest {

  private static final List<String> NAMES = List.of("credit", "debit", "ledger");
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(5);
  private static final String EVERYTHING = "everything";
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Map<String, Service> services = new LinkedHashMap<>();
  private Duration patience = LONG;
  private final ThreePhaseCommit commit = Concordat.threePhaseCommit(new ThreePhaseHttp());

  /** One service. */
  private final class Service implements ThreePhaseWork {
    final Fixture database = Fixture.withConnections(6);
    final HttpServer server;
    final ThreePhaseParticipant participant;
    final Set<String> deafTo = ConcurrentHashMap.newKeySet();
    final Set<String> answersLost = ConcurrentHashMap.newKeySet();
    final AtomicInteger failures = new AtomicInteger();
    volatile boolean refuses;

    Service(String name) throws IOException {
      participant = commit.participant(name, database.pool, this);
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(task -> Thread.ofVirtual().start(task));
      server.createContext("/", this::serve);
      server.start();
    }

    String address() {
      return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    private void serve(HttpExchange exchange) throws IOException {
      try (exchange) {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        JsonNode request = JsonMapper.shared().readTree(body);
        String kind = request.get("request").asString();
        boolean ofCoordinator = request.get("ballot").asLong() == 0;
        if (deafTo.contains(EVERYTHING) || (ofCoordinator && deafTo.contains(kind))) {
          return;
        }
        String answer = ThreePhaseHttp.answer(participant, body);
        if (answersLost.remove(kind)) {
          return;
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        exchange.sendResponseHeaders(503, -1);
      }
    }

    @Override
    public void prepare(Connection tx, String gid, String work) throws SQLException {
      note(tx, "held " + work);
      if (refuses) {
        throw new RefusedException("no money");
      }
    }

    @Override
    public void commit(Connection tx, String gid, String work) throws SQLException {
      note(tx, "done " + work);
      if (failures.getAndDecrement() > 0) {
        throw new SQLException("this time it fails");
      }
    }

    @Override
    public void abort(Connection tx, String gid, String work) throws SQLException {
      note(tx, "given up " + work);
    }

    private void note(Connection tx, String what) throws SQLException {
      try (Statement statement = tx.createStatement()) {
        statement.execute("INSERT INTO ledger (what) VALUES ('" + what + "')");
      }
    }

    ThreePhaseState state() {
      return participant.look("t1").state();
    }

    List<String> ledger() {
      return database.strings("SELECT what FROM ledger ORDER BY at");
    }
  }

  @BeforeEach
  void serve() throws IOException {
    for (String name : NAMES) {
      services.put(name, new Service(name));
    }
  }

  @AfterEach
  void close() {
    commit.close();
    services
        .values()
        .forEach(service -> {
          service.participant.close();
          service.server.stop(0);
          service.database.close();
        });
  }

  private Service service(String name) {
    return services.get(name);
  }

  private ThreePhasePlan plan() {
    Map<String, String> addresses = new LinkedHashMap<>();
    services.forEach((name, service) -> addresses.put(name, service.address()));
    return ThreePhasePlan.among(addresses).patience(patience);
  }

  private Outcome<String> execute() {
    return commit.execute("t1", plan(), Map.of("credit", "10", "debit", "20", "ledger", "30"));
  }

  private List<ThreePhaseState> states() {
    List<ThreePhaseState> all = new ArrayList<>();
    services.values().forEach(service -> all.add(service.state()));
    return all;
  }

  private void awaitAll(ThreePhaseState state) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!states().equals(List.of(state, state, state)) && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(states()).containsOnly(state);
  }

  private void assertCommittedOnce() {
    awaitAll(ThreePhaseState.COMMITTED);
    assertThat(service("debit").ledger()).containsExactly("held 20", "done 20");
    assertThat(service("credit").ledger()).containsExactly("held 10", "done 10");
    assertThat(service("ledger").ledger()).containsExactly("held 30", "done 30");
  }

  @Test
  @DisplayName("P7: all do their share once, however often it is asked for")
  void allDoTheirShareOnce() {
    assertThat(execute()).isEqualTo(new Outcome.Done<>("t1"));
    assertCommittedOnce();
    assertThat(execute()).isEqualTo(new Outcome.Done<>("t1"));
    assertCommittedOnce();
  }

  @ParameterizedTest
  @ValueSource(strings = {"credit", "debit", "ledger"})
  @DisplayName("P7, P11: one votes no, and nobody does anything")
  void oneVotesNo(String name) {
    service(name).refuses = true;

    assertThat(execute()).isEqualTo(new Outcome.Refused<>("no money"));

    awaitAll(ThreePhaseState.ABORTED);
    assertThat(service(name).ledger()).isEmpty();
    service(name).refuses = false;
    assertThat(execute()).isEqualTo(new Outcome.Refused<>("no money"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"can-commit", "pre-commit", "commit"})
  @DisplayName("P7: the answer to each request is lost once, and it is asked again")
  void answersAreLost(String kind) {
    services.values().forEach(service -> service.answersLost.add(kind));

    assertThat(execute()).isEqualTo(new Outcome.Done<>("t1"));
    assertCommittedOnce();
  }

  @ParameterizedTest
  @CsvSource({
    "can-commit, debit, ABORTED, 400",
    "pre-commit, credit debit ledger, ABORTED, 400",
    "commit, credit debit ledger, COMMITTED, 1500",
    "commit, debit ledger, COMMITTED, 1500",
  })
  @DisplayName("P7: the coordinator is not heard any more, and its participants end it")
  void participantsEndIt(String kind, String deaf, ThreePhaseState end, int millis) {
    patience = Duration.ofMillis(millis);
    for (String name : deaf.split(" ")) {
      service(name).deafTo.add(kind);
    }

    Outcome<String> outcome = execute();

    // What is decided is told by leaders in the same words as by the coordinator.
    services.values().forEach(service -> service.deafTo.remove("commit"));
    awaitAll(end);
    services.values().forEach(service -> service.deafTo.clear());
    assertThat(outcome).isNotInstanceOf(opposite(end));
    assertThat(execute()).isInstanceOf(same(end));
  }

  /** Whether that one is among the first to answer its leader decides how it ends. */
  @Test
  @DisplayName("P7: one alone has pre-committed, and all do the same")
  void oneAloneHasPreCommitted() {
    patience = SHORT;
    service("debit").deafTo.add("pre-commit");
    service("ledger").deafTo.add("pre-commit");

    execute();

    awaitEnd();
    assertThat(states().stream().distinct()).hasSize(1);
  }

  private void awaitEnd() {
    long end = System.nanoTime() + SOON.toNanos();
    while (!states().stream().allMatch(ThreePhaseState::isFinal) && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(states()).allMatch(ThreePhaseState::isFinal);
  }

  private static Class<?> same(ThreePhaseState end) {
    return end == ThreePhaseState.COMMITTED ? Outcome.Done.class : Outcome.Refused.class;
  }

  private static Class<?> opposite(ThreePhaseState end) {
    return end == ThreePhaseState.COMMITTED ? Outcome.Refused.class : Outcome.Done.class;
  }

  @Test
  @DisplayName("P7: a share that cannot be done at first is done later, since it is decided")
  void aShareIsDoneLater() {
    service("ledger").failures.set(3);

    assertThat(execute()).isEqualTo(new Outcome.Done<>("t1"));
    assertCommittedOnce();
  }

  @Test
  @DisplayName("P7: a participant that was away when the others gave up does nothing either")
  void whoWasAwayDoesNothingEither() {
    patience = SHORT;
    service("debit").deafTo.add(EVERYTHING);
    assertThat(execute()).isInstanceOf(Outcome.Refused.class);
    assertThat(service("debit").state()).isEqualTo(ThreePhaseState.INITIAL);
    service("debit").deafTo.clear();

    assertThat(execute()).isInstanceOf(Outcome.Refused.class);

    awaitAll(ThreePhaseState.ABORTED);
    assertThat(service("debit").ledger()).doesNotContain("done 20");
  }

  @Test
  void whatIsNoRequestIsRefused() {
    ThreePhaseParticipant debit = service("debit").participant;
    assertThatThrownBy(() -> ThreePhaseHttp.answer(debit, "no json"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no request of a three-phase commit");
    assertThatThrownBy(() ->
            ThreePhaseHttp.answer(
                debit, "{\"gid\":\"t1\",\"participant\":\"x\",\"request\":\"look\"}"))
        .hasMessageContaining("not 'x'");
    assertThatThrownBy(() ->
            ThreePhaseHttp.answer(
                debit, "{\"gid\":\"t1\",\"participant\":\"debit\",\"request\":\"can-commit\"}"))
        .hasMessageContaining("coordinator");
    assertThatThrownBy(() -> commit.execute("t1", plan(), Map.of("debit", "1")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("nothing was done");
    assertThatThrownBy(() -> plan().quorums(1, 2))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("need not meet");
    assertThatThrownBy(() -> debit.forget(Duration.ofHours(1)))
        .isInstanceOf(RefusedException.class);
  }
}
