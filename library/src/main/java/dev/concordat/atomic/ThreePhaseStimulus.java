package dev.concordat.atomic;

import java.time.Instant;

/** What happens to whoever drives a three-phase commit; {@code now} is when. */
sealed interface ThreePhaseStimulus {

  Instant now();

  /** It begins. */
  record Begin(Instant now) implements ThreePhaseStimulus {}

  /** A participant said how it stands. */
  record Answered(Instant now, String participant, ThreePhaseStanding standing)
      implements ThreePhaseStimulus {}

  /** Time has passed. */
  record Tick(Instant now) implements ThreePhaseStimulus {}
}
