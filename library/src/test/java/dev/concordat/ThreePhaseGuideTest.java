package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.concordat.atomic.ThreePhaseCommit;
import dev.concordat.atomic.ThreePhaseParticipant;
import dev.concordat.atomic.ThreePhasePlan;
import dev.concordat.atomic.ThreePhaseWork;
import dev.concordat.core.Outcome;
import dev.concordat.http.ThreePhaseHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: the code of docs/three-phase-commit.md compiles and runs. Method: it stands here too, and
 * is compared; two real PostgreSQL databases and HTTP servers.
 */
class ThreePhaseGuideTest {

  /** What the guide calls accounts. */
  private static final class Accounts {
    void hold(Connection tx, long amount) throws SQLException {
      Fixture.note(tx, "hold " + amount);
    }

    void take(Connection tx, long amount) throws SQLException {
      Fixture.note(tx, "take " + amount);
    }

    void release(Connection tx, long amount) throws SQLException {
      Fixture.note(tx, "release " + amount);
    }
  }

  @Test
  void theCodeOfTheGuideRuns() throws IOException {
    Accounts accounts = new Accounts();
    try (Fixture db = Fixture.open();
        Fixture other = Fixture.open()) {
      DataSource dataSource = db.pool;

      ThreePhaseWork withdrawals =
          new ThreePhaseWork() {
            @Override
            public void prepare(Connection tx, String gid, String work) throws SQLException {
              accounts.hold(tx, Long.parseLong(work)); // throws RefusedException to vote no
            }

            @Override
            public void commit(Connection tx, String gid, String work) throws SQLException {
              accounts.take(tx, Long.parseLong(work));
            }

            @Override
            public void abort(Connection tx, String gid, String work) throws SQLException {
              accounts.release(tx, Long.parseLong(work));
            }
          };
      ThreePhaseCommit commit = Concordat.threePhaseCommit(new ThreePhaseHttp());
      ThreePhaseParticipant debit = commit.participant("debit", dataSource, withdrawals);

      ThreePhaseParticipant credit = commit.participant("credit", other.pool, withdrawals);
      String debitUrl = serve(debit);
      String creditUrl = serve(credit);

      ThreePhasePlan plan = ThreePhasePlan.among(Map.of("debit", debitUrl, "credit", creditUrl));
      Outcome<String> outcome =
          commit.execute("transfer-81", plan, Map.of("debit", "10000", "credit", "10000"));

      assertThat(outcome).isEqualTo(new Outcome.Done<>("transfer-81"));
      assertThat(db.ledger()).isEqualTo("hold 10000,take 10000");
      assertThat(other.ledger()).isEqualTo("hold 10000,take 10000");
      commit.close();
    }
    assertShown();
  }

  private static void assertShown() throws IOException {
    Path module = Path.of("").toAbsolutePath();
    String[] parts =
        Files.readString(module.getParent().resolve("docs/three-phase-commit.md"))
            .split("```java", -1);
    String source =
        Files.readString(module.resolve("src/test/java/dev/concordat/ThreePhaseGuideTest.java"));
    assertThat(parts).hasSize(3);
    for (int i = 1; i < parts.length; i++) {
      assertThat(squeezed(source)).contains(squeezed(parts[i].split("```", -1)[0]));
    }
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }

  private static String serve(ThreePhaseParticipant participant) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(participant, exchange));
    server.start();
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  private static void answer(ThreePhaseParticipant participant, HttpExchange exchange)
      throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String answer = ThreePhaseHttp.answer(participant, new String(body, StandardCharsets.UTF_8));
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      exchange.sendResponseHeaders(503, -1);
    }
  }
}
