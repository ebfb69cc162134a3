package dev.concordat.reservation;

import dev.concordat.core.Keys;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.Payload;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.runner.Causes;
import dev.concordat.runner.Endings;
import dev.concordat.runner.Starts;
import dev.concordat.store.Holds;
import dev.concordat.store.Mailbox;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The reservations of one Concordat: starts and finds them, and takes evidence about them. */
public final class Reservations {

  static final String KIND = "reservation";

  private static final int PAGE = 500;
  private static final int MAX_TEXT = 2000;

  private final Map<String, ReservationRunner<?>> runners = new LinkedHashMap<>();
  private @Nullable Engine engine;

  /**
   * The given reservations.
   *
   * @param codec for states whose reservation names no other
   * @param maxStateLength the most characters an encoded state may have
   * @param limits how many calls to a provider may run at once, by its name
   */
  public Reservations(
      List<Reservation<?>> reservations,
      StateCodec codec,
      int maxStateLength,
      Map<String, Integer> limits) {
    Providers providers = new Providers(reservations, limits);
    for (Reservation<?> each : reservations) {
      ReservationRunner<?> runner = new ReservationRunner<>(each, codec, maxStateLength, providers);
      if (runners.put(each.toString(), runner) != null) {
        throw new RefusedException(
            "two reservations are "
                + each
                + "; give one another name or version, since the journal tells them apart by"
                + " these");
      }
    }
  }

  /** What the engine drives. */
  @SuppressWarnings("exports")
  public List<? extends Script<?, ?, ?, ?>> scripts() {
    return List.copyOf(runners.values());
  }

  /** Called once, before anything else. */
  @SuppressWarnings("exports")
  public void drivenBy(Engine driver) {
    this.engine = driver;
  }

  Engine engine() {
    Engine driver = engine;
    if (driver == null) {
      throw new IllegalStateException("no engine yet");
    }
    return driver;
  }

  private Starts starts() {
    return new Starts(engine());
  }

  /** See {@code Concordat.start}. */
  public <S> ReservationHandle<S> start(
      Reservation<S> reservation, String id, S state, @Nullable String trace) {
    ReservationRunner<S> runner = runner(reservation);
    long no = starts().start(wanted(runner, id, state, trace));
    return new ReservationHandle<>(this, runner, no, id);
  }

  /** See {@code Concordat.start} with a connection. */
  public <S> ReservationHandle<S> start(
      Connection connection,
      Reservation<S> reservation,
      String id,
      S state,
      @Nullable String trace) {
    ReservationRunner<S> runner = runner(reservation);
    long no = starts().start(connection, wanted(runner, id, state, trace));
    return new ReservationHandle<>(this, runner, no, id);
  }

  /** See {@code Concordat.run}. */
  public <S> ReservationResult<S> run(
      Reservation<S> reservation, String id, S state, Duration patience) {
    ReservationRunner<S> runner = runner(reservation);
    Starts.Started<ReservationState> started = starts().run(wanted(runner, id, state, null));
    return started
        .end()
        .map(end -> result(runner, id, end))
        .orElseGet(() -> new ReservationHandle<>(this, runner, started.no(), id).await(patience));
  }

  private <S>
      Starts.Wanted<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction>
          wanted(ReservationRunner<S> runner, String id, S state, @Nullable String trace) {
    starts().requireId(id, state);
    try {
      Payload input = runner.states().encodeForGood(state);
      return new Starts.Wanted<>(
          runner,
          id,
          KIND,
          Keys.inputHash(runner.name(), runner.states().fingerprint(state)),
          runner.reservation().attributesOf(state),
          OptionalLong.empty(),
          new ReservationStimulus.Begin(engine().now(), input, trace));
    } catch (RefusedException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new RefusedException(
          "'"
              + id
              + "' was not started, because its state cannot be stored and read back, or its"
              + " search attributes cannot be made: "
              + Causes.message(e),
          e);
    }
  }

  /** A handle on an instance, which may run anywhere. */
  public <S> ReservationHandle<S> find(Reservation<S> reservation, String id) {
    ReservationRunner<S> runner = runner(reservation);
    return new ReservationHandle<>(this, runner, starts().find(id, KIND, runner), id);
  }

  @SuppressWarnings("unchecked") // The runner under a label was made of that very reservation.
  private <S> ReservationRunner<S> runner(Reservation<S> reservation) {
    ReservationRunner<?> runner = runners.get(reservation.toString());
    if (runner == null || runner.reservation() != reservation) {
      throw new RefusedException(
          "reservation "
              + reservation
              + (runner == null
                  ? " is not registered with this Concordat; add it with .reservations(…) where it"
                      + " is built"
                  : " is not the object that is registered under its name; build it once, and use"
                      + " that one")
              + ". Nothing was done.");
    }
    return (ReservationRunner<S>) runner;
  }

  static <S> ReservationResult<S> result(
      ReservationRunner<S> runner, String id, ReservationState state) {
    ReservationEvent.AttentionNeeded attention = state.attention;
    ReservationEvent.Halted halted = state.halted;
    String reason =
        attention != null ? attention.reason() : halted != null ? halted.reason() : null;
    return new ReservationResult<>(
        id,
        state.status(),
        end(state.phase),
        runner.states().decode(state.data()),
        Optional.ofNullable(attention == null ? null : attention.broken()),
        Optional.ofNullable(reason),
        state.findings.all());
  }

  private static ReservationResult.End end(ReservationState.Phase phase) {
    return switch (phase) {
      case CONFIRMED -> ReservationResult.End.CONFIRMED;
      case RELEASED -> ReservationResult.End.RELEASED;
      case NEVER_HELD -> ReservationResult.End.NEVER_HELD;
      case CORRECTED -> ReservationResult.End.CORRECTED;
      case SET_ASIDE -> ReservationResult.End.SET_ASIDE;
      default -> ReservationResult.End.OPEN;
    };
  }

  /**
   * Takes evidence about a call. Needs no definitions, so it may be called where callbacks come in
   * or files are read.
   *
   * <p><b>Durable when it returns.</b> A reservation that has ended takes it too: if it contradicts
   * how that ended, a correction is started. The same piece twice, by its source and event, counts
   * once; so it may be repeated whenever in doubt.
   *
   * @param provider the outside system's name
   * @param key the idempotency key of the call or refund that it is about
   * @throws RefusedException if it is too long; nothing was kept
   * @throws OutcomeUnknownException if the answer was lost; say it again
   */
  public EvidenceTaken evidence(String provider, String key, Evidence evidence) {
    String body = body(evidence);
    Holds holds = engine().store().holds();
    Optional<String> owner = engine().soon(() -> holds.owner(provider, key));
    Optional<Mailbox.Posted> posted =
        owner.flatMap(id -> engine().store().mailbox().post(id, EvidenceLetter.EVIDENCE, body));
    if (owner.isPresent() && posted.isPresent()) {
      engine().wakeFor(posted.get().no());
      return new EvidenceTaken.Posted(owner.get());
    }
    Holds.Stray stray =
        new Holds.Stray(
            0,
            provider,
            key,
            evidence.source().name(),
            evidence.event(),
            body,
            engine().now(),
            null);
    return new EvidenceTaken.Stray(holds.keep(stray));
  }

  private static String body(Evidence evidence) {
    String reference = evidence.reference() == null ? "" : evidence.reference();
    String all = evidence.event() + reference + evidence.detail();
    if (all.length() > MAX_TEXT || all.indexOf('\0') >= 0) {
      throw new RefusedException(
          "evidence has at most "
              + MAX_TEXT
              + " characters in its event, reference and detail together, none of them NUL; this"
              + " one has "
              + all.length()
              + ". Nothing was kept.");
    }
    return ReservationJournal.evidence(evidence);
  }

  /** What is unresolved. */
  public ReservationReport report() {
    return new ReservationReport(engine(), null);
  }

  /** What is unresolved at that provider. */
  public ReservationReport report(String provider) {
    return new ReservationReport(engine(), provider);
  }

  /**
   * Has every unresolved reservation asked now how it stands, as fast as the providers' limits
   * allow; workers that have the definitions do it. Those that wait for a person, or have ended and
   * have only to hear what was said since, are not asked about. <b>Durable when it returns.</b>
   *
   * @param provider only those of that one, unless null
   * @return how many
   */
  public long checkNow(@Nullable String provider) {
    Holds holds = engine().store().holds();
    long asked = 0;
    long after = Long.MIN_VALUE;
    List<Holds.Unsettled> page;
    do {
      long from = after;
      page = engine().soon(() -> holds.unsettled(provider, from, PAGE));
      asked += post(page);
      after = page.isEmpty() ? after : page.get(page.size() - 1).hold().instance();
      engine().wakeAll();
    } while (page.size() == PAGE);
    return asked;
  }

  /** In one transaction; asked twice, it asks the provider twice, which does no harm. */
  private int post(List<Holds.Unsettled> unsettled) {
    List<Holds.Unsettled> page =
        unsettled.stream().filter(row -> !Endings.rests(row.status())).toList();
    if (page.isEmpty()) {
      return 0;
    }
    try {
      return engine()
          .store()
          .transactions()
          .run(
              "check",
              tx -> {
                for (Holds.Unsettled row : page) {
                  engine().store().mailbox().postWithin(tx, row.id(), EvidenceLetter.CHECK, "{}");
                }
                return page.size();
              });
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new OutcomeUnknownException("check", "asking for a check failed; ask again", e);
    }
  }

  /**
   * Acknowledges evidence without an intent. <b>Durable when it returns.</b>
   *
   * @param no its number, as the report has it
   * @throws RefusedException if there is none of that number that waits, or there is no reason
   */
  public void acknowledge(long no, String by, String reason) {
    if (reason.isBlank()) {
      throw new RefusedException("acknowledging needs a reason, which is kept; nothing was done");
    }
    String text = by + ": " + reason;
    if (!engine().soon(() -> engine().store().holds().acknowledge(no, text))) {
      throw new RefusedException(
          "there is no evidence without an intent of number "
              + no
              + " that waits; nothing was done");
    }
  }
}
