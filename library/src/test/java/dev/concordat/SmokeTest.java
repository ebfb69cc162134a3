package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaResult;
import dev.concordat.saga.Story;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SmokeTest {
  record Order(String id, int amount, String hold) {
    Order withHold(String h) {
      return new Order(id, amount, h);
    }
  }

  static void sql(Connection c, String sql) throws SQLException {
    try (var s = c.createStatement()) {
      s.execute(sql);
    }
  }

  @Test
  void runs() throws Exception {
    Saga<Order> good =
        Saga.named("good", Order.class)
            .local(
                "create",
                (tx, o) -> {
                  sql(tx, "insert into t values ('" + o.id() + "')");
                  return o;
                })
            .compensate((tx, o) -> sql(tx, "delete from t where id='" + o.id() + "'"))
            .step("hold", (o, call) -> o.withHold(call.key()))
            .compensate((o, call) -> {})
            .pivot(
                "pay",
                (o, call) -> {
                  if (o.amount() > 100) throw new RefusedException("too much");
                  return o;
                })
            .localRetriable("confirm", (tx, o) -> o)
            .build();
    try (LocalPostgres pg = LocalPostgres.start()) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(pg.jdbcUrl());
      config.setMaximumPoolSize(20);
      try (HikariDataSource ds = new HikariDataSource(config)) {
        try (Connection c = ds.getConnection()) {
          sql(c, "create table t (id text primary key)");
        }
        try (Concordat concordat = Concordat.on(ds).sagas(good).start()) {
          SagaResult<Order> r =
              concordat.start(good, "a", new Order("a", 10, "")).await(Duration.ofSeconds(10));
          System.out.println(r);
          assertThat(r.status()).isEqualTo(Status.COMPLETED);
          SagaResult<Order> r2 =
              concordat.run(good, "b", new Order("b", 1000, ""), Duration.ofSeconds(10));
          System.out.println(r2);
          assertThat(r2.status()).isEqualTo(Status.COMPENSATED);
          Story s = concordat.operator().show("b");
          System.out.println(s.why() + " / " + s.next());
          s.moments()
              .forEach(m ->
                  System.out.println(
                      m.position()
                          + " "
                          + m.at()
                          + " "
                          + m.type()
                          + " "
                          + m.step()
                          + ": "
                          + m.text()));
          for (int round = 0; round < 5; round++) {
            long t = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
              concordat.run(
                  good,
                  "r" + round + "-" + i,
                  new Order("x" + round + "-" + i, 10, ""),
                  Duration.ofSeconds(10));
            }
            System.out.println("run/s " + 1000e9 / (System.nanoTime() - t));
          }
        }
      }
    }
  }
}
