package dev.concordat.examples;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.examples.hold.HoldService;
import dev.concordat.examples.hold.Holding;
import dev.concordat.examples.hold.Holds;
import dev.concordat.examples.outside.OutsideClient;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.reservation.Money;
import dev.concordat.reservation.ProviderAnswer;
import dev.concordat.reservation.ProviderCall;
import dev.concordat.reservation.Reservation;
import dev.concordat.reservation.ReservationBuilder;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.resilience4j.Resilience4jGuard;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Something is held here while an outside system is asked to do its part; then it is confirmed or
 * released. What the three of them have in common.
 */
abstract class OutsideScenario implements HoldScenario {

  private static final String HOLD = "hold";
  private static final String CONFIRM = "confirm";
  private static final String RELEASE = "release";
  private static final RetryPolicy AGAIN =
      RetryPolicy.exponential(Duration.ofMillis(200)).upTo(Duration.ofSeconds(1)).attempts(3);
  private static final RetryPolicy ASK =
      RetryPolicy.exponential(Duration.ofMillis(200)).upTo(Duration.ofSeconds(1)).unlimited();

  private final String name;
  private final String sentence;
  private final String call;
  private final OutsideSystem system;

  OutsideScenario(String name, String sentence, String call, OutsideSystem system) {
    this.name = name;
    this.sentence = sentence;
    this.call = call;
    this.system = system;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String pattern() {
    return "reserve/confirm";
  }

  @Override
  public final String sentence() {
    return sentence;
  }

  /** A confirmation is not refused: what holds is for is that it can be confirmed. */
  @Override
  public final List<String> steps() {
    return List.of(HOLD, call);
  }

  @Override
  public final List<String> services() {
    return List.of();
  }

  @Override
  public final Optional<OutsideSystem> outside() {
    return Optional.of(system);
  }

  @Override
  public final String tables() {
    return Holds.TABLES;
  }

  @Override
  public final List<String> moments() {
    return List.of(HOLD, call, CONFIRM, RELEASE);
  }

  @Override
  public final List<String> backward() {
    return List.of(RELEASE);
  }

  @Override
  public final List<Law> always() {
    return HoldLaws.always(HOME);
  }

  /** The outside system's keys are asked for where Concordat keeps them. */
  @Override
  public final List<Law> laws() {
    String there = system.word();
    String moved = "SELECT key, sum(amount) FROM movement GROUP BY key HAVING sum(amount) <> 0";
    String confirmed =
        "SELECT o.key, h.amount FROM hold h JOIN concordat.instance i ON i.id = h.id"
            + " JOIN concordat.hold o ON o.instance = i.no"
            + " WHERE h.status = 'CONFIRMED'";
    List<Law> laws = new ArrayList<>(always());
    laws.add(HoldLaws.nothingHeld(HOME));
    laws.add(
        Law.same(
            "what moved outside is what was confirmed here, and nothing else",
            new Law.Query(there, moved),
            new Law.Query(HOME, confirmed)));
    laws.add(
        Law.none(
            "nothing is done twice outside",
            there,
            "SELECT key, count(*), 'times' FROM movement WHERE amount > 0"
                + " GROUP BY key HAVING count(*) > 1"));
    laws.add(
        Law.none(
            "nothing is taken back twice outside",
            there,
            "SELECT key, sum(amount) FROM movement GROUP BY key HAVING sum(amount) < 0"));
    laws.add(
        new Law(
            "everything that was done outside has an intent here",
            evidence -> {
              List<String> keys =
                  new ArrayList<>(evidence.rows(there, "SELECT DISTINCT key FROM movement"));
              keys.removeAll(evidence.rows(HOME, "SELECT key FROM concordat.hold"));
              return keys;
            }));
    laws.addAll(own());
    return List.copyOf(laws);
  }

  /** What must hold besides. */
  List<Law> own() {
    return List.of();
  }

  /** What the outside system can do besides acting and telling how it stands. */
  abstract ReservationBuilder<Holding> abilities(
      ReservationBuilder<Holding> builder, OutsideClient outside);

  /** How much the instance of that number is about. */
  abstract long amount(long number);

  @Override
  public final Work work(Around around) {
    OutsideClient outside = new OutsideClient(around.address(system.word()));
    ReservationBuilder<Holding> builder =
        Reservation.named(name, Holding.class)
            .provider(system.word())
            .amount(what -> new Money(what.amount(), what.currency()))
            .hold((tx, what) -> held(tx, what, around))
            .call((what, asked) -> called(outside, what, asked, around))
            .status((what, asked) -> outside.status(asked))
            .confirm((tx, what, evidence) -> confirmed(tx, what, around))
            .release((tx, what) -> released(tx, what, around))
            .reverse((tx, what, evidence) -> reversed(tx, what))
            .retry(AGAIN)
            .ask(ASK)
            .asksAtOnce(16)
            .quiescence(quiescence())
            .callTimeout(OutsideClient.TIMEOUT)
            .guard(Resilience4jGuard.of(system.word()));
    return new Reservations(this, abilities(builder, outside).build());
  }

  /** For how long "not found" says nothing. */
  Duration quiescence() {
    return Duration.ofSeconds(3);
  }

  private static Holding held(Connection tx, Holding what, Around around) throws SQLException {
    if (around.refused().equals(HOLD)) {
      throw new RefusedException("'" + HOLD + "' was told to refuse");
    }
    Holds.hold(tx, what);
    around.standing().at(HOLD, what.id());
    return what;
  }

  /** Whether it answers or not: it may have acted, and nothing of it is recorded here. */
  private ProviderAnswer called(
      OutsideClient outside, Holding what, ProviderCall asked, Around around) throws Exception {
    try {
      return outside.act(what.target(), asked);
    } finally {
      around.standing().at(call, what.id());
    }
  }

  private static Holding confirmed(Connection tx, Holding what, Around around) throws SQLException {
    Holds.confirm(tx, what.id());
    around.standing().at(CONFIRM, what.id());
    return what;
  }

  private static Holding released(Connection tx, Holding what, Around around) throws SQLException {
    Holds.release(tx, what.id());
    around.standing().at(RELEASE, what.id());
    return what;
  }

  private static Holding reversed(Connection tx, Holding what) throws SQLException {
    Holds.reverse(tx, what.id());
    return what;
  }

  private record Reservations(OutsideScenario scenario, Reservation<Holding> reservation)
      implements Work {

    @Override
    public ConcordatBuilder declare(ConcordatBuilder builder) {
      return builder.reservations(reservation);
    }

    @Override
    public void run(
        Concordat concordat, String id, long number, boolean unlucky, Duration patience) {
      Holding what =
          new Holding(
              id,
              "account-" + number % 97,
              scenario.amount(number),
              scenario.system.currency(),
              unlucky ? HoldService.TARGET_CLOSED : "somebody");
      var unused = concordat.start(reservation, id, what).await(patience);
    }

    @Override
    public void calledBack(Concordat concordat, String signature, byte[] body) {
      OutsideClient.Callback said = OutsideClient.Callback.read(signature, body, Instant.now());
      var unused =
          concordat.reservations().evidence(scenario.system.word(), said.key(), said.evidence());
    }
  }

  @Override
  public final Told told(Concordat concordat, String id) {
    ReservationStory story = concordat.reservationStory(id).orElseThrow();
    return new Told(
        id, story.row().status(), story.moments().stream().map(OutsideScenario::told).toList());
  }

  private static Told.Moment told(ReservationStory.Moment moment) {
    Told.Mark mark =
        switch (moment.type()) {
          case "Held", "Confirmed", "CallAnswered" -> Told.Mark.DONE;
          case "Released", "Reversed", "Refunded" -> Told.Mark.COMPENSATED;
          case "HoldRefused", "CallFailed", "CallLost", "AttentionNeeded" -> Told.Mark.BAD;
          default -> Told.Mark.NOTE;
        };
    return new Told.Moment(moment.type(), moment.step(), moment.at(), moment.text(), mark);
  }
}
