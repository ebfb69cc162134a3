package dev.concordat.choreography;

import dev.concordat.engine.platform.Platform;
import dev.concordat.messaging.Delivery;
import dev.concordat.messaging.Source;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The tracker's source, and whether all that waited at it has been taken in. Before that nothing is
 * missing: the report that says it happened may be among what waits.
 *
 * <p>A source does not say how much waits. So it counts as read to its end when it gives nothing
 * although it has had its lanes for a while, and everything it gave is done with; and no longer
 * when it breaks, gives another lane, or was not asked for a while, since the process stood still.
 */
final class Heard implements Source {

  /** For what a broker needs to begin to send, after a lane was taken. */
  private static final long SETTLES = Duration.ofSeconds(1).toNanos();

  private static final long STANDS_STILL = Duration.ofSeconds(5).toNanos();

  private final Source source;
  private final Platform platform;
  private final Map<String, Integer> open = new HashMap<>();
  private long takenAt;
  private volatile long askedAt;
  private volatile boolean abreast;

  Heard(Source source, Platform platform) {
    this.source = source;
    this.platform = platform;
    this.askedAt = platform.nanos();
  }

  /** Whether what is missing now is missing. For any thread. */
  boolean isAbreast() {
    return abreast && !isPast(askedAt, STANDS_STILL);
  }

  private boolean isPast(long since, long length) {
    return platform.nanos() - since > length;
  }

  @Override
  public boolean hasOffsets() {
    return source.hasOffsets();
  }

  @Override
  public void open(Lanes lanes, boolean keepsOffsets) throws Exception {
    behind();
    source.open(new Counting(lanes), keepsOffsets);
    behind();
  }

  private void behind() {
    abreast = false;
    takenAt = platform.nanos();
  }

  @Override
  public List<Delivery> receive(int most, Duration patience) throws Exception {
    if (isPast(askedAt, STANDS_STILL)) {
      behind();
    }
    askedAt = platform.nanos();
    List<Delivery> deliveries = source.receive(most, patience);
    deliveries.forEach(delivery -> open.computeIfPresent(delivery.lane(), (lane, n) -> n + 1));
    boolean nothing = most > 0 && deliveries.isEmpty() && !open.isEmpty();
    boolean allDone = open.values().stream().allMatch(count -> count == 0);
    if (nothing && allDone && isPast(takenAt, SETTLES)) {
      abreast = true;
    }
    return deliveries;
  }

  @Override
  public void done(List<Delivery> deliveries) throws Exception {
    deliveries.forEach(delivery -> open.computeIfPresent(delivery.lane(), (lane, n) -> n - 1));
    source.done(deliveries);
  }

  @Override
  public void close() {
    behind();
    open.clear();
    source.close();
  }

  /** Keeps which lanes there are, and how much of each is not done with. */
  private final class Counting implements Lanes {

    private final Lanes lanes;

    Counting(Lanes lanes) {
      this.lanes = lanes;
    }

    @Override
    public OptionalLong taken(String lane) {
      behind();
      OptionalLong from = lanes.taken(lane);
      open.put(lane, 0);
      return from;
    }

    @Override
    public void lost(String lane) {
      open.remove(lane);
      lanes.lost(lane);
    }

    @Override
    public void stuck(String lane, String why) {
      behind();
      lanes.stuck(lane, why);
    }
  }
}
