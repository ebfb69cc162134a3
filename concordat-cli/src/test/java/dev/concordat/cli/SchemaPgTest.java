package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.Concordat;
import dev.concordat.local.LocalPostgres;
import dev.concordat.store.Query;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What {@code schema} prints makes the tables that the library wants, run by whom it may be. */
class SchemaPgTest {

  @Test
  void whatItPrintsIsAllTheLibraryNeeds() throws Exception {
    StringWriter out = new StringWriter();
    int exit = Main.command().setOut(new PrintWriter(out)).execute("schema", "--schema", "sagas");

    assertThat(exit).isZero();
    try (LocalPostgres postgres = LocalPostgres.start()) {
      try (Connection connection = postgres.dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(out.toString());
      }
      try (Concordat concordat =
          Concordat.on(postgres.dataSource()).schema("sagas").withoutMigration().start()) {
        assertThat(concordat.operator().list(Query.newest(1))).isEmpty();
      }
    }
  }

  @Test
  void aNameThatIsNoneIsRefused() {
    StringWriter err = new StringWriter();
    int exit =
        Main.command()
            .setErr(new PrintWriter(err))
            .execute("schema", "--schema", "x; DROP TABLE y");

    assertThat(exit).isEqualTo(Exit.REFUSED);
    assertThat(err.toString()).contains("is no name for Concordat's schema");
  }
}
