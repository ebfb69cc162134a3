package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Bytes;
import dev.concordat.core.CommandHeaders;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Reply;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.postgres.PostgresStore;
import dev.concordat.postgres.TestPostgres;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a participant does a command once, whatever races it, and refuses for good what it refused,
 * unless a person asks anew (P4, P11). Method: commands in open transactions of the test, on a real
 * PostgreSQL.
 */
class ParticipantTest {

  private static final int SECONDS = 20;
  private static final int RACES = 40;

  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean refusing;
  private volatile boolean large;
  private Engine engine;

  private final Participant participant =
      Participant.named("shop")
          .on(
              "Sell",
              (tx, command) -> {
                asked.incrementAndGet();
                write(tx, command.key() + " sold");
                if (large) {
                  return Reply.of("Sold").text("x".repeat(1024 * 1024 + 1));
                }
                return refusing ? Reply.refused("Closed", "not now") : Reply.of("Sold");
              })
          .on(
              "TakeBack",
              (tx, command) -> {
                write(tx, command.key() + " taken back");
                return Reply.of("TakenBack");
              });

  private static void write(Connection tx, String what) throws Exception {
    TestPostgres.sql(tx, "INSERT INTO participant.effect (what) VALUES ('" + what + "')");
  }

  @BeforeEach
  void open() {
    TestPostgres.sql(TestPostgres.pool(), "DROP SCHEMA IF EXISTS participant CASCADE");
    PostgresStore store = new PostgresStore(TestPostgres.pool(), "participant");
    store.migrate();
    TestPostgres.sql(
        TestPostgres.pool(), "CREATE TABLE participant.effect (no bigserial, what text NOT NULL)");
    engine =
        new Engine(
            store, new SystemPlatform(), EngineConfig.DEFAULT.withListens(false), List.of(), false);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static ReceivedMessage command(String key, int attempt, int anew) {
    return message(key, "Sell", CommandHeaders.DO, attempt, anew);
  }

  private static ReceivedMessage compensation(String key) {
    return message(key, "TakeBack", CommandHeaders.COMPENSATE, 1, 0);
  }

  private static ReceivedMessage message(
      String key, String type, String kind, int attempt, int anew) {
    Map<String, String> headers = new HashMap<>();
    headers.put(CommandHeaders.SAGA, "saga-1");
    headers.put(CommandHeaders.STEP, "sell");
    headers.put(CommandHeaders.KEY, key);
    headers.put(CommandHeaders.KIND, kind);
    headers.put(CommandHeaders.ATTEMPT, Integer.toString(attempt));
    headers.put(CommandHeaders.REPLY_TO, "replies");
    if (anew > 0) {
      headers.put(CommandHeaders.ANEW, Integer.toString(anew));
    }
    return new ReceivedMessage(
        UUID.randomUUID().toString(), "shop", "saga-1", type, headers, Bytes.EMPTY);
  }

  /** What a test does in a transaction that is open. */
  private interface Meanwhile {
    void happens() throws Exception;
  }

  private boolean handle(ReceivedMessage message) throws Exception {
    return handle(message, () -> {}, true);
  }

  private boolean handle(ReceivedMessage message, Meanwhile meanwhile, boolean commits)
      throws Exception {
    try (Connection tx = TestPostgres.pool().getConnection()) {
      tx.setAutoCommit(false);
      try {
        participant.handle(engine, tx, message);
        meanwhile.happens();
        if (commits) {
          tx.commit();
        }
      } finally {
        tx.rollback();
        tx.setAutoCommit(true);
      }
      return commits;
    }
  }

  private static List<String> replies() {
    return TestPostgres.rows(
        TestPostgres.pool(), "SELECT type FROM participant.outbox ORDER BY position");
  }

  private static List<String> effects() {
    return TestPostgres.rows(
        TestPostgres.pool(), "SELECT what FROM participant.effect ORDER BY no");
  }

  /** Hands over the first, and the second while the first has not ended. */
  private void race(ReceivedMessage first, ReceivedMessage second, boolean commits)
      throws Exception {
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Future<?>[] racing = new Future<?>[1];
      handle(
          first,
          () -> {
            racing[0] = other.submit(() -> handle(second));
            awaitOneThatWaits();
          },
          commits);
      racing[0].get(SECONDS, TimeUnit.SECONDS);
    }
  }

  private static void awaitOneThatWaits() {
    String waiting = "SELECT 1 FROM pg_locks WHERE NOT granted";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (TestPostgres.rows(TestPostgres.pool(), waiting).isEmpty()) {
      assertThat(System.nanoTime()).as("the second waits for the first").isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Test
  @DisplayName("P11: what was refused stays refused, until a person has it asked anew")
  void whatWasRefusedStaysRefusedUntilItIsAskedAnew() throws Exception {
    refusing = true;
    handle(command("k", 1, 0));
    refusing = false;
    handle(command("k", 1, 0));
    handle(command("k", 2, 0));
    assertThat(asked).as("a repetition is answered from memory").hasValue(1);

    refusing = true;
    handle(command("k", 3, 2));
    assertThat(asked).as("asked anew").hasValue(2);
    refusing = false;
    handle(command("k", 3, 2));
    assertThat(asked).as("refused again, after a person asked").hasValue(2);

    handle(command("k", 4, 3));
    handle(command("k", 1, 0));
    handle(command("k", 5, 4));

    assertThat(asked).as("done once, and not again").hasValue(3);
    assertThat(replies())
        .containsExactly("Closed", "Closed", "Closed", "Closed", "Closed", "Sold", "Sold", "Sold");
    assertThat(effects()).as("refusals leave nothing").containsExactly("k sold");
  }

  @Test
  @DisplayName("P2: what is compensated is not done, not even if it is asked for anew")
  void whatIsCompensatedIsNotDoneEvenAnew() throws Exception {
    handle(compensation("k"));

    handle(command("k", 1, 0));
    handle(command("k", 9, 8));

    assertThat(asked).hasValue(0);
    assertThat(effects()).isEmpty();
    assertThat(replies()).containsExactly("NothingToCompensate", "Refused", "Refused");
  }

  @Test
  @DisplayName("P2 P4: a compensation waits for its command that is being done, and counteracts it")
  void aCompensationWaitsForItsCommand() throws Exception {
    race(command("k", 1, 0), compensation("k"), true);

    assertThat(effects()).containsExactly("k sold", "k taken back");
    assertThat(replies()).containsExactly("Sold", "TakenBack");
  }

  @Test
  @DisplayName("P2: a compensation whose command fails meanwhile keeps it out for good")
  void aCompensationOfACommandThatFailsKeepsItOut() throws Exception {
    race(command("k", 1, 0), compensation("k"), false);
    handle(command("k", 1, 0));

    assertThat(effects()).isEmpty();
    assertThat(replies()).containsExactly("NothingToCompensate", "Refused");
  }

  @Test
  @DisplayName("P2: a command waits for its compensation, and is refused")
  void aCommandWaitsForItsCompensation() throws Exception {
    race(compensation("k"), command("k", 1, 0), true);

    assertThat(effects()).isEmpty();
    assertThat(replies()).containsExactly("NothingToCompensate", "Refused");
  }

  @Test
  @DisplayName("P4: two messages of one command at once have one effect and the same answer")
  void twoMessagesOfOneCommandAtOnce() throws Exception {
    race(command("k", 1, 0), command("k", 2, 0), true);

    assertThat(effects()).containsExactly("k sold");
    assertThat(replies()).containsExactly("Sold", "Sold");
  }

  @Test
  @DisplayName("P2: whoever is first, a command and its compensation leave nothing and no deadlock")
  void whoeverIsFirstNothingIsLeft() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < RACES; i++) {
        String key = "k" + i;
        Future<Boolean> done = threads.submit(() -> handleAt(together, command(key, 1, 0)));
        Future<Boolean> undone = threads.submit(() -> handleAt(together, compensation(key)));
        assertThat(done.get(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(undone.get(SECONDS, TimeUnit.SECONDS)).isTrue();
      }
    }

    assertThat(replies()).hasSize(2 * RACES);
    for (int i = 0; i < RACES; i++) {
      String key = "k" + i + " ";
      List<String> left = effects().stream().filter(what -> what.startsWith(key)).toList();
      assertThat(left).isIn(List.of(), List.of(key + "sold", key + "taken back"));
    }
  }

  private boolean handleAt(CyclicBarrier together, ReceivedMessage message) throws Exception {
    together.await(SECONDS, TimeUnit.SECONDS);
    return handle(message);
  }

  @Test
  @DisplayName("P11: a reply that no saga could take is a refusal, and leaves nothing")
  void aReplyThatIsTooLargeIsARefusal() throws Exception {
    large = true;
    handle(command("k", 1, 0));

    assertThat(replies()).containsExactly("Refused");
    assertThat(effects()).isEmpty();
    assertThat(
            TestPostgres.rows(TestPostgres.pool(), "SELECT headers FROM participant.outbox").get(0))
        .contains("a reply carries at most 1048576 bytes, and this one 1048577");
  }

  @Test
  @DisplayName("P2: a command that nobody here carries out waits for a person, unless it is shared")
  void aCommandOfAnUnknownType() throws Exception {
    Consumer.Prepared found = Objects.requireNonNull(consumer(participant).handler("Unheard"));
    ReceivedMessage unheard = message("k", "Unheard", CommandHeaders.DO, 1, 0);
    Consumer.Ready ready = found.prepare(unheard);
    try (Connection tx = TestPostgres.pool().getConnection()) {
      assertThatThrownBy(() -> ready.handle(tx))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("participant 'shop' does not carry out 'Unheard'");
    }

    assertThat(consumer(participant.sharingItsSource()).handler("Unheard")).isNull();
    assertThat(consumer(participant.sharingItsSource()).handler("Sell")).isNotNull();
  }

  private Consumer consumer(Participant of) {
    return of.consumer(engine, new Silent());
  }

  /** Delivers nothing. */
  private static final class Silent implements Source {
    @Override
    public boolean hasOffsets() {
      return false;
    }

    @Override
    public void open(Lanes lanes, boolean keepsOffsets) {}

    @Override
    public List<Delivery> receive(int most, Duration patience) {
      return List.of();
    }

    @Override
    public void done(List<Delivery> deliveries) {}

    @Override
    public void close() {}
  }
}
