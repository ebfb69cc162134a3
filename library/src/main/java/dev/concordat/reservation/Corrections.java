package dev.concordat.reservation;

import dev.concordat.core.Keys;
import dev.concordat.core.NotNowException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineStopped;
import dev.concordat.engine.Instance;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Evidence.Source;
import dev.concordat.runner.Starts;
import dev.concordat.store.Holds;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Starts the instances that correct what has ended, and lets them tell that they have. */
final class Corrections {

  private Corrections() {}

  /** What a correction is called: the same for the same evidence, so that there is one. */
  static String id(String of, ReservationEvent.LateFound late) {
    Evidence evidence = late.evidence();
    String tail =
        "~late-"
            + Keys.shortHash(
                of
                    + "\0"
                    + late.correction().reason()
                    + "\0"
                    + evidence.source()
                    + "\0"
                    + evidence.event());
    int most = Starts.MAX_ID - tail.length();
    int end = Math.min(of.length(), most);
    end = end < of.length() && Character.isHighSurrogate(of.charAt(end - 1)) ? end - 1 : end;
    return of.substring(0, end) + tail;
  }

  static <S> List<ReservationAction> start(
      ReservationRunner<S> runner,
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> of,
      ReservationAction action) {
    ReservationState state = of.state();
    ReservationEvent.LateFound late = state.late.get(action.number() - 1);
    String id = id(of.id(), late);
    Engine engine = of.engine();
    ReservationEvent.ReservationCorrectionStarted started =
        new ReservationEvent.ReservationCorrectionStarted(
            state.data(),
            of.id(),
            LocalWork.key(of.uid()),
            late.amount(),
            late.correction(),
            late.evidence(),
            engine.now(),
            state.trace);
    Starts.Wanted<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction>
        wanted =
            new Starts.Wanted<>(
                runner,
                id,
                Reservations.KIND,
                Keys.inputHash(runner.name(), id),
                Map.of(),
                OptionalLong.of(of.no()),
                new ReservationStimulus.BeginCorrection(engine.now(), started));
    long no = engine.certain(() -> written(engine, wanted, started, runner.provider()));
    engine.wakeFor(no);
    return of.deliver(new ReservationStimulus.Passed(engine.now(), action, id));
  }

  /** The instance and what it is found by, in one transaction. */
  private static long written(
      Engine engine,
      Starts.Wanted<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction>
          wanted,
      ReservationEvent.ReservationCorrectionStarted started,
      String provider) {
    try {
      return engine
          .store()
          .transactions()
          .run(
              wanted.id(),
              tx -> {
                long no = new Starts(engine).start(tx, wanted);
                Money amount = started.amount();
                String key = ProviderCalling.refundKey(started, wanted.id());
                engine
                    .store()
                    .holds()
                    .enter(
                        tx, new Holds.Hold(no, provider, key, amount.minor(), amount.currency()));
                return no;
              });
    } catch (EngineStopped e) {
      throw e;
    } catch (Exception e) {
      throw again(e);
    }
  }

  private static RuntimeException again(Exception e) {
    return e instanceof dev.concordat.core.ConcordatException known
        ? known
        : new NotNowException("the correction is not started yet", e);
  }

  /** Tells the corrected reservation of the refund: with that the money is where it belongs. */
  static List<ReservationAction> tell(
      Instance<ReservationState, ReservationStimulus, ReservationEvent, ReservationAction> instance,
      ReservationAction action) {
    Engine engine = instance.engine();
    ReservationEvent.ReservationCorrectionStarted started =
        Objects.requireNonNull(instance.state().correction);
    Evidence refund = instance.state().findings.strongest(Finding.REVERSED);
    String body = ReservationJournal.evidence(told(instance, refund));
    engine
        .certain(() -> engine.store().mailbox().post(started.of(), EvidenceLetter.EVIDENCE, body))
        .ifPresent(posted -> engine.wakeFor(posted.no()));
    return instance.deliver(new ReservationStimulus.Passed(engine.now(), action, started.of()));
  }

  private static Evidence told(Instance<?, ?, ?, ?> instance, @Nullable Evidence refund) {
    return new Evidence(
        Source.ANSWER,
        Finding.REVERSED,
        refund == null ? null : refund.amount(),
        refund == null ? null : refund.reference(),
        "refunded by " + instance.id(),
        instance.engine().now(),
        "refunded by '" + instance.id() + "'");
  }
}
