package dev.concordat;

import static dev.concordat.Fixture.PATIENCE;
import static dev.concordat.Fixture.noting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.Fixture.Trip;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.core.Status;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.SagaResult;
import dev.concordat.saga.Story;
import dev.concordat.saga.Verdict;
import dev.concordat.store.Query;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: bad input gets a clear error or a visible waiting state, and nothing is lost (P2, P11).
 * Method: each kind of bad input against a real PostgreSQL.
 */
class BadInputTest {

  private final Fixture db = Fixture.open();

  @AfterEach
  void close() {
    db.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "日本-4711",
        "naïve \"quoted\" \\ back",
        "שלום",
        "🚚🚚",
        "a'); DROP TABLE x;--",
        " "
      })
  void anyUnicodeIsAnId(String id) {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    try (Concordat concordat = db.concordat(saga).start()) {
      assertThat(concordat.run(saga, id, Trip.of(id), PATIENCE).status())
          .isEqualTo(Status.COMPLETED);
      assertThat(concordat.operator().show(id).row().id()).isEqualTo(id);
    }
  }

  @Test
  void anIdThatCannotBeStoredIsRefused() {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    try (Concordat concordat = db.concordat(saga).start()) {
      for (String id : List.of("", "a\0b", "half \ud83d", "x".repeat(201))) {
        assertThatThrownBy(() -> concordat.start(saga, id, Trip.of("t")))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("Nothing was started");
      }
    }
  }

  @Test
  void anUnknownIdASagaNotRegisteredAndASecondSagaOfOneNameAreRefused() {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    Saga<Trip> stranger = noting(Saga.named("stranger", Trip.class), "a").build();
    Saga<Trip> twin = noting(Saga.named("s", Trip.class), "b").build();
    try (Concordat concordat = db.concordat(saga).start()) {
      assertThatThrownBy(() -> concordat.find(saga, "nobody"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("nobody");
      assertThatThrownBy(() -> concordat.operator().retry("nobody", "ann", null))
          .isInstanceOf(RefusedException.class);
      assertThatThrownBy(() -> concordat.start(stranger, "t1", Trip.of("t")))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("not registered");
    }
    assertThatThrownBy(() -> db.concordat(saga, twin).start())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("s@1");
  }

  @Test
  void aNulInTheStateIsKept() {
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .local("a", (tx, trip) -> trip.withNote(trip.note() + "!"))
            .noCompensation("it changes nothing")
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      SagaResult<Trip> result =
          concordat.run(saga, "t1", Trip.of("t").withNote("a\0b\ud83d\ude9a"), PATIENCE);

      assertThat(result.state().note()).isEqualTo("a\0b\ud83d\ude9a!");
      assertThat(concordat.find(saga, "t1").now().state().note()).isEqualTo("a\0b\ud83d\ude9a!");
    }
  }

  @Test
  void aStateThatIsTooLargeIsRefusedAtTheStartAndWaitsForAPersonLater() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .step("grow", (trip, call) -> trip.withNote("x".repeat(5000)))
            .compensate((trip, call) -> {})
            .build();
    try (Concordat concordat = db.concordat(saga).maxStateLength(1000).start()) {
      Trip large = Trip.of("t").withNote("x".repeat(5000));
      assertThatThrownBy(() -> concordat.start(saga, "large", large))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("limit");

      SagaResult<Trip> result = concordat.run(saga, "t1", Trip.of("t"), PATIENCE);

      assertThat(result.status()).isEqualTo(Status.NEEDS_ATTENTION);
      assertThat(result.reason().orElse("")).contains("limit");
      assertThat(concordat.operator().supply("t1", "ann", "cut", "{\"note\":\"short\"}").isDone())
          .isTrue();
      assertThat(concordat.find(saga, "t1").await(PATIENCE).state().note()).isEqualTo("short");
    }
  }

  record Renamed(int[] name) {}

  @Test
  void aStateThatNoLongerDecodesWaitsAndIsLeftAsItIs() {
    Saga<Trip> before =
        noting(Saga.named("s", Trip.class).awaitSignal("go", String.class, (t, who) -> t), "a")
            .build();
    Saga<Renamed> after =
        Saga.named("s", Renamed.class)
            .awaitSignal("go", String.class, (t, who) -> t)
            .local("a", (tx, t) -> t)
            .noCompensation("nothing")
            .build();
    try (Concordat concordat = db.concordat(before).start()) {
      concordat.start(before, "t1", Trip.of("t"));
      db.await("SELECT owner IS NULL FROM concordat.instance", "t");
    }
    try (Concordat concordat = db.concordat(after).start()) {
      concordat.find(after, "t1").signal("go", "x");
      db.await("SELECT status FROM concordat.instance", "NEEDS_ATTENTION");
    }
    try (Concordat concordat = db.concordat(before).start()) {
      concordat.operator().retry("t1", "ann", "the old program is back");
      assertThat(concordat.find(before, "t1").await(PATIENCE).status()).isEqualTo(Status.COMPLETED);
      assertThat(db.ledger()).isEqualTo("a");
    }
  }

  @Test
  void instancesOfADefinitionThatNoWorkerHasWaitAndShowSaysSo() {
    Saga<Trip> one = noting(Saga.named("one", Trip.class), "a").build();
    Saga<Trip> two = noting(Saga.named("two", Trip.class), "b").build();
    try (Concordat worker = db.concordat(two).start();
        Concordat client = db.concordat(one).client()) {
      client.start(one, "t1", Trip.of("t"));
      worker.run(two, "t2", Trip.of("t"), PATIENCE);

      Story story = worker.operator().show("t1");
      assertThat(story.row().status()).isEqualTo(Status.PENDING);
      assertThat(story.next()).contains("no running worker has the definition one@1");
      Verdict verdict = client.operator().waiting(Duration.ofMillis(50)).cancel("t1", "ann", "x");
      assertThat(verdict.outcome()).isEqualTo(Verdict.Kind.PENDING);
    }
    try (Concordat worker = db.concordat(one).start()) {
      assertThat(worker.find(one, "t1").await(PATIENCE).status().isFinal()).isTrue();
    }
  }

  @Test
  void aListenerThatThrowsChangesNothing() {
    Saga<Trip> saga = noting(Saga.named("s", Trip.class), "a").build();
    SagaListener broken =
        new SagaListener() {
          @Override
          public void attemptStarts(Moment of, String step, int attempt, boolean compensating) {
            throw new IllegalStateException("broken listener");
          }

          @Override
          public void recorded(Moment of, List<dev.concordat.saga.SagaEvent> events) {
            throw new IllegalStateException("broken listener");
          }
        };
    try (Concordat concordat = db.concordat(saga).listener(broken).start()) {
      assertThat(concordat.run(saga, "t1", Trip.of("t"), PATIENCE).status())
          .isEqualTo(Status.COMPLETED);
    }
  }

  @Test
  void aStepThatEndsTheTransactionItselfWaitsForAPersonAndNothingIsCommitted() {
    Saga<Trip> saga =
        Saga.named("s", Trip.class)
            .local(
                "a",
                (tx, trip) -> {
                  Fixture.note(tx, "a");
                  tx.commit();
                  return trip;
                })
            .noCompensation("it is a note")
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      SagaResult<Trip> result = concordat.run(saga, "t1", Trip.of("t"), PATIENCE);

      assertThat(result.status()).isEqualTo(Status.NEEDS_ATTENTION);
      assertThat(result.reason().orElse("")).contains("commit()");
      assertThat(db.ledger()).isEmpty();
    }
  }

  /** Not JSON, so it must be kept sealed in the journal. */
  static final class Sealing implements StateCodec {
    private final JsonCodec json = new JsonCodec();

    @Override
    public String encode(Object state) {
      byte[] bytes = json.encode(state).getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public <T> T decode(String text, Class<T> type) {
      return json.decode(
          new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8), type);
    }
  }

  @Test
  void aCodecThatSealsStatesKeepsThemOutOfTheDatabase() {
    Saga<Trip> saga =
        noting(Saga.named("s", Trip.class), "a")
            .awaitSignal("go", String.class, (trip, who) -> trip.withNote(who))
            .build();
    try (Concordat concordat = db.concordat(saga).codec(new Sealing()).start()) {
      var handle = concordat.start(saga, "t1", Trip.of("secret-name"));
      handle.signal("go", "secret-signal");
      assertThat(handle.await(PATIENCE).state().note()).isEqualTo("secret-signal");
      assertThat(db.text("SELECT string_agg(events, '') FROM concordat.journal"))
          .doesNotContain("secret");
      assertThat(db.text("SELECT string_agg(body, '') FROM concordat.letter"))
          .doesNotContain("secret");
    }
  }

  @Test
  void isFoundByItsAttributes() {
    Saga<Trip> saga =
        noting(
                Saga.named("s", Trip.class)
                    .attribute("customer", Trip::name)
                    .attribute("none", trip -> null),
                "a")
            .build();
    try (Concordat concordat = db.concordat(saga).start()) {
      concordat.start(saga, "1", Trip.of("ann")).await(PATIENCE);
      concordat.start(saga, "2", Trip.of("bob")).await(PATIENCE);
      Query all = Query.newest(10);
      Query query =
          new Query(
              all.status(),
              all.definition(),
              all.createdBefore(),
              Map.of("customer", "bob"),
              all.before(),
              all.parent(),
              10);

      assertThat(concordat.operator().list(query)).extracting("id").containsExactly("2");
    }
  }
}
