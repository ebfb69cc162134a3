package dev.concordat.tcc;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What can happen to an instance. Carries everything that is not pure: time and chance. */
sealed interface TccStimulus {

  /** When it happened. */
  Instant now();

  /** The instance is accepted; {@code uid} is its random number. */
  record Begin(
      Instant now, Payload input, UUID uid, List<TccEvent.Branch> branches, @Nullable String trace)
      implements TccStimulus {}

  /**
   * A worker folded the journal; whatever was under way is lost, but for what is alive in this very
   * worker.
   */
  record Opened(Instant now, Set<Asking> alive) implements TccStimulus {
    Opened(Instant now) {
      this(now, Set.of());
    }
  }

  /** One attempt at one operation of one branch. */
  record Asking(TccOperation operation, String branch, int attempt) {}

  /** Time has passed. */
  record Tick(Instant now) implements TccStimulus {}

  /** It is done. */
  record Done(
      Instant now, TccOperation operation, String branch, int attempt, @Nullable String result)
      implements TccStimulus {}

  /** It is not done and will not be. */
  record Refused(
      Instant now,
      TccOperation operation,
      String branch,
      int attempt,
      TccAnswer.Code code,
      String reason)
      implements TccStimulus {}

  /**
   * There is no answer to rely on; {@code notBefore} is how long the other side asked us to wait.
   */
  record Failed(
      Instant now,
      TccOperation operation,
      String branch,
      int attempt,
      FailureKind kind,
      String message,
      double random,
      @Nullable Duration notBefore)
      implements TccStimulus {
    Failed(
        Instant now,
        TccOperation operation,
        String branch,
        int attempt,
        FailureKind kind,
        String message,
        double random) {
      this(now, operation, branch, attempt, kind, message, random, null);
    }
  }

  /** A letter is taken up. */
  record Letter(Instant now, int letter, Request request) implements TccStimulus {}

  /** The instance cannot go on here, for a reason that a person must remove. */
  record Stuck(Instant now, String reason) implements TccStimulus {}

  /** What a letter asks. */
  sealed interface Request {

    /** What an operator asks; {@code branch} is which one it is about, if that was said. */
    record Operate(Verb verb, String by, @Nullable String reason, @Nullable String branch)
        implements Request {}

    /** The letter cannot be read, or asks what nobody can do here. */
    record Unreadable(String kind, String why) implements Request {}
  }
}
