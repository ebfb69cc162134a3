package dev.concordat.test;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.local.LocalPostgres;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every shape of transaction of try, confirm and cancel survives every single fault at every point
 * on PostgreSQL (P1–P4, P6, P7, P10, P11): crash enumeration over generated fault points, with laws
 * as oracles.
 */
class TccPostgresCrashTest {

  private static LocalPostgres postgres;
  private static HikariDataSource source;

  @BeforeAll
  static void start() {
    // Workers die here, the server does not: what it acknowledged need not be flushed.
    postgres = LocalPostgres.builder().setting("fsync", "off").start();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.jdbcUrl());
    config.setMaximumPoolSize(24);
    source = new HikariDataSource(config);
  }

  @AfterAll
  static void stop() {
    source.close();
    postgres.close();
  }

  @ParameterizedTest
  @EnumSource(TccShape.class)
  void endsWholeWhereverItCrashes(TccShape shape) {
    String name = shape.name().toLowerCase(Locale.ROOT);
    Vault vault = Vault.over(Books.on(source, "effect_" + name));

    System.out.println("postgres " + shape.over(vault).on(source, name).crashesOnly().run());
  }
}
