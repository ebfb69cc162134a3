package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccOperation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A person at the command line sees a transaction of try, confirm and cancel, and settles it. The
 * real command on a real PostgreSQL.
 */
class TccPgTest {

  record Withdrawal(String account, int cents) {}

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static TccAnswer answer(TccCall call) {
    return call.operation() == TccOperation.CONFIRM
        ? new TccAnswer.Refused(TccAnswer.Code.EXPIRED, "its time was over")
        : new TccAnswer.Done("null");
  }

  private int run(LocalPostgres postgres, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--jdbc-url");
    all.add(postgres.jdbcUrl());
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void aBranchThatExpiredIsShownAndSkipped() {
    Tcc<Withdrawal> tcc =
        Tcc.named("withdrawal", Withdrawal.class)
            .branch("account", TccPgTest::answer, Withdrawal::cents)
            .attribute("account", Withdrawal::account)
            .build();
    try (LocalPostgres postgres = LocalPostgres.start();
        HikariDataSource pool = pool(postgres);
        Concordat worker = Concordat.on(pool).tcc(tcc).start()) {
      worker.run(tcc, "w-1", new Withdrawal("ada", 100), PATIENCE);

      assertThat(run(postgres, "show", "w-1")).isZero();
      assertThat(out.toString())
          .contains("NEEDS_ATTENTION", "try, confirm and cancel, CONFIRMING")
          .contains("EXPIRED", "say skip", "decided: all are confirmed");
      assertThat(run(postgres, "forward", "w-1", "--yes")).isNotZero();
      assertThat(run(postgres, "skip", "w-1", "--reason", "booked by hand", "--yes")).isZero();
      assertThat(worker.find(tcc, "w-1").await(PATIENCE).isConfirmed()).isTrue();

      assertThat(run(postgres, "show", "w-1", "--json")).isZero();
      JsonNode shown = JsonMapper.shared().readTree(out.toString());
      assertThat(shown.path("stands").asString()).isEqualTo("CONFIRMED");
      assertThat(shown.path("status").asString()).isEqualTo("COMPLETED");
      assertThat(shown.path("events").size()).isGreaterThan(5);
    }
  }

  private static HikariDataSource pool(LocalPostgres postgres) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    return new HikariDataSource(config);
  }
}
