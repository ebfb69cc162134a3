package dev.concordat.tcc;

import dev.concordat.core.Bytes;
import dev.concordat.store.FenceKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What fences read in calls and results. */
final class FenceCalls {

  static final int MAX_RESULT = 64 * 1024;
  private static final int MAX_REASON = 1000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private FenceCalls() {}

  static FenceKey key(TccCall call) {
    return key(call.branch(), call.body());
  }

  static FenceKey key(TccBranchId branch, String body) {
    return new FenceKey(branch.transaction(), branch.branch(), Bytes.utf8(body).sha256());
  }

  /** As long as its caller waits, within reason. */
  static Duration patience(TccCall call) {
    Duration left = call.timeLeft();
    if (left.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return left.compareTo(LONGEST) > 0 ? LONGEST : left;
  }

  /** A call to give back what is held, by the fence itself. */
  static TccCall expiry(TccBranchId branch, String body, Instant until) {
    String id = branch.transaction().toString().replace("-", "");
    return new TccCall(
        branch,
        TccOperation.CANCEL,
        body,
        1,
        until,
        until,
        Duration.ofSeconds(30),
        "00-" + id + "-" + id.substring(id.length() / 2) + "-00");
  }

  static @Nullable String checked(@Nullable String result) {
    if (result != null && result.getBytes(StandardCharsets.UTF_8).length > MAX_RESULT) {
      throw new IllegalStateException(
          "a result has more than "
              + MAX_RESULT
              + " bytes; put what is large elsewhere and say where");
    }
    return result;
  }

  static String reason(Exception refusal) {
    String said = String.valueOf(refusal.getMessage()).replace('\0', ' ');
    return said.length() > MAX_REASON ? said.substring(0, MAX_REASON) : said;
  }

  /** Null if it is held long enough. */
  static @Nullable String tooShort(TccCall call, TccHold hold) {
    Instant until = hold.until();
    return until == null || !until.isBefore(call.holdUntil())
        ? null
        : "it can be held until "
            + until
            + " only, and it must be held until "
            + call.holdUntil()
            + ", by when it is decided";
  }
}
