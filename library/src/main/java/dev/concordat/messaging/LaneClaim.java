package dev.concordat.messaging;

/** That a lane is this process's, until it is lost. */
final class LaneClaim {

  private final String lane;
  private final long epoch;
  private volatile boolean lost;

  LaneClaim(String lane, long epoch) {
    this.lane = lane;
    this.epoch = epoch;
  }

  String lane() {
    return lane;
  }

  /** Under which to advance it, if the consumer keeps offsets. */
  long epoch() {
    return epoch;
  }

  boolean isLost() {
    return lost;
  }

  void lose() {
    lost = true;
  }
}
