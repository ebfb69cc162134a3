package dev.concordat.saga;

import dev.concordat.saga.Sketch.Fault;
import java.util.List;

/** The small sagas that are searched. */
final class Sketches {

  private Sketches() {}

  static List<Sketch> all() {
    return List.of(
        Sketch.of("local:a"),
        Sketch.of("outside.lookup:a pivot.lookup:p retriable:r").may(Fault.LOOK_UP_UNKNOWN));
  }
}
