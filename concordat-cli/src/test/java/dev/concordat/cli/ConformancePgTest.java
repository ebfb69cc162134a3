package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.examples.db.Pools;
import dev.concordat.examples.tcc.TccAccountServer;
import dev.concordat.examples.tcc.TccAccounts;
import dev.concordat.local.LocalPostgres;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccFence;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Goal: a script can tell whether a participant keeps the contract. Method: the real command
 * against a participant behind a fence, and one that says yes to everything.
 */
class ConformancePgTest {

  private static final HikariDataSource DATABASE =
      Pools.open(LocalPostgres.start().createDatabase("conformance"), 8);
  private static final String BODY = "{\"account\":\"account-2\",\"amount\":1}";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterAll
  static void close() {
    DATABASE.close();
  }

  private int run(String... words) {
    return Main.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(words);
  }

  @Test
  void aParticipantBehindAFencePasses() throws Exception {
    try (Connection connection = DATABASE.getConnection()) {
      TccAccounts.create(connection);
    }
    TccAccounts accounts = new TccAccounts();
    try (TccFence fence = Concordat.tccFence(DATABASE);
        TccAccountServer server =
            TccAccountServer.start(DATABASE, call -> fence.answer(call, accounts))) {
      int exit =
          run(
              "conformance",
              "tcc",
              "--url",
              server.base().toString(),
              "--body",
              BODY,
              "--refused-body",
              "{\"account\":\"none\",\"amount\":1}",
              "--effects",
              server.balances().toString(),
              "--json");

      assertThat(exit).as(out + "" + err).isZero();
      JsonNode document = JsonMapper.shared().readTree(out.toString());
      assertThat(document.get("held").asBoolean()).isTrue();
      assertThat(document.get("cases")).hasSize(18);
      assertThat(document.get("cases").get(0).get("expected").asString()).contains("Done (200)");
    }
  }

  @Test
  void oneThatSaysYesToEverythingFails() throws Exception {
    try (TccAccountServer server =
        TccAccountServer.start(DATABASE, call -> new TccAnswer.Done("1"))) {
      int exit = run("conformance", "tcc", "--url", server.base() + "/");

      assertThat(exit).isEqualTo(1);
      assertThat(out.toString())
          .contains("BROKEN  late try after an empty cancel")
          .contains("instead of \"try is Refused (409) with CANCELLED\": 200 1")
          .contains("held    duplicate try")
          .contains("of 17 cases are held.");
    }
  }

  @Test
  void whatIsNoAddressOrNoJsonIsSaid() {
    assertThat(run("conformance", "tcc", "--url", "nowhere")).isEqualTo(2);
    assertThat(run("conformance", "tcc", "--url", "http://x/y", "--body", "{")).isEqualTo(2);
    assertThat(err.toString()).contains("--url must be an address", "--body is no JSON");
  }
}
