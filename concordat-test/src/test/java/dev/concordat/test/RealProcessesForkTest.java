package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.core.Status;
import dev.concordat.local.LocalPostgres;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.Story;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Workers and a database that really die (P2, P3, P4, P6, P10): child processes killed and stopped
 * by signals, PostgreSQL killed under load. The participant's table and the journal are the oracle.
 */
@Timeout(120)
class RealProcessesForkTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ID = "the-one";

  private LocalPostgres postgres;
  private HikariDataSource source;
  private Ledger ledger;

  @BeforeEach
  void start() {
    postgres = LocalPostgres.start();
    source = Ledger.connect(postgres.jdbcUrl());
    ledger = new Ledger(source);
    ledger.create();
  }

  @AfterEach
  void stop() {
    source.close();
    postgres.close();
  }

  @Test
  void aWorkerKilledInTheMiddleIsReplaced() throws Exception {
    Saga<Job> saga = Ledger.saga(ledger, call -> {});
    Child child = new Child(postgres.jdbcUrl());
    try (Concordat client = client(saga)) {
      child.awaitLine(WorkerProgram.READY);
      SagaHandle<Job> handle = client.start(saga, ID, Job.ADA);
      child.awaitLine(WorkerProgram.MIDDLE);
      child.process.destroyForcibly().waitFor();

      try (Concordat second = worker(saga)) {
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        assertWhole(second.operator().show(ID));
      }
    }
  }

  @Test
  void aWorkerStoppedForLongerThanItsLeaseIsHarmless() throws Exception {
    Saga<Job> saga = Ledger.saga(ledger, call -> {});
    Child child = new Child(postgres.jdbcUrl());
    try (Concordat client = client(saga)) {
      child.awaitLine(WorkerProgram.READY);
      SagaHandle<Job> handle = client.start(saga, ID, Job.ADA);
      child.awaitLine(WorkerProgram.MIDDLE);
      child.signal("STOP");

      try (Concordat second = worker(saga)) {
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
        Story before = second.operator().show(ID);
        child.signal("CONT");
        child.tellToGoOnAndEnd();

        assertThat(child.process.waitFor()).isZero();
        Story after = second.operator().show(ID);
        assertThat(after.moments()).isEqualTo(before.moments());
        assertThat(after.row()).isEqualTo(before.row());
        assertWhole(after);
      }
    } finally {
      child.process.destroyForcibly();
    }
  }

  @Test
  void sagasOutliveTheirDatabase() throws Exception {
    int many = 50;
    CountDownLatch someInTheMiddle = new CountDownLatch(many / 2);
    Saga<Job> saga = Ledger.saga(ledger, call -> someInTheMiddle.countDown());
    try (Concordat worker = worker(saga)) {
      List<SagaHandle<Job>> handles = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        handles.add(worker.start(saga, "order-" + i, Job.ADA));
      }
      assertThat(someInTheMiddle.await(30, TimeUnit.SECONDS)).isTrue();
      postgres.kill();
      postgres.restart();

      for (SagaHandle<Job> handle : handles) {
        assertThat(handle.await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      }
    }
    assertThat(ledger.effects("first", "order-%")).isEqualTo(many);
    assertThat(ledger.effects("middle", "order-%")).isEqualTo(many);
  }

  private void assertWhole(Story story) {
    assertThat(ledger.effects("first", ID)).isEqualTo(1);
    assertThat(ledger.effects("middle", ID)).isEqualTo(1);
    assertThat(story.moments()).extracting(Story.Moment::type).contains("TakenOver");
    List<Long> tokens = story.moments().stream().map(Story.Moment::token).toList();
    assertThat(tokens).isSorted();
    List<Integer> positions = story.moments().stream().map(Story.Moment::position).toList();
    assertThat(positions).isSorted().startsWith(0);
  }

  private ConcordatBuilder builder(Saga<Job> saga) {
    return Concordat.on(source).sagas(saga).lease(Ledger.LEASE).poll(Duration.ofMillis(20));
  }

  private Concordat worker(Saga<Job> saga) {
    return builder(saga).start();
  }

  /** The child made the tables, or the client waits for it to. */
  private Concordat client(Saga<Job> saga) {
    builder(saga).start().close();
    return builder(saga).client();
  }

  /** A worker in a process of its own. */
  private static final class Child {
    final Process process;
    private final BufferedReader out;

    Child(String jdbcUrl) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  WorkerProgram.class.getName(),
                  jdbcUrl)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    void awaitLine(String wanted) throws IOException {
      String line = out.readLine();
      while (line != null && !line.equals(wanted)) {
        line = out.readLine();
      }
      assertThat(line).isEqualTo(wanted);
    }

    void signal(String name) throws Exception {
      int status =
          new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      assertThat(status).isZero();
    }

    void tellToGoOnAndEnd() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().close();
    }
  }
}
