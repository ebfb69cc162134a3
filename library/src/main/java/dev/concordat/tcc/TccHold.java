package dev.concordat.tcc;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a try holds.
 *
 * @param result what the initiator is told, as JSON of at most 65,536 bytes; confirm and cancel get
 *     it too; null if there is nothing to tell
 * @param until when the fence may give it back by itself, see {@link TccFence#expire}; null if it
 *     is held until it is confirmed or cancelled
 */
public record TccHold(@Nullable String result, @Nullable Instant until) {

  /** Held until it is confirmed or cancelled, and nothing to tell. */
  public static TccHold held() {
    return new TccHold(null, null);
  }

  /** Held until it is confirmed or cancelled. */
  public static TccHold of(String json) {
    return new TccHold(json, null);
  }

  /**
   * The same, but held only until then. If that is before {@link TccCall#holdUntil}, the try is
   * refused, since it might be over before the initiator has told what it decided.
   */
  public TccHold until(Instant time) {
    return new TccHold(result, time);
  }
}
