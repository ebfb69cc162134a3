package dev.concordat.test;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Reply;
import dev.concordat.local.LocalPostgres;
import dev.concordat.messaging.Participant;
import dev.concordat.saga.Command;
import dev.concordat.saga.Saga;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: no crash at any point of a saga with steps over messages loses a command, or has one done
 * twice (P2-P4, P8; T4). Method: crash enumeration; the participant works beside, and gets every
 * message twice.
 */
class CommandCrashTest {

  private static final List<String> OPS = List.of("funds", "stock");

  private static Saga<Job> saga() {
    return Saga.named("order-messages", Job.class)
        .command("reserve funds", (job, call) -> Command.to("shop", "do funds"))
        .onReply((job, reply) -> job.withHotel(reply.json(String.class)))
        .compensateBy((job, call) -> Command.to("shop", "undo funds"))
        .retry(Shape.SOON)
        .compensationRetry(Shape.SOON)
        .command("reserve stock", (job, call) -> Command.to("shop", "do stock"))
        .compensateBy((job, call) -> Command.to("shop", "undo stock"))
        .retry(Shape.SOON)
        .compensationRetry(Shape.SOON)
        .timeout(Duration.ofSeconds(5))
        .build();
  }

  private static Participant shop(Books books, boolean refuses) {
    Participant shop = Participant.named("shop");
    for (String op : OPS) {
      shop =
          shop.on(
                  "do " + op,
                  (tx, command) -> {
                    books.write(tx, op, 1);
                    if (refuses && op.equals("stock")) {
                      throw new RefusedException("sold out");
                    }
                    return Reply.of("Done").json(op);
                  })
              .on(
                  "undo " + op,
                  (tx, command) -> {
                    books.write(tx, op, -1);
                    return Reply.of("Undone");
                  });
    }
    return shop;
  }

  private static CrashTest<Job> test(Books books, boolean refuses) {
    return CrashTest.of(saga(), Job.ADA)
        .world(books)
        .beside(new Loopback(shop(books, refuses), "shop"))
        .always("nothing is done twice", () -> books.atMostOnce(OPS))
        .whenCompleted("all is done", () -> books.all(OPS))
        .whenCompensated("nothing is done", () -> books.none(OPS))
        .withoutFailingEachStep();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void endsWholeWhereverItCrashes(boolean refuses) {
    HikariConfig config = new HikariConfig();
    try (LocalPostgres postgres = LocalPostgres.builder().setting("fsync", "off").start()) {
      config.setJdbcUrl(postgres.jdbcUrl());
      config.setMaximumPoolSize(24);
      try (HikariDataSource source = new HikariDataSource(config)) {
        Books books = Books.on(source, "effect");

        System.out.println(
            "postgres " + test(books, refuses).on(source, "crash").crashesOnly().run());
      }
    }
  }
}
