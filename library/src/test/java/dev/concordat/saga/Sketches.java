package dev.concordat.saga;

import static dev.concordat.saga.SagaEvent.Verb.CANCEL;
import static dev.concordat.saga.SagaEvent.Verb.PAUSE;

import dev.concordat.saga.Sketch.Fault;
import java.util.List;

/** The small sagas that are searched. */
final class Sketches {

  private Sketches() {}

  static List<Sketch> all() {
    return List.of(
        Sketch.of("local:a"),
        Sketch.of("outside:a"),
        Sketch.of("local:a outside:b"),
        Sketch.of("outside:a outside:b outside.bare:c"),
        Sketch.of("outside:a pivot:p retriable:r"),
        Sketch.of("(outside:a|local:b) outside:c").asked(1, CANCEL, PAUSE),
        Sketch.of("signal.limit:a outside:b").signals(1),
        Sketch.of("outside.lookup:a pivot.lookup:p retriable:r").may(Fault.LOOK_UP_UNKNOWN));
  }
}
