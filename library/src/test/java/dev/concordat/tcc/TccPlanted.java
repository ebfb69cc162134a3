package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.tcc.TccEvent.Cause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Machines with one bug each, to prove that a search can fail. */
enum TccPlanted implements TccDecider {
  CONFIRMS_BEFORE_ALL_ARE_TRIED("all tried:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      TccDecision real = TccMachine.decide(plan, state, stimulus);
      boolean tried = real.events().stream().anyMatch(e -> e instanceof TccEvent.Done);
      return tried && real.state().decided() == null
          ? with(state, real, List.of(decided(TccOperation.CONFIRM)))
          : real;
    }
  },

  CHANGES_ITS_MIND("one decision:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      TccDecision real = TccMachine.decide(plan, state, stimulus);
      boolean unwilling =
          real.events().stream().anyMatch(e -> e instanceof TccEvent.Contradicted)
              && real.state().operation() == TccOperation.CONFIRM;
      return unwilling ? with(state, real, List.of(decided(TccOperation.CANCEL))) : real;
    }
  },

  CANCELS_AFTER_THE_DECISION("the decision:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      TccDecision real = TccMachine.decide(plan, state, stimulus);
      for (String branch : real.state().parked()) {
        if (real.state().operation() == TccOperation.CONFIRM) {
          int attempt = real.state().of(branch).attempts() + 1;
          return with(
              state, real, List.of(new TccEvent.Sent(TccOperation.CANCEL, branch, attempt)));
        }
      }
      return real;
    }
  },

  ENDS_WITHOUT_TELLING("P2: cancelled, yet", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      TccDecision real = TccMachine.decide(plan, state, stimulus);
      for (int i = 0; i < real.events().size(); i++) {
        if (real.events().get(i) instanceof TccEvent.Decided d
            && d.decision() == TccOperation.CANCEL) {
          List<TccEvent> events = new ArrayList<>(real.events().subList(0, i + 1));
          events.add(new TccEvent.Cancelled());
          return new TccDecision(state.applyAll(events), events, List.of(), real.answers());
        }
      }
      return real;
    }
  },

  TAKES_SILENCE_FOR_A_YES("P2:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      return TccMachine.decide(
          plan,
          state,
          stimulus instanceof TccStimulus.Failed f && f.kind() == FailureKind.UNKNOWN
              ? new TccStimulus.Done(f.now(), f.operation(), f.branch(), f.attempt(), null)
              : stimulus);
    }
  },

  SWALLOWS_WHAT_CONTRADICTS("heuristics:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      return TccMachine.decide(
          plan,
          state,
          stimulus instanceof TccStimulus.Refused r && r.operation() != TccOperation.TRY
              ? new TccStimulus.Done(r.now(), r.operation(), r.branch(), r.attempt(), null)
              : stimulus);
    }
  },

  CONFIRMS_AFTER_THE_DEADLINE("deadline:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      return TccMachine.decide(
          plan,
          state,
          stimulus instanceof TccStimulus.Done d
              ? new TccStimulus.Done(
                  Instant.EPOCH, d.operation(), d.branch(), d.attempt(), d.result())
              : stimulus);
    }
  },

  KEEPS_NO_ORDER("order:", "a then b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      return TccMachine.decide(TccShapes.of("a b"), state, stimulus);
    }
  },

  TAKES_LETTERS_TWICE("letters:", "a b") {
    @Override
    public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
      return TccMachine.decide(
          plan,
          state,
          stimulus instanceof TccStimulus.Letter l
              ? new TccStimulus.Letter(l.now(), state.lettersTaken() + 1, l.request())
              : stimulus);
    }
  },

  NEVER_ASKS_TO_BE_WOKEN("no dead end:", "a b") {
    @Override
    public @Nullable Instant wakeAt(TccPlan plan, TccState state, Instant now) {
      return null;
    }
  },

  ASKS_TO_BE_WOKEN_AT_ONCE("no busy loop:", "a b") {
    @Override
    public @Nullable Instant wakeAt(TccPlan plan, TccState state, Instant now) {
      return super.wakeAt(plan, state, now) == null ? null : now;
    }
  },

  CALLS_BEFORE_THE_INTENT_IS_DURABLE("durable:", "a b") {
    @Override
    public boolean rides(TccPlan plan, TccEvent event) {
      return super.rides(plan, event) || event instanceof TccEvent.Sent;
    }

    @Override
    public boolean isInside(TccAction action) {
      return true;
    }
  },

  TELLS_BEFORE_THE_DECISION_IS_DURABLE("durable:", "a b") {
    @Override
    public boolean rides(TccPlan plan, TccEvent event) {
      return true;
    }

    @Override
    public boolean isInside(TccAction action) {
      return action.operation() != TccOperation.TRY;
    }
  };

  /** How the broken law begins. */
  final String law;

  final String shape;

  TccPlanted(String law, String shape) {
    this.law = law;
    this.shape = shape;
  }

  @Override
  public TccDecision decide(TccPlan plan, TccState state, TccStimulus stimulus) {
    return TccMachine.decide(plan, state, stimulus);
  }

  private static TccEvent decided(TccOperation decision) {
    return new TccEvent.Decided(decision, Cause.CANCELLED, null, "so be it");
  }

  private static TccDecision with(TccState before, TccDecision real, List<TccEvent> more) {
    List<TccEvent> events = new ArrayList<>(real.events());
    events.addAll(more);
    return new TccDecision(before.applyAll(events), events, real.actions(), real.answers());
  }
}
