package dev.concordat.tcc;

import dev.concordat.core.Status;
import dev.concordat.engine.Decision;
import dev.concordat.engine.Instance;
import dev.concordat.engine.Script;
import dev.concordat.runner.Asked;
import dev.concordat.runner.Causes;
import dev.concordat.runner.InTransaction;
import dev.concordat.runner.Outside;
import dev.concordat.runner.States;
import dev.concordat.store.Entry;
import dev.concordat.store.Mailbox.Letter;
import dev.concordat.store.Write;
import dev.concordat.tcc.TccStimulus.Request;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Drives one definition through the engine: the machine's actions become calls of participants and
 * local code, and what comes of them becomes stimuli.
 *
 * @param <S> the state
 */
final class TccRunner<S> implements Script<TccState, TccStimulus, TccEvent, TccAction> {

  private final Tcc<S> tcc;
  private final States<S> states;
  private final TccTexts texts;
  private final TccMoments moments;
  private final Outside outside;

  TccRunner(Tcc<S> tcc, States<S> states, TccTexts texts, TccMoments moments, Outside outside) {
    this.tcc = tcc;
    this.states = states;
    this.texts = texts;
    this.moments = moments;
    this.outside = outside;
  }

  Tcc<S> tcc() {
    return tcc;
  }

  States<S> states() {
    return states;
  }

  TccTexts texts() {
    return texts;
  }

  TccMoments moments() {
    return moments;
  }

  TccResult<S> result(String id, TccState state) {
    return TccResult.of(id, state, states.decode(state.accepted().input()), texts);
  }

  @Override
  public String name() {
    return tcc.name();
  }

  @Override
  public int version() {
    return tcc.version();
  }

  @Override
  public TccState empty() {
    return TccState.EMPTY;
  }

  @Override
  public TccState fold(TccState state, List<TccEvent> events) {
    return state.applyAll(events);
  }

  @Override
  public Decision<TccState, TccEvent, TccAction> decide(TccState state, TccStimulus stimulus) {
    TccDecision decision = TccMachine.decide(tcc.plan(), state, stimulus);
    List<Write.Answer> answers =
        decision.answers().stream()
            .map(a -> new Write.Answer(a.letter(), a.accepted(), a.text()))
            .toList();
    return new Decision<>(decision.state(), decision.events(), decision.actions(), answers);
  }

  @Override
  public boolean rides(TccEvent event) {
    return TccMachine.rides(tcc.plan(), event);
  }

  @Override
  public boolean waits(TccEvent event) {
    return TccMachine.waits(tcc.plan(), event);
  }

  @Override
  public boolean isInside(TccAction action) {
    return switch (action) {
      case TccAction.RunLocal a -> true;
      case TccAction.Ask a -> false;
    };
  }

  @Override
  public String write(List<TccEvent> events) {
    return TccJournal.write(events);
  }

  @Override
  public List<TccEvent> read(List<Entry> entries) {
    return TccJournal.read(entries);
  }

  /** Better to find out early that the state no longer decodes than in the middle of a branch. */
  @Override
  public @Nullable String objection(TccState state) {
    if (state.isFinal() || state.isNew()) {
      return null;
    }
    try {
      states.decode(state.accepted().input());
      return null;
    } catch (RuntimeException e) {
      return "its state cannot be read here: "
          + Causes.message(e)
          + ". Deploy a definition and codec that can read it, then say retry; what is held stays"
          + " held as long as its participants hold it";
    }
  }

  @Override
  public Status status(TccState state) {
    return state.status();
  }

  @Override
  public boolean isPaused(TccState state) {
    return state.paused();
  }

  @Override
  public boolean isBusy(TccState state) {
    return state.inFlight();
  }

  @Override
  public @Nullable Instant wakeAt(TccState state, Instant now) {
    return TccMachine.wakeAt(tcc.plan(), state, now);
  }

  @Override
  public int lettersTaken(TccState state) {
    return state.lettersTaken();
  }

  @Override
  public TccStimulus opened(Instant now) {
    return new TccStimulus.Opened(now);
  }

  @Override
  public TccStimulus reread(TccState before, Instant now) {
    return new TccStimulus.Opened(now, before.asking());
  }

  @Override
  public TccStimulus tick(Instant now) {
    return new TccStimulus.Tick(now);
  }

  @Override
  public TccStimulus stuck(Instant now, String reason) {
    return new TccStimulus.Stuck(now, reason);
  }

  @Override
  public TccStimulus letter(TccState state, Instant now, Letter letter) {
    return new TccStimulus.Letter(now, letter.letter(), request(letter));
  }

  private static Request request(Letter letter) {
    if (!letter.kind().toUpperCase(Locale.ROOT).equals(Asked.KIND)) {
      return new Request.Unreadable(
          letter.kind(),
          "a transaction of try, confirm and cancel waits for no letter of this kind");
    }
    try {
      Asked asked = Asked.read(letter.body());
      return new Request.Operate(asked.verb(), asked.by(), asked.reason(), asked.branch());
    } catch (RuntimeException e) {
      return new Request.Unreadable(letter.kind(), "it cannot be read: " + e.getMessage());
    }
  }

  @Override
  public void recorded(
      Instance<TccState, TccStimulus, TccEvent, TccAction> instance,
      List<TccEvent> events,
      TccState state) {
    moments.recorded(TccMoments.moment(instance, tcc), events);
  }

  @Override
  public List<TccAction> perform(
      Instance<TccState, TccStimulus, TccEvent, TccAction> instance, TccAction action) {
    return switch (action) {
      case TccAction.Ask a -> outside.perform(instance, new TccAsking(this, instance, a));
      case TccAction.RunLocal a ->
          InTransaction.perform(instance, new TccInside<>(this, instance, a));
    };
  }
}
