package dev.concordat.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.RefusedException;
import dev.concordat.store.Query;
import dev.concordat.store.Writes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Goal: the tables are made once, by script or by us alike, and an unfit database is refused.
 * Method: a real PostgreSQL; old servers and standbys are played by functions found first.
 */
class SchemaTest {

  private static final List<String> VERSIONS =
      IntStream.rangeClosed(1, Schema.latest()).mapToObj(String::valueOf).toList();

  private final DataSource source = TestPostgres.pool();

  private final List<PostgresStore> opened = new ArrayList<>();

  private PostgresStore store(String schema) {
    PostgresStore store = new PostgresStore(source, schema);
    opened.add(store);
    return store;
  }

  @AfterEach
  void giveBackConnections() {
    opened.forEach(PostgresStore::close);
  }

  /** Connections with that server setting. */
  private static DataSource with(String options) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(TestPostgres.server().jdbcUrl());
    source.setOptions(options);
    return source;
  }

  @Test
  @DisplayName("P1: what was accepted before an upgrade is there after it")
  void anOlderSchemaIsBroughtUpToDateWithWhatIsInIt() {
    String all = PostgresStore.script("older");
    String first = "INSERT INTO \"older\".schema_version (version) VALUES (1);";
    TestPostgres.sql(source, all.substring(0, all.indexOf(first)) + first + "COMMIT;");
    TestPostgres.sql(
        source,
        "INSERT INTO older.instance (no, id, uid, definition, version, status, token, input_hash)"
            + " VALUES (1, 'x', gen_random_uuid(), 'd', 1, 'PENDING', 1, '')");
    PostgresStore store = new PostgresStore(source, "older");

    assertThatThrownBy(store::check)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is at version 1 and this library needs " + Schema.latest());
    store.migrate();

    store.check();
    assertThat(store.instances().find("x")).isPresent();
    assertThat(store.ticks().newest()).isPositive();
  }

  @Test
  void migratingAgainChangesNothing() {
    store("again").migrate();
    store("again").journal().append(List.of(Writes.birth(1)));
    store("again").migrate();
    store("again").check();

    assertThat(TestPostgres.rows(source, "SELECT version FROM again.schema_version"))
        .isEqualTo(VERSIONS);
    assertThat(store("again").instances().find(1)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
  void eightMigrateAtOnceAndOneDoesIt(String isolation) throws Exception {
    String schema = "race_" + isolation.replace(' ', '_');
    DataSource isolated = with("-c default_transaction_isolation=" + isolation.replace(" ", "\\ "));
    List<Callable<Boolean>> migrations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      migrations.add(() -> {
        new PostgresStore(isolated, schema).migrate();
        return true;
      });
    }

    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> done : threads.invokeAll(migrations)) {
        assertThat(done.get()).isTrue();
      }
    }

    store(schema).check();
    assertThat(TestPostgres.rows(source, "SELECT version FROM " + schema + ".schema_version"))
        .isEqualTo(VERSIONS);
  }

  @Test
  void aSchemaThatIsNotThereIsRefusedUnlessMigrated() {
    assertThatThrownBy(store("absent")::check)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has no Concordat schema")
        .hasMessageContaining("concordat schema");
    assertThat(TestPostgres.rows(source, "SELECT to_regnamespace('absent')"))
        .containsExactly("null");
  }

  @Test
  void aSchemaOfANewerLibraryIsRefusedAndLeftAlone() {
    store("newer").migrate();
    TestPostgres.sql(source, "INSERT INTO newer.schema_version (version) VALUES (99)");

    for (Runnable attempt : List.<Runnable>of(store("newer")::migrate, store("newer")::check)) {
      assertThatThrownBy(attempt::run)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("version 99")
          .hasMessageContaining("Use the newer library");
    }
    assertThat(TestPostgres.rows(source, "SELECT max(version) FROM newer.schema_version"))
        .containsExactly("99");
  }

  @Test
  void aReadOnlyDatabaseIsRefused() {
    DataSource readOnly = with("-c default_transaction_read_only=on");

    assertThatThrownBy(new PostgresStore(readOnly, "read_only")::migrate)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("read-only");
  }

  @Test
  void aStandbyIsRefused() {
    TestPostgres.sql(
        source,
        "CREATE SCHEMA IF NOT EXISTS standby; CREATE OR REPLACE FUNCTION"
            + " standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
    DataSource standby = with("-c search_path=standby,pg_catalog");

    assertThatThrownBy(new PostgresStore(standby, "on_standby")::check)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("connect to the primary");
  }

  @ParameterizedTest
  @ValueSource(strings = {"14.11", "9.6.24"})
  void aServerOlderThanFifteenIsRefused(String version) {
    String[] parts = version.split("\\.");
    String schema = "old_" + parts[0];
    String body =
        "SELECT CASE WHEN $1 = ''server_version'' THEN '' "
            + version
            + "'' WHEN $1 ="
            + " ''server_version_num'' THEN ''"
            + parts[0]
            + "0011'' ELSE ''off'' END";
    TestPostgres.sql(
        source,
        "CREATE SCHEMA IF NOT EXISTS "
            + schema
            + "; CREATE OR REPLACE FUNCTION "
            + schema
            + ".current_setting(text) RETURNS text LANGUAGE sql AS '"
            + body
            + "'");
    DataSource old = with("-c search_path=" + schema + ",pg_catalog");

    assertThatThrownBy(new PostgresStore(old, "on_old")::migrate)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("PostgreSQL")
        .hasMessageContaining(version)
        .hasMessageContaining("15 or newer");
  }

  @Test
  void anUnreachableDatabaseIsRefused() {
    PGSimpleDataSource nowhere = new PGSimpleDataSource();
    nowhere.setURL("jdbc:postgresql://127.0.0.1:1/none");

    assertThatThrownBy(new PostgresStore(nowhere, "concordat")::migrate)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("nothing was done");
  }

  @Test
  void twoSchemasInOneDatabaseDoNotSeeEachOther() {
    PostgresStore one = store("tenant_one");
    PostgresStore two = store("tenant_two");
    Stream.of(one, two).forEach(PostgresStore::migrate);

    one.journal().append(List.of(Writes.birth(1)));
    two.journal().append(List.of(Writes.birth(2), Writes.birth(3)));
    one.mailbox().post("id-1", "signal", "{}");

    assertThat(one.instances().search(Query.newest(9))).hasSize(1);
    assertThat(two.instances().search(Query.newest(9))).hasSize(2);
    assertThat(two.mailbox().post("id-1", "signal", "{}")).isEmpty();
    assertThat(two.instances().claimDue(1, List.of(Writes.GREETING), 9)).hasSize(2);
    assertThat(one.instances().find(1).orElseThrow().owner()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "pg_mine", "Concordat", "a-b", "1st", "a\"; DROP TABLE x; --", "x y", "é"})
  void aNameThatIsNoneIsRefused(String name) {
    assertThatThrownBy(() -> store(name))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("lower-case letters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"select", "_", "a1_b2"})
  void aNameThatIsAWordOfSqlWillDo(String name) {
    assertThatCode(store(name)::migrate).doesNotThrowAnyException();
    store(name).journal().append(List.of(Writes.birth(1)));

    assertThat(store(name).instances().find(1)).isPresent();
  }

  @Test
  void aNameOfSixtyThreeLettersWillDoAndOneMoreIsRefused() {
    assertThatCode(() -> store("a".repeat(63))).doesNotThrowAnyException();
    assertThatThrownBy(() -> store("a".repeat(64))).isInstanceOf(RefusedException.class);
  }

  @Test
  void theScriptRunByHandMakesTheSameTables() {
    store("by_us").migrate();
    TestPostgres.sql(source, PostgresStore.script("by_hand"));

    store("by_hand").check();
    assertThat(shape("by_hand")).isEqualTo(shape("by_us")).hasSizeGreaterThan(40);
  }

  private List<String> shape(String schema) {
    String columns =
        "SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name,"
            + " is_identity FROM information_schema.columns WHERE table_schema = '%s'";
    String constraints =
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', ''"
            + " FROM pg_constraint WHERE connamespace = '%s'::regnamespace";
    String indexes =
        "SELECT tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes"
            + " WHERE schemaname = '%s'";
    String sequences =
        "SELECT sequence_name, increment, start_value, '', '', '', ''"
            + " FROM information_schema.sequences WHERE sequence_schema = '%s'";
    String all = String.join(" UNION ALL ", columns, constraints, indexes, sequences);
    return TestPostgres.rows(source, all.replace("%s", schema) + " ORDER BY 1, 2, 3").stream()
        .map(row -> row.replace(schema, "schema"))
        .toList();
  }
}
