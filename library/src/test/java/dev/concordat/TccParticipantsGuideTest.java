package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.http.TccEndpoint;
import dev.concordat.postgres.TestPostgres;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccFencePlan;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccHold;
import dev.concordat.tcc.TccOperation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * Goal: docs/tcc-participants.md says what is so. Method: its code stands here too and is compared;
 * its table of states is read and played on a real PostgreSQL, cell by cell.
 */
class TccParticipantsGuideTest {

  private static final Path PAGE = Path.of("../docs/tcc-participants.md");

  /** What the guide calls bank. */
  private static final class Bank {
    void hold(Connection tx, String body) throws SQLException {
      Fixture.note(tx, "hold " + body);
    }

    void take(Connection tx, String body) throws SQLException {
      Fixture.note(tx, "take " + body);
    }

    void giveBack(Connection tx, String body) throws SQLException {
      Fixture.note(tx, "give back " + body);
    }
  }

  @Test
  @SuppressWarnings("NullAway") // the guide's reader has not turned it on
  void theCodeOfTheGuideRuns() throws IOException {
    Bank bank = new Bank();
    try (Fixture db = Fixture.open()) {
      DataSource dataSource = db.pool;
      Map<String, String> headers =
          Map.of(
              "Concordat-Transaction",
              FenceBank.branch().transaction().toString(),
              "Concordat-Branch",
              "debit",
              "Concordat-Hold-Until",
              "2026-01-31T12:00:00Z");
      byte[] body = "30".getBytes(StandardCharsets.UTF_8);

      TccHandler accounts =
          new TccHandler() {
            @Override
            public TccHold tryHold(Connection tx, TccCall call) throws SQLException {
              bank.hold(tx, call.body()); // throws RefusedException to say no
              return TccHold.held();
            }

            @Override
            public String confirm(Connection tx, TccCall call, String held) throws SQLException {
              bank.take(tx, call.body());
              return null;
            }

            @Override
            public String cancel(Connection tx, TccCall call, String held) throws SQLException {
              bank.giveBack(tx, call.body());
              return null;
            }
          };
      TccFence fence = Concordat.tccFence(dataSource);
      TccEndpoint endpoint = new TccEndpoint(call -> fence.answer(call, accounts));
      TccEndpoint.Reply reply = endpoint.answer("try", headers::get, body);

      assertThat(reply).isEqualTo(new TccEndpoint.Reply(200, Map.of(), "null"));
      assertThat(endpoint.answer("confirm", headers::get, body).status()).isEqualTo(200);
      assertThat(endpoint.answer("cancel", headers::get, body).json()).contains("CONFIRMED");
      assertThat(db.ledger()).isEqualTo("hold 30,take 30");
      fence.close();
    }
    Path self = Path.of("src/test/java/dev/concordat", "TccParticipantsGuideTest.java");
    String here = Files.readString(self);
    String[] parts = Files.readString(PAGE).split("```java\n", -1);
    assertThat(parts).hasSize(3);
    for (int i = 1; i < parts.length; i++) {
      assertThat(plain(here)).contains(plain(parts[i].substring(0, parts[i].indexOf("```"))));
    }
  }

  private static String plain(String code) {
    return code.replaceAll("\\s+", "");
  }

  @Test
  void theTableOfStatesIsWhatTheFenceDoes() throws IOException {
    String schema = "fence_guide";
    try (TccFence fence =
        Concordat.tccFence(TestPostgres.pool(), TccFencePlan.STANDARD.schema(schema))) {
      FenceBank bank = new FenceBank(TestPostgres.pool(), schema, "ann");
      List<String[]> rows =
          Files.readAllLines(PAGE).stream()
              .filter(line -> line.matches("\\| (none|[A-Z]+) \\|.*"))
              .map(line -> line.substring(1, line.length() - 1).split("\\|", -1))
              .filter(cells -> cells.length == 4)
              .toList();
      assertThat(rows).hasSize(6);
      for (String[] row : rows) {
        for (TccOperation operation : TccOperation.values()) {
          String cell = row[operation.ordinal() + 1].strip();
          assertThat(played(fence, bank, row[0].strip(), operation))
              .as(row[0] + operation)
              .isEqualTo(cell.replace(", makes ", ", ").replace(", the stored result", ""));
        }
      }
    }
  }

  /** What happens, in the words of the page. */
  private static String played(
      TccFence fence, FenceBank bank, String state, TccOperation operation) {
    TccBranchId branch = FenceBank.branch();
    if (!state.equals("none")) {
      fence.answer(FenceBank.call(branch, TccOperation.TRY, "ann", 1), bank);
      bank.sql(
          "UPDATE s.tcc_fence SET state = '"
              + state
              + "' WHERE transaction = '"
              + branch.transaction()
              + "'");
    }
    int before = bank.effects(branch).size();
    TccAnswer answer = fence.answer(FenceBank.call(branch, operation, "ann", 1), bank);
    String now =
        bank
            .rows(
                "SELECT state FROM s.tcc_fence WHERE transaction = '" + branch.transaction() + "'")
            .stream()
            .findFirst()
            .orElse("none");
    if (bank.effects(branch).size() > before) {
      return "does it, " + now;
    }
    return switch (answer) {
      case Done done -> now.equals(state) ? "Done" : "Done, " + now;
      case Refused refused -> "Refused `" + refused.code() + "`";
      case TccAnswer.Unknown unknown -> "Unknown";
    };
  }
}
