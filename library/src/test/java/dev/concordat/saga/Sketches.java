package dev.concordat.saga;

import static dev.concordat.core.Verb.CANCEL;
import static dev.concordat.core.Verb.FORWARD;
import static dev.concordat.core.Verb.PAUSE;
import static dev.concordat.core.Verb.RESUME;
import static dev.concordat.core.Verb.RETRY;
import static dev.concordat.core.Verb.SKIP;
import static dev.concordat.core.Verb.SUPPLY;

import dev.concordat.saga.Sketch.Fault;
import java.util.List;
import java.util.stream.Stream;

/** The small sagas that are searched. */
final class Sketches {

  private Sketches() {}

  static List<Sketch> all() {
    return Stream.of(
            sequences(),
            pivots(),
            operators(),
            waits(),
            branches(),
            children(),
            crowds(),
            commands())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Sketch> sequences() {
    return List.of(
        Sketch.of("local:a"),
        Sketch.of("outside:a"),
        Sketch.of("local:a outside:b").may(Fault.UNEXPECTED, Fault.COMMIT_UNKNOWN),
        Sketch.of("local:a outside:b local:c outside:d").asked(1, CANCEL).duplicates(1),
        Sketch.of("outside:a outside:b outside:c outside:d").may(Fault.UNDO_FAILS),
        Sketch.of("outside:a outside:b outside.bare:c").may(Fault.UNDO_FAILS),
        Sketch.of("outside.lookup:a outside.undolocal:b").timeouts(1).may(Fault.LOOK_UP_UNKNOWN),
        Sketch.of("outside:a outside:b").timeouts(2).duplicates(1),
        Sketch.of("outside:a local.undooutside:b outside:c @unexpected").may(Fault.UNEXPECTED),
        Sketch.of("local:a local:b outside:c local:d @fused").may(Fault.COMMIT_UNKNOWN),
        Sketch.of("outside:a outside:b @deadline").may(Fault.LATE_CLOCK).timeouts(1));
  }

  private static List<Sketch> pivots() {
    return List.of(
        Sketch.of("outside:a pivot:p retriable:r"),
        Sketch.of("pivot:p retriable:r localretriable:s").may(Fault.UNEXPECTED),
        Sketch.of("outside:a outside:b pivot:p"),
        Sketch.of("outside.lookup:a pivot.lookup:p retriable.lookup:r")
            .may(Fault.LOOK_UP_UNKNOWN)
            .timeouts(1),
        Sketch.of("outside:a pivot:p retriable:r @deadline").may(Fault.LATE_CLOCK).asked(1, CANCEL),
        Sketch.of("local:a localpivot:p localretriable:r @fused @deadline")
            .may(Fault.LATE_CLOCK, Fault.COMMIT_UNKNOWN)
            .asked(1, CANCEL),
        Sketch.of("outside:a pivot:p sleep:s signal.limit:w retriable:r").signals(1),
        Sketch.of("outside:a pivot:p signal:w @unexpected").may(Fault.UNEXPECTED).signals(2));
  }

  private static List<Sketch> operators() {
    return List.of(
        Sketch.of("outside:a outside:b")
            .may(Fault.UNEXPECTED, Fault.UNDO_FAILS)
            .asked(2, CANCEL, RETRY, SKIP, SUPPLY, FORWARD)
            .crashes(1),
        Sketch.of("outside:a outside:b").asked(2, CANCEL, FORWARD).timeouts(1).crashes(1),
        Sketch.of("outside:a outside.bare:b").asked(2, CANCEL, FORWARD).timeouts(1),
        Sketch.of("local:a local.undooutside:b")
            .may(Fault.UNEXPECTED, Fault.UNDO_FAILS)
            .asked(2, CANCEL, RETRY, FORWARD)
            .crashes(1),
        Sketch.of("outside:a outside:b").asked(3, RETRY).timeouts(2).crashes(0).faults(4),
        Sketch.of("pivot:p retriable:r").asked(2, RETRY).timeouts(2).faults(4),
        Sketch.of("outside:a pivot:p retriable:r")
            .may(Fault.UNEXPECTED)
            .asked(2, CANCEL, RETRY, SKIP, SUPPLY, FORWARD)
            .crashes(1),
        Sketch.of("outside.when:a local.when:b")
            .may(Fault.CONDITION_FALSE, Fault.CONDITION_THROWS)
            .asked(2, CANCEL, RETRY, SKIP, PAUSE, RESUME),
        Sketch.of("outside:a outside:b").asked(3, PAUSE, RESUME, CANCEL).crashes(1));
  }

  private static List<Sketch> waits() {
    return List.of(
        Sketch.of("signal.limit:a outside:b").signals(2),
        Sketch.of("outside:a signal.goon:b local:c").signals(1).asked(1, CANCEL),
        Sketch.of("outside:a signal:b")
            .signals(1)
            .asked(2, CANCEL, PAUSE, RESUME)
            .may(Fault.UNEXPECTED),
        Sketch.of("outside:a sleep:b outside:c @deadline").may(Fault.LATE_CLOCK).asked(1, CANCEL),
        Sketch.of("local:a sleepuntil:b local:c")
            .may(Fault.CONDITION_THROWS)
            .asked(2, CANCEL, PAUSE, RETRY));
  }

  private static List<Sketch> branches() {
    return List.of(
        Sketch.of("(outside:a|local:b) outside:c").asked(1, CANCEL, PAUSE, FORWARD),
        Sketch.of("(outside:a|outside:b)").timeouts(1).asked(1, CANCEL),
        Sketch.of("(outside:a local:b|outside:c) local:d").faults(4),
        Sketch.of("(outside:a|outside:b) pivot:p retriable:r").faults(2),
        Sketch.of("outside:a (outside:b|local:c) outside:d").asked(1, CANCEL).faults(2),
        Sketch.of("(outside:a|outside:b) outside:c").timeouts(1).faults(2).may(Fault.UNDO_FAILS),
        Sketch.of("(local:a|local:b) pivot:p").may(Fault.COMMIT_UNKNOWN, Fault.MERGE_THROWS),
        Sketch.of("(local:a|local:b) (local:c|local:d)").asked(2, PAUSE, RESUME).crashes(1),
        Sketch.of("(outside:a|outside:b)")
            .may(Fault.UNEXPECTED)
            .asked(2, RETRY, SKIP, SUPPLY, CANCEL, FORWARD)
            .crashes(1),
        Sketch.of("(outside.lookup:a|outside.when:b) outside:c")
            .may(Fault.LOOK_UP_UNKNOWN, Fault.CONDITION_FALSE, Fault.CONDITION_THROWS)
            .crashes(1),
        Sketch.of("(sleep:a outside:b|signal.limit:c) local:d @deadline")
            .may(Fault.LATE_CLOCK)
            .signals(1)
            .crashes(1));
  }

  private static List<Sketch> children() {
    return List.of(
        Sketch.of("child:c outside:a").may(Fault.CHILD_COMPENSATED).asked(1, CANCEL),
        Sketch.of("child:c outside:a")
            .may(Fault.CHILD_COMPENSATED, Fault.CHILD_STUCK)
            .asked(2, CANCEL, RETRY, SKIP, SUPPLY, FORWARD)
            .crashes(1),
        Sketch.of("(child:c|outside:a) local:b").may(Fault.CHILD_COMPENSATED).crashes(1),
        Sketch.of("local:a child:c @deadline").may(Fault.LATE_CLOCK, Fault.CHILD_STUCK));
  }

  /**
   * Commands take the most states, since their messages arrive in any order. So a sketch has either
   * more attempts, or more steps, or more letters, and few faults and crashes beside.
   */
  private static List<Sketch> commands() {
    return List.of(
        Sketch.of("command:a")
            .may(Fault.DUPLICATE, Fault.REFUSED_ONCE)
            .duplicates(1)
            .faults(2)
            .crashes(1),
        Sketch.of("command:a").may(Fault.UNDO_FAILS).faults(2).crashes(1),
        Sketch.of("command.once:a")
            .may(Fault.UNDO_FAILS, Fault.UNEXPECTED)
            .asked(1, CANCEL, RETRY)
            .faults(2)
            .crashes(1),
        Sketch.of("command.once:a command.once:b").may(Fault.REFUSED_ONCE).faults(2).crashes(1),
        Sketch.of("command.once:a command.once:b").asked(1, CANCEL, PAUSE).faults(1).crashes(1),
        Sketch.of("command.once:a command:b").faults(1).crashes(0),
        Sketch.of("local:a command:b").may(Fault.COMMIT_UNKNOWN).faults(1).crashes(1),
        Sketch.of("command.once:a commandpivot:p commandretriable:r").faults(1).crashes(1),
        Sketch.of("outside:a commandpivot:p @deadline")
            .may(Fault.LATE_CLOCK, Fault.UNEXPECTED)
            .asked(1, CANCEL)
            .faults(2)
            .crashes(1),
        Sketch.of("command.once:a command.bare:b @deadline")
            .may(Fault.LATE_CLOCK)
            .faults(1)
            .crashes(1),
        Sketch.of("command:a").asked(2, CANCEL, PAUSE, RESUME).faults(0).crashes(1),
        Sketch.of("command.once:a").asked(3, CANCEL, PAUSE, RESUME).faults(1).crashes(1),
        Sketch.of("command.once:a local:b")
            .may(Fault.UNEXPECTED, Fault.UNDO_FAILS)
            .asked(2, CANCEL, RETRY, SKIP, SUPPLY, FORWARD)
            .faults(1)
            .crashes(0),
        Sketch.of("(command.once:a|command.once:b)").faults(1).crashes(0),
        Sketch.of("(command.once:a|outside:b)").faults(2).crashes(1),
        Sketch.of("command.undolocal:a command.undooutside:b").faults(1).crashes(1),
        Sketch.of("command.once:a").crashedBefore(9).asked(1, RETRY).faults(1).crashes(1));
  }

  /** Instances over which many workers died. */
  private static List<Sketch> crowds() {
    return List.of(
        Sketch.of("(outside:a|outside:b)").crashedBefore(9).asked(2, RETRY, CANCEL).faults(2),
        Sketch.of("outside:a child:c").crashedBefore(9).asked(2, RETRY, CANCEL, FORWARD).faults(1));
  }
}
