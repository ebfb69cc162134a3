package dev.concordat.engine;

import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The one timer of an instance. Used under the instance's lock. */
final class Alarm {

  private final Platform platform;
  private final Runnable onRing;
  private Platform.@Nullable Timer timer;
  private @Nullable Instant at;

  Alarm(Platform platform, Runnable onRing) {
    this.platform = platform;
    this.onRing = onRing;
  }

  /** Rings then and only then; null for never. */
  void set(Instant now, @Nullable Instant wanted) {
    if (wanted == null ? at == null : wanted.equals(at)) {
      return;
    }
    cancel();
    if (wanted != null) {
      at = wanted;
      timer = platform.after(Duration.between(now, wanted), onRing);
    }
  }

  void rang() {
    at = null;
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
    }
    timer = null;
    at = null;
  }
}
