package dev.concordat.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is noted in a row besides its state; null leaves it as it is.
 *
 * @param held what the try answers, as JSON
 * @param result what the confirm or cancel answers, as JSON
 * @param reason why it was refused
 * @param holdUntil when its time is over
 * @param body what it is about, for who gives it back then
 */
public record FenceNote(
    @Nullable String held,
    @Nullable String result,
    @Nullable String reason,
    @Nullable Instant holdUntil,
    @Nullable String body) {

  /** Nothing. */
  public static final FenceNote NOTHING = new FenceNote(null, null, null, null, null);

  /** What a try answers. */
  public static FenceNote held(String json) {
    return new FenceNote(json, null, null, null, null);
  }

  /** What a confirm or cancel answers. */
  public static FenceNote result(String json) {
    return new FenceNote(null, json, null, null, null);
  }

  /** Why. */
  public static FenceNote reason(String why) {
    return new FenceNote(null, null, why, null, null);
  }

  /** The same, and when its time is over. */
  public FenceNote until(Instant time, String about) {
    return new FenceNote(held, result, reason, time, about);
  }
}
