package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.reservation.Evidence.Finding;
import dev.concordat.reservation.Explorer.Found;
import dev.concordat.reservation.ReservationStimulus.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: the search is able to find bugs. Method: mistakes that are made in practice are planted in
 * front of the machine, and each must break a law.
 */
class PlantedBugsTest {

  /** A mistake: what the machine is told instead. */
  enum Bug {
    /** A timeout counts as "nothing happened". */
    TIMEOUT_IS_FAILURE {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return said instanceof ReservationStimulus.Failed f
                && f.failure().kind() == FailureKind.UNKNOWN
            ? new ReservationStimulus.Failed(
                f.now(),
                f.action(),
                new ReservationStimulus.Failure(FailureKind.TRANSIENT, true, "timeout", null),
                f.random())
            : said;
      }
    },
    /** "Not found" counts as "refused". */
    NOT_FOUND_IS_REFUSED {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return evidence(said, e -> e.finding() == Finding.NOT_FOUND ? as(e, Finding.REFUSED) : e);
      }
    },
    /** Amounts are not looked at. */
    NO_AMOUNTS {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return evidence(said, PlantedBugsTest::withoutAmount);
      }
    },
    /** How much of it was taken back is not looked at. */
    NO_AMOUNTS_OF_REVERSALS {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return evidence(said, e -> e.finding() == Finding.REVERSED ? withoutAmount(e) : e);
      }
    },
    /** Who takes a refund over does not know that it may have been sent. */
    NO_INTENT_OF_REFUNDS {
      @Override
      ReservationDecision decide(
          ReservationPlan plan, ReservationState state, ReservationStimulus said) {
        ReservationState read = state.doing(state.doing);
        read.refundAt = said instanceof ReservationStimulus.Opened ? null : read.refundAt;
        return ReservationMachine.decide(plan, read, said);
      }
    },
    /** A call is over once its worker is thought dead. */
    LOST_CALLS_ARE_OVER {
      @Override
      ReservationDecision decide(
          ReservationPlan plan, ReservationState state, ReservationStimulus said) {
        ReservationState read = state.doing(state.doing);
        ReservationEvent.CallStarted call = read.call;
        if (said instanceof ReservationStimulus.Opened && call != null) {
          read.call =
              new ReservationEvent.CallStarted(
                  call.attempt(), call.key(), call.requestHash(), call.at(), said.now());
        }
        return ReservationMachine.decide(plan, read, said);
      }
    },
    /** Under way counts as done. */
    PENDING_IS_DONE {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return evidence(said, e -> e.finding() == Finding.PENDING ? as(e, Finding.DONE) : e);
      }
    },
    /** A worker that dies during a call has not made it. */
    LOST_CALLS_NEVER_HAPPENED {
      @Override
      ReservationDecision decide(
          ReservationPlan plan, ReservationState state, ReservationStimulus said) {
        ReservationState read =
            said instanceof ReservationStimulus.Opened
                    && state.phase == ReservationState.Phase.CALLING
                ? state.apply(
                    new ReservationEvent.CallFailed(
                        state.attempt(),
                        FailureKind.TRANSIENT,
                        false,
                        true,
                        "lost",
                        said.now(),
                        null,
                        null))
                : state;
        return ReservationMachine.decide(plan, read, said);
      }
    },
    /** Who has ended hears nothing more. */
    DEAF_AT_THE_END {
      @Override
      ReservationDecision decide(
          ReservationPlan plan, ReservationState state, ReservationStimulus said) {
        ReservationStimulus heard =
            state.isFinal() && said instanceof ReservationStimulus.Letter letter
                ? new ReservationStimulus.Letter(
                    letter.now(), letter.letter(), new Request.Unreadable("EVIDENCE", "too late"))
                : said;
        return ReservationMachine.decide(plan, state, heard);
      }
    },
    /** Nobody waits until requests that are under way have arrived. */
    NO_QUIESCENCE {
      @Override
      ReservationPlan plan(ReservationPlan p) {
        return new ReservationPlan(
            p.name(),
            p.version(),
            p.provider(),
            p.retry(),
            p.ask(),
            p.local(),
            p.keyLifetime(),
            Duration.ZERO,
            p.callTimeout(),
            p.deadline(),
            p.can());
      }
    },
    /** Calls are repeated for as long as attempts are left, whatever the provider remembers. */
    KEYS_LIVE_FOR_EVER {
      @Override
      ReservationPlan plan(ReservationPlan p) {
        return new ReservationPlan(
            p.name(),
            p.version(),
            p.provider(),
            p.retry().attempts(5),
            p.ask(),
            p.local(),
            Optional.empty(),
            p.quiescence(),
            p.callTimeout(),
            p.deadline(),
            p.can());
      }
    },
    /** The void's answer is thrown away, and what was said before is believed. */
    VOID_IS_NO_EVIDENCE {
      @Override
      ReservationStimulus told(ReservationStimulus said) {
        return said instanceof ReservationStimulus.Answered a
                && a.action().task() == ReservationTask.VOID
            ? evidence(said, e -> as(e, Finding.DONE))
            : said;
      }
    };

    ReservationStimulus told(ReservationStimulus said) {
      return said;
    }

    ReservationPlan plan(ReservationPlan plan) {
      return plan;
    }

    ReservationDecision decide(
        ReservationPlan plan, ReservationState state, ReservationStimulus said) {
      return ReservationMachine.decide(plan(plan), state, told(said));
    }
  }

  private static ReservationStimulus evidence(
      ReservationStimulus said, UnaryOperator<Evidence> changed) {
    return switch (said) {
      case ReservationStimulus.Answered a ->
          new ReservationStimulus.Answered(
              a.now(), a.action(), a.askedAt(), of(a.evidence(), changed), a.detail(), a.random());
      case ReservationStimulus.Letter letter when letter.request() instanceof Request.Says says ->
          new ReservationStimulus.Letter(
              letter.now(), letter.letter(), new Request.Says(changed.apply(says.evidence())));
      default -> said;
    };
  }

  private static @Nullable Evidence of(
      @Nullable Evidence evidence, UnaryOperator<Evidence> changed) {
    return evidence == null ? null : changed.apply(evidence);
  }

  private static Evidence as(Evidence e, Finding finding) {
    return new Evidence(
        e.source(), finding, e.amount(), e.reference(), e.event(), e.at(), e.detail());
  }

  private static Evidence withoutAmount(Evidence e) {
    return new Evidence(
        e.source(), e.finding(), null, e.reference(), e.event(), e.at(), e.detail());
  }

  @ParameterizedTest
  @EnumSource
  void everyPlantedBugBreaksALaw(Bug bug) {
    Stream<Sketch> sketches = Sketch.all().stream();
    List<Found> broken =
        sketches
            .map(sketch -> new Explorer(sketch, bug::decide, 600_000).search())
            .filter(found -> !found.isSound())
            .limit(1)
            .toList();

    broken.forEach(found -> System.out.println(bug + "\n" + found));
    assertThat(broken).as("the search finds %s", bug).isNotEmpty();
  }
}
