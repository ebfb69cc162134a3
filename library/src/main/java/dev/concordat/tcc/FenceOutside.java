package dev.concordat.tcc;

import static dev.concordat.tcc.FenceState.CANCELLED;
import static dev.concordat.tcc.FenceState.CANCELLING;
import static dev.concordat.tcc.FenceState.CONFIRMED;
import static dev.concordat.tcc.FenceState.CONFIRMING;
import static dev.concordat.tcc.FenceState.EXPIRED;
import static dev.concordat.tcc.FenceState.EXPIRING;
import static dev.concordat.tcc.FenceState.REFUSED;
import static dev.concordat.tcc.FenceState.STARTED;
import static dev.concordat.tcc.FenceState.TRIED;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.store.FenceClaim;
import dev.concordat.store.FenceKey;
import dev.concordat.store.FenceMove;
import dev.concordat.store.FenceNote;
import dev.concordat.store.Fences;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Effects outside the database: that one begins is durable before it does. */
final class FenceOutside {

  private final Fences fences;

  FenceOutside(Fences fences) {
    this.fences = fences;
  }

  /** What the first step found: an answer already, or that it is this call's turn. */
  private sealed interface Turn {
    record Answered(TccAnswer answer) implements Turn {}

    record Ours(int attempt, Optional<String> held) implements Turn {}
  }

  /** Which effect, between which states. */
  private record Effect(TccCall call, FenceKey key, FenceState during, FenceState after) {

    static Effect of(TccCall call) {
      FenceKey key = FenceCalls.key(call);
      return switch (call.operation()) {
        case TRY -> new Effect(call, key, STARTED, TRIED);
        case CONFIRM -> new Effect(call, key, CONFIRMING, CONFIRMED);
        case CANCEL -> new Effect(call, key, CANCELLING, CANCELLED);
      };
    }

    FenceMove begin() {
      FenceMove move =
          switch (during) {
            case STARTED -> TccFence.to(STARTED, Set.of(STARTED), STARTED);
            case CONFIRMING -> TccFence.to(CONFIRMING, Set.of(TRIED, CONFIRMING), null);
            case EXPIRING -> TccFence.to(EXPIRING, Set.of(TRIED, EXPIRING), null).ifOverdue();
            default ->
                TccFence.to(CANCELLING, Set.of(STARTED, TRIED, CANCELLING, EXPIRING), CANCELLED);
          };
      return move.busyFor(patience());
    }

    Duration patience() {
      return FenceCalls.patience(call);
    }
  }

  /** Empty if it is too old to be remembered. */
  Optional<TccAnswer> answer(TccCall call, TccOutside business) throws Exception {
    return answer(Effect.of(call), business);
  }

  /** Whether it was over its time, and is given back. */
  boolean expire(TccCall call, TccOutside business) throws Exception {
    Effect effect = new Effect(call, FenceCalls.key(call), EXPIRING, EXPIRED);
    return begin(effect).orElse(null) instanceof Turn.Ours ours
        && doIt(effect, ours, business) instanceof Done;
  }

  private Optional<Turn> begin(Effect effect) throws Exception {
    return fences.run(
        effect.key(), effect.patience(), tx -> turn(effect, tx.claim(effect.begin())));
  }

  private Optional<TccAnswer> answer(Effect effect, TccOutside business) throws Exception {
    Optional<Turn> turn = begin(effect);
    if (turn.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        switch (turn.get()) {
          case Turn.Answered(TccAnswer answer) -> answer;
          case Turn.Ours ours -> doIt(effect, ours, business);
        });
  }

  private static Turn turn(Effect effect, FenceClaim claim) {
    return switch (claim) {
      case FenceClaim.Made made ->
          effect.during() == STARTED
              ? new Turn.Ours(1, Optional.empty())
              : new Turn.Answered(new Done(FenceRules.NOTHING));
      case FenceClaim.Moved(int attempt, Optional<String> held) -> new Turn.Ours(attempt, held);
      case FenceClaim.Found row ->
          new Turn.Answered(FenceRules.answer(effect.call().operation(), effect.key(), row));
      case FenceClaim.None none -> new Turn.Answered(FenceRules.NOT_TRIED);
    };
  }

  private TccAnswer doIt(Effect effect, Turn.Ours ours, TccOutside business) throws Exception {
    try {
      return switch (effect.call().operation()) {
        case TRY -> tried(effect, ours, business);
        case CONFIRM -> {
          String held = ours.held().orElse(FenceRules.NOTHING);
          yield ended(effect, ours, business.confirm(effect.call(), held));
        }
        case CANCEL -> ended(effect, ours, business.cancel(effect.call(), ours.held()));
      };
    } catch (Exception e) {
      giveUp(effect, ours, e);
      throw e;
    }
  }

  private TccAnswer tried(Effect effect, Turn.Ours ours, TccOutside business) throws Exception {
    TccCall call = effect.call();
    TccHold hold;
    try {
      hold = business.tryHold(call);
    } catch (NotNowException e) {
      throw e;
    } catch (RefusedException e) {
      return refused(effect, ours, e);
    }
    String tooShort = FenceCalls.tooShort(call, hold);
    if (tooShort != null) {
      throw new IllegalStateException(
          tooShort + "; the try stays unknown until it is cancelled, which gives it back");
    }
    FenceNote note = TccFence.note(call, hold);
    if (finish(effect, ours, TRIED, note)) {
      return new Done(hold.result() == null ? FenceRules.NOTHING : hold.result());
    }
    return overtaken(effect, hold, business);
  }

  /** An attempt before this one may have held something all the same. */
  private TccAnswer refused(Effect effect, Turn.Ours ours, RefusedException e) throws Exception {
    String reason = FenceCalls.reason(e);
    if (ours.attempt() > 1) {
      throw new NotNowException(
          "refused, but an attempt before was broken off and may have held it: " + reason, e);
    }
    return finish(effect, ours, REFUSED, FenceNote.reason(reason))
        ? new Refused(Code.REFUSED, reason)
        : look(effect);
  }

  /** Somebody was at it meanwhile, because this attempt took longer than it was given. */
  private TccAnswer overtaken(Effect effect, TccHold hold, TccOutside business) throws Exception {
    TccAnswer now = look(effect);
    if (now instanceof Refused refused && refused.code() != Code.CONFIRMED) {
      // It was cancelled before it was held, perhaps.
      String held = hold.result() == null ? FenceRules.NOTHING : hold.result();
      business.cancel(cancelling(effect.call()), Optional.of(held));
    }
    return now;
  }

  private static TccCall cancelling(TccCall call) {
    return new TccCall(
        call.branch(),
        TccOperation.CANCEL,
        call.body(),
        1,
        call.holdUntil(),
        call.deadline(),
        call.timeLeft(),
        call.traceparent());
  }

  private TccAnswer ended(Effect effect, Turn.Ours ours, @Nullable String result) throws Exception {
    String told = FenceCalls.checked(result);
    FenceNote note = told == null ? FenceNote.NOTHING : FenceNote.result(told);
    return finish(effect, ours, effect.after(), note)
        ? new Done(told == null ? FenceRules.NOTHING : told)
        : look(effect);
  }

  private boolean finish(Effect effect, Turn.Ours ours, FenceState to, FenceNote note)
      throws Exception {
    return fences
        .run(
            effect.key(),
            effect.patience(),
            tx -> tx.finish(effect.during().name(), ours.attempt(), to.name(), note))
        .orElse(false);
  }

  /** How it stands; changes nothing. */
  private TccAnswer look(Effect effect) throws Exception {
    FenceMove none = TccFence.to(effect.during(), Set.of(), null);
    return fences
        .run(effect.key(), effect.patience(), tx -> turn(effect, tx.claim(none)))
        .map(turn ->
            turn instanceof Turn.Answered answered
                ? answered.answer()
                : new Unknown("somebody else is at it; ask again"))
        .orElse(FenceRules.TOO_OLD);
  }

  /** So that the next attempt need not wait until this one's time is over. */
  private void giveUp(Effect effect, Turn.Ours ours, Exception why) {
    boolean interrupted = Thread.interrupted();
    try {
      fences.run(
          effect.key(),
          effect.patience(),
          tx -> tx.finish(effect.during().name(), ours.attempt(), null, FenceNote.NOTHING));
    } catch (Exception e) {
      why.addSuppressed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
