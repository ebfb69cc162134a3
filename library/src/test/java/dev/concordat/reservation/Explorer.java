package dev.concordat.reservation;

import dev.concordat.reservation.Moves.Move;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Searches all that can happen to one sketch, breadth first and to closure. */
final class Explorer {

  private static final int LONGEST_WAY_HOME = 300;

  /** What a search found; {@code broken} is null if every law holds. */
  record Found(
      String name,
      int states,
      int confirmed,
      int released,
      int corrected,
      @Nullable String broken,
      List<String> trace) {

    boolean isSound() {
      return broken == null;
    }

    @Override
    public String toString() {
      return String.format(
              "%8d states, %6d confirmed, %6d released, %6d with corrections  %s",
              states, confirmed, released, corrected, name)
          + (broken == null
              ? ""
              : "\n  BROKEN " + broken + "\n    " + String.join("\n    ", trace));
    }
  }

  private record Node(@Nullable Node parent, String move) {}

  private record Open(World world, Node node) {}

  private final Sketch sketch;
  private final Moves moves;
  private final int limit;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> goodEnd = new HashSet<>();
  private final Deque<Open> frontier = new ArrayDeque<>();
  private int confirmed;
  private int released;
  private int corrected;

  Explorer(Sketch sketch, Decider machine, int limit) {
    this.sketch = sketch;
    this.moves = new Moves(sketch, machine);
    this.limit = limit;
  }

  Found search() {
    World first = sketch.world();
    first.parts.add(new Part());
    moves.deliver(
        first, first.first(), new ReservationStimulus.Begin(first.now(), World.DATA, null));
    seen.add(first.key());
    frontier.add(new Open(first, new Node(null, "begin")));
    while (!frontier.isEmpty()) {
      Found broken = expand(frontier.removeFirst());
      if (broken != null) {
        return broken;
      }
      if (seen.size() > limit) {
        return found("the search did not close within " + limit + " states", List.of());
      }
    }
    return found(null, List.of());
  }

  private @Nullable Found expand(Open open) {
    List<String> home = new ArrayList<>();
    try {
      Laws.always(open.world());
      reachesAnEnd(open.world(), home);
    } catch (LawBroken e) {
      return found(e.getMessage(), trace(open.node(), home));
    }
    count(open.world());
    for (Move move : moves.of(open.world())) {
      World next = open.world().copy();
      try {
        move.change().accept(next);
        Laws.always(next);
      } catch (LawBroken e) {
        return found(e.getMessage(), trace(new Node(open.node(), move.name()), List.of()));
      } catch (RuntimeException e) {
        return found(
            "the machine threw " + e, trace(new Node(open.node(), move.name()), List.of()));
      }
      if (seen.add(next.key())) {
        frontier.addLast(new Open(next, new Node(open.node(), move.name())));
      }
    }
    return null;
  }

  private void count(World world) {
    confirmed += world.books == World.Books.CONFIRMED ? 1 : 0;
    released += world.books == World.Books.RELEASED ? 1 : 0;
    corrected += world.parts.size() > 1 ? 1 : 0;
  }

  /** P10: without further faults, and with people doing their part, there is an end. */
  private void reachesAnEnd(World from, List<String> home) {
    List<String> way = new ArrayList<>();
    World world = from;
    String key = world.key();
    while (!goodEnd.contains(key)) {
      way.add(key);
      Move move = moves.fair(world);
      if (move == null) {
        Laws.atTheEnd(world);
        break;
      }
      home.add(move.name());
      if (way.size() > LONGEST_WAY_HOME) {
        throw new LawBroken("going on without faults never comes to an end");
      }
      world = world.copy();
      move.change().accept(world);
      Laws.always(world);
      key = world.key();
    }
    goodEnd.addAll(way);
  }

  private Found found(@Nullable String broken, List<String> trace) {
    return new Found(sketch.name(), seen.size(), confirmed, released, corrected, broken, trace);
  }

  private static List<String> trace(Node end, List<String> home) {
    LinkedList<String> lines = new LinkedList<>();
    for (Node node = end; node != null; node = node.parent()) {
      lines.addFirst(node.move());
    }
    if (!home.isEmpty()) {
      lines.add("and then, without faults:");
      home.stream().limit(20).forEach(lines::add);
    }
    return lines;
  }
}
