package dev.concordat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.CommandHeaders;
import dev.concordat.core.ReceivedMessage;
import dev.concordat.core.RefusedException;
import dev.concordat.core.Reply;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.Status;
import dev.concordat.messaging.Participant;
import dev.concordat.messaging.Relay;
import dev.concordat.saga.Command;
import dev.concordat.saga.CommandStep;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaResult;
import dev.concordat.saga.Story;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: a step over messages is done once, answered or given up, whatever becomes of the messages
 * (P2, P4, P8). Method: a saga, a relay, consumers and a participant on a real PostgreSQL; topics
 * in memory that lose, double and hold back.
 */
class CommandTest {

  private static final RetryPolicy SOON =
      RetryPolicy.exponential(Duration.ofMillis(10)).withoutJitter().attempts(3);

  private final Fixture db = Fixture.open();
  private final Loop loop = new Loop();

  private final Saga<Trip> saga = ending(Fixture.PATIENCE);
  private final Saga<Trip> hasty = ending(Duration.ofSeconds(1));

  private static Saga<Trip> ending(Duration timeout) {
    return reserve(timeout)
        .local(
            "end",
            (tx, trip) -> {
              Fixture.note(tx, "end " + trip.hold());
              return trip;
            })
        .noCompensation("it is the last")
        .build();
  }

  private static CommandStep<Trip> reserve(Duration timeout) {
    return Saga.named("reserve", Trip.class)
        .command("hold", (trip, call) -> Command.to("payments", "ReserveFunds").json(trip.amount()))
        .onReply((trip, reply) -> trip.withHold(reply.json(String.class)))
        .compensateBy((trip, call) -> Command.to("payments", "ReleaseFunds"))
        .timeout(timeout)
        .retry(SOON)
        .compensationRetry(SOON);
  }

  private final Participant payments =
      Participant.named("payments")
          .on(
              "ReserveFunds",
              (tx, command) -> {
                Fixture.note(tx, "reserved");
                return command.json(Integer.class) > 100
                    ? Reply.refused("FundsRefused", "too much")
                    : Reply.of("FundsReserved").json("hold-1");
              })
          .on(
              "ReleaseFunds",
              (tx, command) -> {
                Fixture.note(tx, "released");
                return Reply.of("FundsReleased");
              });

  private Concordat concordat(Saga<?>... sagas) {
    return db.concordat(sagas)
        .relay(Relay.named("loop", loop).idle(Duration.ofMillis(2)))
        .repliesTo("replies", loop.source("replies"))
        .participant(payments, loop.source("payments"))
        .start();
  }

  private static List<String> kinds(Concordat concordat, String id) {
    return concordat.operator().show(id).moments().stream()
        .map(Story.Moment::type)
        .filter(type -> !type.equals("StepStarted"))
        .toList();
  }

  @AfterEach
  void close() {
    db.close();
  }

  @Test
  void aCommandIsAnsweredAndTheSagaGoesOn() {
    try (Concordat concordat = concordat(saga)) {
      SagaResult<Trip> result =
          concordat.start(saga, "one", Trip.of("ada")).await(Fixture.PATIENCE);

      assertThat(result.status()).isEqualTo(Status.COMPLETED);
      assertThat(result.state().hold()).isEqualTo("hold-1");
      assertThat(db.ledger()).isEqualTo("reserved,end hold-1");
      assertThat(kinds(concordat, "one"))
          .containsExactly(
              "Started",
              "CommandSent",
              "ReplyReceived",
              "ReplyTaken",
              "StepDone",
              "StepDone",
              "Completed");
    }
  }

  @Test
  void theCommandCarriesWhatItsReplyNeeds() {
    try (Concordat concordat = concordat(saga)) {
      concordat.start(saga, "one", Trip.of("ada")).await(Fixture.PATIENCE);

      ReceivedMessage command = loop.topic("payments").get(0);
      assertThat(command.key()).isEqualTo("one");
      assertThat(command.headers())
          .containsEntry(CommandHeaders.SAGA, "one")
          .containsEntry(CommandHeaders.STEP, "hold")
          .containsEntry(CommandHeaders.KIND, CommandHeaders.DO)
          .containsEntry(CommandHeaders.ATTEMPT, "1")
          .containsEntry(CommandHeaders.REPLY_TO, "replies")
          .containsKeys(CommandHeaders.KEY, "traceparent");
      ReceivedMessage reply = loop.topic("replies").get(0);
      assertThat(reply.headers()).containsEntry(CommandHeaders.SAGA, "one");
      assertThat(reply.key()).isEqualTo("one");
    }
  }

  @Test
  @DisplayName("P2: a refusal turns the saga back, and what the participant wrote is taken back")
  void aRefusalTurnsTheSagaBack() {
    try (Concordat concordat = concordat(saga)) {
      SagaResult<Trip> result =
          concordat.start(saga, "one", Trip.of("ada").withAmount(500)).await(Fixture.PATIENCE);

      assertThat(result.status()).isEqualTo(Status.COMPENSATED);
      assertThat(result.reason()).contains("too much");
      assertThat(db.ledger()).isEmpty();
    }
  }

  @Test
  @DisplayName("P4: a command whose reply is lost is sent again, answered again and done once")
  void aCommandWhoseReplyIsLostIsSentAgain() {
    AtomicInteger replies = new AtomicInteger();
    loop.road =
        messages ->
            messages.get(0).topic().equals("replies") && replies.getAndIncrement() == 0
                ? List.of()
                : messages;
    try (Concordat concordat = concordat(hasty)) {
      SagaResult<Trip> result =
          concordat.start(hasty, "one", Trip.of("ada")).await(Fixture.PATIENCE);

      assertThat(result.status()).isEqualTo(Status.COMPLETED);
      assertThat(db.ledger()).isEqualTo("reserved,end hold-1");
      List<ReceivedMessage> commands = loop.topic("payments");
      assertThat(commands).hasSize(2);
      assertThat(commands.get(0).id()).isNotEqualTo(commands.get(1).id());
      assertThat(commands.get(0).headers().get(CommandHeaders.KEY))
          .isEqualTo(commands.get(1).headers().get(CommandHeaders.KEY));
    }
  }

  @Test
  @DisplayName("P4 P8: doubled commands and replies change nothing")
  void doubledMessagesChangeNothing() {
    loop.road = messages -> List.of(messages.get(0), messages.get(0));
    try (Concordat concordat = concordat(saga)) {
      concordat.start(saga, "one", Trip.of("ada")).await(Fixture.PATIENCE);

      assertThat(db.ledger()).isEqualTo("reserved,end hold-1");
    }
  }

  @Test
  @DisplayName("P2: commands that nobody answers are compensated, and a late one is turned down")
  void commandsThatNobodyAnswersAreCompensated() {
    List<ReceivedMessage> held = new java.util.concurrent.CopyOnWriteArrayList<>();
    loop.road =
        messages -> {
          if (messages.get(0).type().equals("ReserveFunds")) {
            held.addAll(messages);
            return List.of();
          }
          return messages;
        };
    try (Concordat concordat = concordat(hasty)) {
      SagaResult<Trip> result =
          concordat.start(hasty, "one", Trip.of("ada")).await(Fixture.PATIENCE);
      assertThat(result.status()).isEqualTo(Status.COMPENSATED);
      assertThat(held).hasSize(3);

      loop.topic("payments").addAll(held);
      String late = "SELECT count(*) FROM concordat.journal WHERE events LIKE '%ReplyUnawaited%'";
      db.await(late, "3");

      assertThat(db.ledger()).isEmpty();
      assertThat(concordat.operator().show("one").row().status()).isEqualTo(Status.COMPENSATED);
    }
  }

  @Test
  @DisplayName("P2: a cancel while the reply is awaited compensates at once")
  void aCancelWhileTheReplyIsAwaitedCompensatesAtOnce() {
    Saga<Trip> patient = reserve(Duration.ofDays(2)).build();
    loop.road = messages -> messages.get(0).type().equals("FundsReserved") ? List.of() : messages;
    try (Concordat concordat = concordat(patient)) {
      SagaHandle<Trip> handle = concordat.start(patient, "one", Trip.of("ada"));
      db.await("SELECT count(*) FROM ledger", "1");

      assertThat(handle.cancel("ada", "changed her mind").isDone()).isTrue();

      assertThat(handle.await(Fixture.PATIENCE).status()).isEqualTo(Status.COMPENSATED);
      assertThat(db.ledger()).isEqualTo("reserved,released");
    }
  }

  @Test
  @DisplayName("P2 P11: after the pivot a refusal waits for a person, who has it asked anew")
  void whatIsRefusedAfterThePivotIsAskedAnewWhenAPersonSaysRetry() {
    AtomicInteger asked = new AtomicInteger();
    Participant shop =
        Participant.named("shop")
            .on(
                "Ship",
                (tx, command) -> {
                  Fixture.note(tx, "shipped");
                  return asked.incrementAndGet() < 3
                      ? Reply.refused("NoVan", "the van is out")
                      : Reply.of("Shipped");
                });
    Saga<Trip> selling =
        Saga.named("sell", Trip.class)
            .localPivot("pay", (tx, trip) -> trip)
            .commandRetriable("ship", (trip, call) -> Command.to("shop", "Ship"))
            .retry(SOON)
            .build();
    try (Concordat concordat =
        db.concordat(selling)
            .relay(Relay.named("loop", loop).idle(Duration.ofMillis(2)))
            .repliesTo("replies", loop.source("replies"))
            .participant(shop, loop.source("shop"))
            .start()) {
      SagaHandle<Trip> handle = concordat.start(selling, "one", Trip.of("ada"));
      for (int refusals = 1; refusals <= 2; refusals++) {
        db.await("SELECT status FROM concordat.instance", "NEEDS_ATTENTION");
        assertThat(asked).hasValue(refusals);
        concordat.operator().retry("one", "ada", "the van is back");
      }

      assertThat(handle.await(Fixture.PATIENCE).status()).isEqualTo(Status.COMPLETED);
      assertThat(asked).hasValue(3);
      assertThat(db.ledger()).isEqualTo("shipped");
      assertThat(loop.topic("shop"))
          .extracting(message -> message.headers().getOrDefault(CommandHeaders.ANEW, "0"))
          .containsExactly("0", "1", "2");
    }
  }

  @Test
  void aReplyToNobodyIsDropped() {
    try (Concordat concordat = concordat(saga)) {
      db.sql("SELECT 1");
      loop.topic("replies")
          .add(
              new ReceivedMessage(
                  "m1",
                  "replies",
                  null,
                  "FundsReserved",
                  java.util.Map.of(CommandHeaders.SAGA, "none", CommandHeaders.STEP, "hold"),
                  dev.concordat.core.Bytes.EMPTY));

      db.await("SELECT count(*) FROM concordat.inbox", "1");
      assertThat(concordat.consuming().deadLetters("saga replies", 10)).isEmpty();
    }
  }

  @Test
  @DisplayName("P2: what is forgotten before a saga must have ended is refused")
  void aSagaMayNotTakeLongerThanItsStepsAreRemembered() {
    Saga<Trip> slow =
        Saga.named("slow", Trip.class)
            .command("hold", (trip, call) -> Command.to("payments", "ReserveFunds"))
            .compensateBy((trip, call) -> Command.to("payments", "ReleaseFunds"))
            .deadline(Duration.ofDays(20))
            .build();

    assertThatThrownBy(() -> db.concordat(slow).repliesTo("replies").start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("rememberMessages");
    db.concordat(slow).repliesTo("replies").rememberMessages(Duration.ofDays(30)).start().close();
  }

  @Test
  void aSagaWithCommandsNeedsATopicForReplies() {
    assertThatThrownBy(() -> db.concordat(saga).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("repliesTo");
  }
}
