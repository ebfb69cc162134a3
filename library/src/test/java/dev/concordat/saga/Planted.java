package dev.concordat.saga;

import dev.concordat.core.FailureKind;
import dev.concordat.saga.SagaPlan.StepPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Machines with one bug each, to prove that a search can fail. */
enum Planted implements Decider {
  COMPENSATES_IN_START_ORDER("P5:", "outside:a outside:b outside:c") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      SagaDecision real = SagaMachine.decide(plan, state, stimulus);
      List<String> completed = real.state().completed();
      boolean begins = real.events().contains(new SagaEvent.CompensationBegan());
      return !begins || completed.size() < 2
          ? real
          : instead(plan, state, stimulus, real, List.of(completed.get(0)));
    }

    private SagaDecision instead(
        SagaPlan plan,
        SagaState state,
        SagaStimulus stimulus,
        SagaDecision real,
        List<String> first) {
      List<SagaEvent> events =
          new ArrayList<>(
              real.events().subList(0, real.events().indexOf(new SagaEvent.CompensationBegan())));
      events.add(new SagaEvent.CompensationBegan());
      events.add(new SagaEvent.CompensationStarted(first.get(0), 1));
      return new SagaDecision(
          state.applyAll(events),
          events,
          List.of(new SagaAction.CompensateOutside(first.get(0), 1)),
          real.answers());
    }
  },

  FORGETS_WHAT_MAY_BE_DONE("P2:", "outside:a outside:b") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      return rewritten(
          plan,
          state,
          stimulus,
          event ->
              event instanceof SagaEvent.StepGivenUp e
                  ? new SagaEvent.StepGivenUp(e.step(), false, e.reason())
                  : event);
    }
  },

  STARTS_A_STEP_AFTER_TURNING_BACK("P5:", "outside:a outside:b") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      SagaDecision real = SagaMachine.decide(plan, state, stimulus);
      boolean halts = real.events().stream().anyMatch(e -> e instanceof SagaEvent.Halted);
      StepPlan fresh = halts ? fresh(plan, real.state()) : null;
      return fresh == null ? real : started(state, real, fresh.name());
    }
  },

  TAKES_UNKNOWN_FOR_REFUSED("P2:", "outside:a outside:b") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      return SagaMachine.decide(plan, state, refused(stimulus));
    }

    private SagaStimulus refused(SagaStimulus stimulus) {
      return stimulus instanceof SagaStimulus.Failed f && f.failure().kind() == FailureKind.UNKNOWN
          ? new SagaStimulus.Failed(
              f.now(),
              f.step(),
              f.attempt(),
              new SagaStimulus.Failure(FailureKind.REFUSED, "no answer", null),
              0)
          : stimulus;
    }
  },

  REPEATS_WHAT_IS_RECORDED_AFTER_A_CRASH("P3:", "outside:a outside:b") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      SagaDecision real = SagaMachine.decide(plan, state, stimulus);
      boolean again = stimulus instanceof SagaStimulus.Opened && !state.completed().isEmpty();
      return again ? started(state, real, state.completed().get(0)) : real;
    }
  },

  GOES_BACK_AFTER_THE_PIVOT("P2:", "outside:a pivot:p retriable:r") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      List<StepPlan> steps =
          plan.allSteps().stream()
              .map(s -> s.role() == SagaPlan.Role.RETRIABLE ? compensable(s) : s)
              .toList();
      List<SagaPlan.Node> nodes = new ArrayList<>();
      steps.stream()
          .map(s -> s.role() == SagaPlan.Role.PIVOT ? compensable(s) : s)
          .forEach(s -> nodes.add(new SagaPlan.Single(s)));
      SagaPlan pivotless =
          new SagaPlan(plan.name(), plan.version(), nodes, plan.deadline(), false, true);
      return SagaMachine.decide(pivotless, state, stimulus);
    }
  },

  NEVER_ASKS_TO_BE_WOKEN("no dead end:", "outside:a") {
    @Override
    public @Nullable Instant wakeAt(SagaPlan plan, SagaState state, Instant now) {
      return null;
    }
  },

  ASKS_TO_BE_WOKEN_AT_ONCE("no busy loop:", "outside:a sleep:b") {
    @Override
    public @Nullable Instant wakeAt(SagaPlan plan, SagaState state, Instant now) {
      return super.wakeAt(plan, state, now) == null ? null : now;
    }
  },

  TAKES_LETTERS_TWICE("letters:", "outside:a signal:b") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      return SagaMachine.decide(
          plan,
          state,
          stimulus instanceof SagaStimulus.Letter l
              ? new SagaStimulus.Letter(l.now(), state.lettersTaken() + 1, l.request())
              : stimulus);
    }
  },

  CALLS_BEFORE_THE_INTENT_IS_DURABLE("P2:", "outside:a outside:b") {
    @Override
    public boolean rides(SagaPlan plan, SagaEvent event) {
      return super.rides(plan, event) || event instanceof SagaEvent.StepStarted;
    }

    @Override
    public boolean isInside(SagaAction action) {
      return super.isInside(action) || action instanceof SagaAction.RunOutside;
    }
  },

  TAKES_SILENCE_FOR_A_NO("P2:", "command:a") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      return rewritten(plan, state, stimulus, Planted::silenceIsNo);
    }
  },

  TAKES_A_REPLY_AFTER_TURNING_BACK("P5:", "command:a") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      SagaDecision real = SagaMachine.decide(plan, state, stimulus);
      if (state.phase() != SagaState.Phase.COMPENSATING
          || !(real.events().size() == 1
              && real.events().get(0) instanceof SagaEvent.ReplyUnawaited late)) {
        return real;
      }
      List<SagaEvent> events =
          List.of(late, new SagaEvent.StepDone(late.step(), 1, null, state.data()));
      return new SagaDecision(state.applyAll(events), events, List.of(), real.answers());
    }
  },

  ENDS_WITHOUT_WAITING_FOR_WHAT_RUNS("P2:", "(outside:a|outside:b)") {
    @Override
    public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
      SagaDecision real = SagaMachine.decide(plan, state, stimulus);
      boolean waits =
          real.state().phase() == SagaState.Phase.HALTING && real.state().completed().isEmpty();
      if (!waits) {
        return real;
      }
      List<SagaEvent> events = new ArrayList<>(real.events());
      events.add(new SagaEvent.CompensationBegan());
      events.add(new SagaEvent.Compensated());
      return new SagaDecision(state.applyAll(events), events, List.of(), real.answers());
    }
  };

  /** How the broken law begins. */
  final String law;

  final String steps;

  Planted(String law, String steps) {
    this.law = law;
    this.steps = steps;
  }

  @Override
  public SagaDecision decide(SagaPlan plan, SagaState state, SagaStimulus stimulus) {
    return SagaMachine.decide(plan, state, stimulus);
  }

  private static SagaEvent silenceIsNo(SagaEvent event) {
    return switch (event) {
      case SagaEvent.AttemptFailed e ->
          new SagaEvent.AttemptFailed(
              e.step(), e.attempt(), e.kind(), false, e.message(), e.at(), e.retryAt());
      case SagaEvent.StepGivenUp e -> new SagaEvent.StepGivenUp(e.step(), false, e.reason());
      default -> event;
    };
  }

  /** The real decision with other events, and what the real machine does from there. */
  private static SagaDecision rewritten(
      SagaPlan plan, SagaState state, SagaStimulus stimulus, UnaryOperator<SagaEvent> change) {
    SagaDecision real = SagaMachine.decide(plan, state, stimulus);
    List<SagaEvent> events = new ArrayList<>();
    for (SagaEvent event : real.events()) {
      if (event instanceof SagaEvent.CompensationBegan) {
        break;
      }
      events.add(change.apply(event));
    }
    if (events.equals(real.events())) {
      return real;
    }
    SagaState changed = state.applyAll(events);
    SagaDecision then = SagaMachine.decide(plan, changed, new SagaStimulus.Tick(stimulus.now()));
    events.addAll(then.events());
    return new SagaDecision(then.state(), events, then.actions(), real.answers());
  }

  private static @Nullable StepPlan fresh(SagaPlan plan, SagaState state) {
    return plan.allSteps().stream()
        .filter(s -> state.of(s.name()).phase() == StepState.Phase.FRESH)
        .findFirst()
        .orElse(null);
  }

  private static SagaDecision started(SagaState state, SagaDecision real, String step) {
    List<SagaEvent> events = new ArrayList<>(real.events());
    List<SagaAction> actions = new ArrayList<>(real.actions());
    int attempt = real.state().of(step).attempts() + 1;
    events.add(new SagaEvent.StepStarted(step, attempt));
    actions.add(new SagaAction.RunOutside(step, attempt));
    return new SagaDecision(state.applyAll(events), events, actions, real.answers());
  }

  private static StepPlan compensable(StepPlan s) {
    return new StepPlan(
        s.name(),
        s.kind(),
        SagaPlan.Role.COMPENSABLE,
        s.retry(),
        s.timeout(),
        s.undo(),
        s.undoReason(),
        s.undoRetry(),
        s.undoTimeout(),
        s.lookup(),
        s.evaluated(),
        s.waits(),
        s.signal(),
        s.elseGoOn());
  }
}
