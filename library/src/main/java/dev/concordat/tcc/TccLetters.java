package dev.concordat.tcc;

import dev.concordat.core.Verb;
import dev.concordat.tcc.TccEvent.Cause;
import dev.concordat.tcc.TccStimulus.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machine's rules for what operators ask. */
final class TccLetters {

  private TccLetters() {}

  /**
   * Takes a letter up if it is its turn. Letters may be handed over twice, or in another order than
   * they were posted in: one that comes too early still waits in the mailbox and comes again.
   */
  static void take(TccTurn turn, TccStimulus.Letter letter) {
    if (letter.letter() != turn.state().lettersTaken() + 1) {
      return;
    }
    switch (letter.request()) {
      case Request.Operate verb -> operate(turn, letter.letter(), verb);
      case Request.Unreadable bad ->
          refuse(turn, letter.letter(), bad.kind(), "unknown", bad.why());
    }
  }

  private static void operate(TccTurn turn, int letter, Request.Operate asked) {
    String why =
        turn.state().isFinal()
            ? "it has ended " + TccStatus.of(turn.state())
            : objection(turn.state(), asked);
    if (why != null) {
      refuse(turn, letter, asked.verb().name(), asked.by(), why);
      return;
    }
    String branch = asked.verb() == Verb.SKIP ? skipped(turn.state(), asked) : null;
    turn.emit(new TccEvent.VerbApplied(letter, asked.verb(), branch, asked.by(), asked.reason()));
    turn.answer(letter, true, carryOut(turn, asked, branch));
  }

  /** Why the verb cannot be carried out as things stand, or null if it can. */
  private static @Nullable String objection(TccState state, Request.Operate asked) {
    if (asked.branch() != null && asked.verb() != Verb.SKIP) {
      return "it is about all branches; only skip is about one";
    }
    return switch (asked.verb()) {
      case PAUSE -> state.paused() ? "it is paused already" : null;
      case RESUME -> state.paused() ? null : "it is not paused";
      case CANCEL -> cancelObjection(state);
      case RETRY ->
          state.needsAttention()
                  || state.branches().values().stream().anyMatch(TccBranchState::isWaiting)
              ? null
              : "nothing of it failed or waits for another attempt";
      case SKIP -> skipObjection(state, asked.branch());
      case SUPPLY ->
          "what a branch did is its participant's to say, so no result can be given for it; settle"
              + " the branch by hand, then say skip and what you did";
      case FORWARD ->
          "whether it confirms or cancels is decided once and never changed, so it cannot be sent"
              + " another way";
    };
  }

  /** What one branch did is not what another one did, so nobody guesses which was settled. */
  private static @Nullable String skipObjection(TccState state, @Nullable String branch) {
    List<String> parked = state.parked();
    if (parked.isEmpty()) {
      return "no branch of it waits for a person";
    }
    if (branch != null) {
      return parked.contains(branch)
          ? null
          : "branch '" + branch + "' does not wait for a person; these do: " + parked;
    }
    return parked.size() == 1
        ? null
        : "several branches of it wait for a person, so say which one is settled: " + parked;
  }

  private static String skipped(TccState state, Request.Operate asked) {
    return asked.branch() == null ? state.parked().getFirst() : asked.branch();
  }

  private static @Nullable String cancelObjection(TccState state) {
    return switch (state.operation()) {
      case TRY -> null;
      case CONFIRM -> "it is decided that all branches are confirmed, and that is never changed";
      case CANCEL -> "it is being cancelled already";
    };
  }

  private static String carryOut(TccTurn turn, Request.Operate asked, @Nullable String branch) {
    return switch (asked.verb()) {
      case PAUSE -> "paused: nobody new is asked until it is resumed; what is held stays held";
      case RESUME -> "resumed";
      case CANCEL -> {
        String reason = asked.reason() == null ? "no reason given" : asked.reason();
        Trying.cancel(turn, Cause.CANCELLED, null, "cancelled by " + asked.by() + ": " + reason);
        yield "cancelled: whatever may be held is given back";
      }
      case SKIP -> settle(turn, asked, branch);
      case RETRY, SUPPLY, FORWARD -> "trying again whatever failed";
    };
  }

  private static String settle(TccTurn turn, Request.Operate asked, @Nullable String branch) {
    if (branch == null) {
      return "nothing to skip";
    }
    turn.emit(new TccEvent.Settled(branch, "settled by " + asked.by() + ": " + asked.reason()));
    return "'" + branch + "' is taken as settled by hand";
  }

  private static void refuse(TccTurn turn, int letter, String kind, String by, String why) {
    turn.emit(new TccEvent.LetterRefused(letter, kind, by, why));
    turn.answer(letter, false, why);
  }
}
