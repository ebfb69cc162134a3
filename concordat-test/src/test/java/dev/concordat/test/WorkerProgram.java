package dev.concordat.test;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.saga.Saga;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/** A worker in a process of its own, which stops in the middle step until it is told to go on. */
final class WorkerProgram {

  static final String READY = "ready";
  static final String MIDDLE = "in the middle";

  private WorkerProgram() {}

  /** Reads a line to go on, and ends with its input. */
  public static void main(String[] arguments) throws IOException {
    Semaphore goOn = new Semaphore(0);
    try (HikariDataSource source = Ledger.connect(arguments[0])) {
      Saga<Job> saga =
          Ledger.saga(
              new Ledger(source),
              call -> {
                System.out.println(MIDDLE);
                goOn.acquireUninterruptibly();
              });
      try (Concordat concordat =
          Concordat.on(source)
              .sagas(saga)
              .lease(Ledger.LEASE)
              .poll(Duration.ofMillis(20))
              .grace(Duration.ofSeconds(5))
              .start()) {
        System.out.println(READY);
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
          goOn.release();
        }
      }
    }
  }
}
